import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { isFreedaError } from '../../src/errors.ts'
import { decodeInto, encode, maxDepth } from '../../src/storage/codec.ts'

const roundTrip = (value: object) =>
  decodeInto({}, JSON.parse(JSON.stringify(encode(value, 'a document'))) as never)

const key = fc.oneof(
  fc.constantFrom(
    '$date',
    '$bigint',
    '$bytes',
    '$$date',
    '$$$bytes',
    'constructor',
    'toString',
    '',
    'length',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }).filter((k) => k !== '__proto__' && k.isWellFormed()),
)
const { document } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, '', '😀', 5e-324, Number.MAX_VALUE),
    fc.string({ unit: 'binary' }).filter((s) => s.isWellFormed()),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('document'),
  ),
  document: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}))

/** Paths and messages of a refusal. */
function problems(value: object): Record<string, string> {
  try {
    encode(value, 'a document')
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_VALIDATION'))
      return Object.fromEntries(error.data.errors.map(({ path, message }) => [path, message]))
    throw error
  }
  return {}
}

describe('the codec', () => {
  it('gives back everything that it takes', () => {
    fc.assert(
      fc.property(document as fc.Arbitrary<object>, (value) => {
        // Not toStrictEqual: it takes a property named `constructor` for the constructor.
        assert.deepStrictEqual(roundTrip(value), value)
      }),
      { numRuns: 2000 },
    )
  })

  it('leaves plain JSON as it is', () => {
    const value = { a: [1, 'x', null, { b: { c: false } }], $date: 1, $other: { $ref: 2 } }
    expect(encode(value, 'a document')).toStrictEqual(value)
  })

  it('tags what JSON does not have, and escapes what looks like a tag', () => {
    const value = { at: new Date(0), big: 12n, bytes: Buffer.from('hi'), like: { $date: { $$bytes: 1 } } }
    expect(encode(value, 'a document')).toStrictEqual({
      at: { $date: '1970-01-01T00:00:00.000Z' },
      big: { $bigint: '12' },
      bytes: { $bytes: 'aGk=' },
      like: { $$date: { $$$bytes: 1 } },
    })
    expect(roundTrip({ tag: { $date: 1, gone: undefined } })).toStrictEqual({ tag: { $date: 1 } })
  })

  it('takes objects without a prototype and gives plain ones', () => {
    const bare = Object.assign(Object.create(null), { a: 1 }) as object
    expect(roundTrip({ bare })).toStrictEqual({ bare: { a: 1 } })
  })

  it('reports every problem at once, with paths that can be read', () => {
    const value = { a: [Number.NaN, { b: undefined, 'odd key': () => 1 }], m: new Map(), s: 'x\udfff' }
    expect(Object.keys(problems(value))).toEqual(['a[0]', 'a[1]["odd key"]', 'm', 's'])
    expect(problems(value)['m']).toContain('Map')
  })

  it('refuses a document that is no plain object', () => {
    for (const value of [
      [],
      new Date(),
      new Map(),
      new (class Point {
        x = 1
      })(),
    ])
      expect(problems(value)['']).toContain('plain object')
  })

  it('refuses symbols as keys', () => {
    expect(Object.keys(problems({ in: { [Symbol('x')]: 1 } }))).toEqual(['in'])
  })

  it('takes keys of 65,535 bytes and refuses longer ones', () => {
    expect(problems({ ['k'.repeat(65_535)]: 1 })).toEqual({})
    expect(problems({ in: { ['é'.repeat(32_768)]: 1 } })['in']).toContain('65535')
  })

  it('takes the deepest document that DynamoDB takes and refuses one level more', () => {
    const nested = (levels: number): object => (levels === 1 ? { leaf: 1 } : { in: nested(levels - 1) })
    expect(roundTrip(nested(maxDepth))).toStrictEqual(nested(maxDepth))
    expect(Object.keys(problems(nested(maxDepth + 1)))).toHaveLength(1)
    const dated = (levels: number): object =>
      levels === 1 ? { leaf: new Date(0) } : { in: dated(levels - 1) }
    expect(problems(dated(maxDepth - 1))).toEqual({})
    expect(Object.keys(problems(dated(maxDepth)))).toHaveLength(1)
  })

  it('gives up on what would grow without end', () => {
    let shared: object = {}
    for (let level = 0; level < 30; level++) shared = { a: shared, b: shared }
    expect(() => encode(shared, 'a document')).toThrow('bytes')
    expect(() => encode({ list: Object.assign([], { length: 2 ** 32 - 1 }) }, 'a document')).toThrow(
      'undefined',
    )
  })

  it('never sets a prototype, not even from a file that was tampered with', () => {
    const decoded = decodeInto(
      {},
      JSON.parse('{"__proto__":{"admin":true},"in":{"__proto__":{"admin":true}}}') as never,
    )
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    expect((decoded as { admin?: boolean }).admin).toBeUndefined()
    expect((decoded as { in: { admin?: boolean } }).in.admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})
