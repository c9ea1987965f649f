import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection, type JsonObject } from '../../src/storage.ts'
import { collectionInfo } from '../../src/storage/collection-info.ts'
import { encode } from '../../src/storage/codec.ts'
import { checkItemSize, fits, itemBytes } from '../../src/storage/limits.ts'

const info = collectionInfo(
  collection(z.looseObject({ email: z.string().optional() }), {
    name: 'docs',
    indexes: { byEmail: { partition: 'email', unique: true } },
  }),
)
const bytes = (value: object) => {
  const encoded = encode(value, 'a document')
  return itemBytes(info, 'id', encoded, info.place('id', encoded))
}
const added = (value: object) => bytes(value) - bytes({})

describe('the size of an item', () => {
  it('is counted as DynamoDB counts it', () => {
    expect(added({ text: 'héé' })).toBe(1 + 4 + 5)
    expect(added({ n: 12345 })).toBe(1 + 1 + 3 + 2)
    expect(added({ n: -1.5e300 })).toBe(1 + 1 + 1 + 2 + 1)
    expect(added({ n: 1000 })).toBe(added({ n: 1 }))
    expect(added({ yes: true, no: null })).toBe(1 + 3 + 1 + 1 + 2 + 1)
    expect(added({ list: ['a', 'b'] })).toBe(1 + 4 + 3 + 2 * (1 + 1))
    expect(added({ map: { a: 'b' } })).toBe(1 + 3 + 3 + (1 + 1 + 1))
  })

  it('counts bytes as they are, not their base64', () => {
    const bytesOf = (length: number) => added({ b: new Uint8Array(length) })
    expect(bytesOf(300_000) - bytesOf(0)).toBe(300_000)
  })

  it('counts what indexes copy', () => {
    expect(added({ email: 'ada' })).toBeGreaterThan(added({ other: 'ada' }) + 'ada'.length)
  })

  it('is never less than the JSON that it is made of, beside what JSON writes around values', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
        const clean = JSON.parse(
          JSON.stringify(value, (key, each: unknown) => (key === '__proto__' ? undefined : each)),
        )
        const encoded = encode(clean as JsonObject, 'a document')
        const placement = { position: 'sid\u0001', entries: {} }
        expect(itemBytes(info, 'id', encoded, placement)).toBeGreaterThan(texts(encoded))
        expect(() => checkItemSize(info, 'id', encoded, placement)).not.toThrow()
      }),
    )
  })

  it('is compared in bytes', () => {
    expect(fits('é'.repeat(5), 10)).toBe(true)
    expect(fits('é'.repeat(5), 9)).toBe(false)
    expect(fits('😀', 4)).toBe(true)
    expect(fits('😀', 3)).toBe(false)
  })
})

/** Bytes of all keys and texts. */
function texts(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + (Array.isArray(value) ? 0 : Buffer.byteLength(key)) + texts(each),
    0,
  )
}
