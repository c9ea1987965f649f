/** Values: what goes in comes out; what cannot come out is refused, with its path. */
import assert from 'node:assert/strict'
import { refused, type Case, type Note } from './fixture.ts'

const nested = (depth: number): Note => (depth === 1 ? { leaf: true } : { in: nested(depth - 1) })

const kept: Readonly<Record<string, Note>> = {
  'texts of every kind': {
    empty: '',
    control: '\u0000\u0001\u0002\u001f\u007f',
    quotes: `"'\\/`,
    lines: 'a\nb\r\nc\u2028d\u2029',
    astral: '😀\u{10ffff}\uffff\ud7ff\ue000',
    long: 'é'.repeat(5000),
  },
  'numbers of every size': {
    zero: 0,
    small: 5e-324,
    tiny: 1.5e-200,
    large: 1.7976931348623157e308,
    wide: 1.23e40,
    exact: Number.MAX_SAFE_INTEGER,
    fraction: 0.1 + 0.2,
    negative: -1234.5678,
    digits: 123456789012345680000,
  },
  'bigints beyond 38 digits': {
    big: 2n ** 200n,
    negative: -(10n ** 60n) - 7n,
    small: 0n,
    list: [1n, -1n],
  },
  'dates at the ends of time': {
    now: new Date('2024-02-29T12:34:56.789Z'),
    first: new Date(-8.64e15),
    last: new Date(8.64e15),
    list: [new Date(0)],
  },
  bytes: { empty: new Uint8Array(), some: Uint8Array.from([0, 1, 127, 128, 255]), list: [Uint8Array.of(9)] },
  'null, booleans, empty objects and lists': {
    nothing: null,
    yes: true,
    no: false,
    object: {},
    list: [],
    lists: [[], [[]], [null], [{}]],
  },
  'objects that look like tagged values': {
    date: { $date: 'not a date' },
    bigint: { $bigint: { $bigint: 1n } },
    bytes: { $bytes: [] },
    escaped: { $$date: { $$$date: new Date(5) } },
    other: { $set: 1, $date: 2 },
    alone: { $ref: 'x' },
  },
  'keys that objects inherit': {
    constructor: 1,
    toString: 'text',
    hasOwnProperty: null,
    valueOf: { constructor: {} },
  },
  'keys that stores give a meaning': {
    '': 0,
    S: 'x',
    N: '1',
    M: {},
    pk: 1,
    sk: 2,
    ttl: 3,
    'a.b': 4,
    'a#b': 5,
    '😀': 6,
    value: 7,
  },
  'objects and lists at the deepest level': { in: nested(29), list: [[[[[[]]]]]] },
}

const bad = (value: unknown, path = 'bad'): { value: Note; path: string } => ({ value: { bad: value }, path })
const cyclic: Note = {}
cyclic['self'] = cyclic

const refusedValues: Readonly<Record<string, { value: Note; path: string }>> = {
  NaN: bad([{ deep: Number.NaN }], 'bad[0].deep'),
  'an infinite number': bad(-Infinity),
  'an invalid Date': bad(new Date(Number.NaN)),
  'a lone surrogate': bad(['x\ud800'], 'bad[0]'),
  'a lone surrogate in a key': bad({ '\udc00': 1 }, 'bad["\ufffd"]'),
  'the key __proto__': bad(JSON.parse('{"__proto__":{"admin":true}}'), 'bad.__proto__'),
  'undefined in a list': bad([1, undefined], 'bad[1]'),
  'a hole in a list': bad(Object.assign([], { length: 1 }), 'bad[0]'),
  'a function': bad(() => 1),
  'a symbol': bad(Symbol('s')),
  'a Map': bad(new Map([[1, 2]])),
  'a Set': bad(new Set([1])),
  'an instance of a class': bad(new URL('https://example.org')),
  'a RegExp': bad(/x/),
  'an object that contains itself': { value: { cyclic }, path: 'cyclic.self' },
  'what is nested too deep': { value: { in: nested(31) }, path: Array(31).fill('in').join('.') },
}

export const valueCases: readonly Case[] = [
  ...Object.entries(kept).map(([what, value]): Case => ({
    name: `keeps ${what}`,
    async run({ notes }) {
      const expected = { id: 'a', version: 1, ...value }
      assert.deepEqual(await notes.put('a', value), expected)
      assert.deepEqual(await notes.get('a'), expected)
      assert.deepEqual((await notes.query()).items, [expected])
    },
  })),
  ...Object.entries(refusedValues).map(([what, { value, path }]): Case => ({
    name: `refuses ${what}, naming its path`,
    async run({ notes }) {
      const { errors } = await refused(notes.put('a', value), 'FREEDA_VALIDATION')
      assert.deepEqual(
        errors.map((error) => error.path),
        [path],
      )
      assert.equal(await notes.get('a'), undefined)
    },
  })),
  {
    name: 'drops undefined properties and makes -0 a 0',
    async run({ notes }) {
      const stored = await notes.put('a', { gone: undefined, zero: -0, in: { gone: undefined } })
      assert.deepEqual(stored, { id: 'a', version: 1, zero: 0, in: {} })
      assert.equal(Object.hasOwn((await notes.get('a'))!, 'gone'), false)
      assert(Object.is((await notes.get('a'))!['zero'], 0))
    },
  },
  {
    name: 'tells missing from stored null',
    async run({ tickets }) {
      await tickets.put('missing', { title: 'x' })
      await tickets.put('null', { title: 'x', status: null })
      assert.equal(Object.hasOwn((await tickets.get('missing'))!, 'status'), false)
      assert.equal((await tickets.get('null'))!.status, null)
    },
  },
  {
    name: 'shares nothing with the objects of callers',
    async run({ notes }) {
      const value = { list: [{ n: 1 }], bytes: Uint8Array.of(1) }
      const stored = await notes.put('a', value)
      value.list[0]!.n = 2
      value.bytes[0] = 2
      ;(stored['list'] as unknown[]).push('spoilt')
      const expected = { id: 'a', version: 1, list: [{ n: 1 }], bytes: Uint8Array.of(1) }
      const read = await notes.get('a')
      assert.deepEqual(read, expected)
      ;(read['list'] as unknown[]).push('spoilt')
      assert.deepEqual(await notes.get('a'), expected)
    },
  },
]
