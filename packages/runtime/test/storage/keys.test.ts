import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IndexableValue } from '../../src/storage.ts'
import {
  byteOrdered,
  compareKeys,
  encodeKey,
  encodeText,
  keyProblem,
  successor,
} from '../../src/storage/keys.ts'

const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const sign = (n: number) => (n < 0 ? -1 : n > 0 ? 1 : 0)

/** Near the seams: what is escaped, the ends of UTF-8 lengths, surrogates and what UTF-16 puts before them. */
const seams = ['\0', '\u0001', '\u0002', '\u0003', '0', '1', 'a', '~', '\u007f', '\u0080', '\u07ff', '\u0800']
seams.push('\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}', '\u{10ffff}')
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...seams), maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
)

const number: fc.Arbitrary<number | bigint> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.integer({ min: -12, max: 12 }),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc
    .tuple(fc.constantFrom(1n, -1n, 9n, 10n), fc.integer({ min: 0, max: 400 }))
    .map(([n, e]) => n * 10n ** BigInt(e)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(Number.isInteger).map(BigInt),
  fc
    .tuple(fc.double({ noNaN: true, noDefaultInfinity: true, min: 2 ** 53 }), fc.constantFrom(-1n, 0n, 1n))
    .map(([n, by]) => BigInt(Math.round(n)) + by),
  fc.constantFrom(
    0,
    -0,
    0n,
    5e-324,
    -5e-324,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    1e21,
    1e23,
    2 ** 53,
    2n ** 53n + 1n,
  ),
)
const date = fc.date({ noInvalidDate: true })
const value: fc.Arbitrary<IndexableValue> = fc.oneof(text, number, date, fc.boolean())
const compareNumbers = (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0)
const kind = (v: IndexableValue) => (typeof v === 'bigint' ? 'number' : v instanceof Date ? 'date' : typeof v)

/** Of two values of one kind, by what they are and not by their keys. */
function compareValues(a: IndexableValue, b: IndexableValue): number {
  if (typeof a === 'string') return sign(bytes(a, b as string))
  return compareNumbers(
    a instanceof Date ? a.getTime() : Number(a),
    b instanceof Date ? b.getTime() : Number(b),
  )
}

const runs = { numRuns: 3000 }

describe('keys', () => {
  it('order strings by code point, whatever they are made of', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(sign(bytes(encodeKey(a), encodeKey(b)))).toBe(sign(bytes(a, b)))
      }),
      runs,
    )
  })

  it('order numbers and bigints by their exact value', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(sign(bytes(encodeKey(a), encodeKey(b)))).toBe(compareNumbers(a, b))
      }),
      runs,
    )
  })

  it('order neighbouring doubles', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (a) => {
        const view = new DataView(new ArrayBuffer(8))
        view.setFloat64(0, a)
        view.setBigInt64(0, view.getBigInt64(0) + 1n)
        const b = view.getFloat64(0)
        if (!Number.isFinite(b)) return
        expect(sign(bytes(encodeKey(a), encodeKey(b)))).toBe(compareNumbers(a, b))
      }),
      runs,
    )
  })

  it('order dates by time and false before true', () => {
    fc.assert(
      fc.property(date, date, (a, b) => {
        expect(sign(bytes(encodeKey(a), encodeKey(b)))).toBe(compareNumbers(a.getTime(), b.getTime()))
      }),
    )
    expect(bytes(encodeKey(false), encodeKey(true))).toBe(-1)
  })

  it('are the same for -0 and 0, and for a number and a bigint of one value', () => {
    expect(encodeKey(-0)).toBe(encodeKey(0))
    expect(encodeKey(0n)).toBe(encodeKey(0))
    expect(encodeKey(1200)).toBe(encodeKey(1200n))
    expect(encodeKey(1e23)).toBe(encodeKey(99999999999999991611392n))
  })

  it('are well formed, without NUL, and never the beginning of another', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [x, y] = [encodeKey(a), encodeKey(b)]
        expect(x.isWellFormed()).toBe(true)
        expect(x).not.toContain('\0')
        if (x !== y) expect(y.startsWith(x)).toBe(false)
      }),
      runs,
    )
  })

  it('order composites by the first value, then by the second', () => {
    fc.assert(
      fc.property(value, value, text, text, (a, b, id, otherId) => {
        fc.pre(kind(a) === kind(b))
        const byFirst = kind(a) === 'number' ? compareNumbers(a as number, b as number) : compareValues(a, b)
        const composites = [encodeKey(a) + encodeKey(id), encodeKey(b) + encodeKey(otherId)] as const
        expect(sign(bytes(...composites))).toBe(byFirst === 0 ? sign(bytes(id, otherId)) : byFirst)
      }),
      runs,
    )
  })

  it('have a successor after all of their composites and not after any other key', () => {
    fc.assert(
      fc.property(value, value, text, (a, b, id) => {
        const [x, y] = [encodeKey(a), encodeKey(b)]
        const after = successor(x)!
        expect(after.isWellFormed()).toBe(true)
        expect(bytes(x + encodeKey(id), after)).toBe(-1)
        if (bytes(y, x) > 0) expect(bytes(y, after)).toBeGreaterThanOrEqual(0)
      }),
      runs,
    )
  })

  it('of strings with a prefix lie between the prefix and its successor, and no others do', () => {
    fc.assert(
      fc.property(text, fc.oneof(text, fc.constant('')), text, (prefix, rest, other) => {
        const from = encodeText(prefix)
        const to = successor(from)!
        const within = (key: string) => bytes(key, from) >= 0 && bytes(key, to) < 0
        expect(within(encodeKey(prefix + rest))).toBe(true)
        expect(within(encodeKey(other))).toBe(other.startsWith(prefix))
      }),
      runs,
    )
  })

  it('have successors that carry over what is last in Unicode', () => {
    expect(successor('a')).toBe('b')
    expect(successor('a\u{10ffff}')).toBe('b')
    expect(successor('a\ud7ff')).toBe('a\ue000')
    expect(successor('a\uffff')).toBe('a\u{10000}')
    expect(successor('\u{10ffff}')).toBeUndefined()
    expect(successor('')).toBeUndefined()
  })

  it('are compared by their UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [byteOrdered(a), byteOrdered(b)]
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(sign(bytes(a, b)))
        expect(compareKeys(a, b)).toBe(sign(bytes(a, b)))
      }),
      runs,
    )
  })

  it('are refused for what has no order', () => {
    const wrong = [
      Number.NaN,
      Infinity,
      new Date(Number.NaN),
      'x\ud800',
      '\udc00',
      10n ** 5000n,
      null,
      undefined,
      {},
      [],
    ]
    for (const each of wrong) {
      expect(keyProblem(each)).toEqual(expect.any(String))
      expect(() => encodeKey(each as never)).toThrow(TypeError)
    }
    expect(keyProblem(10n ** 5000n - 1n)).toBeUndefined()
  })
})
