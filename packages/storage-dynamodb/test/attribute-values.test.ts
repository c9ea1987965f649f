import type { JsonObject, JsonValue } from '@freeda/runtime/driver'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromAttribute, toAttribute } from '../src/attribute-values.ts'

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(
    1e300,
    -1e300,
    5e-324,
    1e-130,
    9.9e-131,
    9.9e125,
    1e126,
    1.7976931348623157e308,
    1e21,
    1e-7,
  ),
)
// The codec refuses this one key.
const text = fc.string({ unit: 'binary' }).filter((each) => each !== '__proto__')
const key = fc.oneof(
  text,
  fc.constantFrom(
    '',
    '\u0001',
    '\u0001\u0001',
    '\u0001a',
    'constructor',
    'toString',
    '$bytes',
    '$$bytes',
    'S',
    'M',
  ),
)
const bytes = fc.uint8Array().map((list) => ({ $bytes: Buffer.from(list).toString('base64') }))
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    bytes,
    fc.record({ $bytes: text }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const withoutNegativeZero = (each: JsonValue) => JSON.parse(JSON.stringify(each)) as JsonValue

describe('attribute values', () => {
  it('give back every value', () => {
    fc.assert(
      fc.property(value, (original) => {
        const plain = withoutNegativeZero(original)
        expect(fromAttribute(toAttribute(plain))).toEqual(plain)
      }),
      { numRuns: 3000 },
    )
  })

  it('keep numbers where DynamoDB has them, and pack the others as short as they are counted', () => {
    expect(toAttribute(1.5)).toEqual({ N: '1.5' })
    expect(toAttribute(1e125)).toEqual({ N: '1e+125' })
    expect(toAttribute(1e126)).toEqual({ B: Buffer.from('847e1f', 'hex') })
    expect(toAttribute(-1.25e300)).toEqual({ B: Buffer.from('c52c125f', 'hex') })
    expect(toAttribute(5e-324)).toEqual({ B: Buffer.from('82bc5f', 'hex') })
  })

  it('never take a user’s object for a set, a map or bytes of the SDK', () => {
    const value: JsonObject = { constructor: { name: 'Set' }, S: 'x', N: '1', size: 3 }
    expect(toAttribute(value)).toEqual({
      M: {
        constructor: { M: { name: { S: 'Set' } } },
        S: { S: 'x' },
        N: { S: '1' },
        size: { N: '3' },
      },
    })
  })

  it('store bytes as bytes, and keep a text that is not their base64', () => {
    expect(toAttribute({ $bytes: 'AQI=' })).toEqual({ B: Buffer.of(0, 1, 2) })
    expect(toAttribute({ $bytes: 'AQI' })).toEqual({ M: { $bytes: { S: 'AQI' } } })
  })

  it('set no prototype from an item that somebody edited', () => {
    const read = fromAttribute({ M: JSON.parse('{"__proto__":{"M":{"admin":{"BOOL":true}}}}') })
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect((read as { admin?: boolean }).admin).toBeUndefined()
  })
})
