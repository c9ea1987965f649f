/** Values of a cache ⇄ text, by the codec of storage; what comes out is frozen, since callers share it. */
import { isFreedaError } from '../errors.ts'
import type { JsonValue } from '../storage.ts'
import { decodeValue, encode } from '../storage/codec.ts'

export interface PackedValue {
  /** Frozen, and not the object that was packed. */
  readonly value: unknown
  readonly encoded: JsonValue
  readonly text: string
  readonly bytes: number
  /** Whether nobody can change `value`. Dates and bytes cannot be frozen. */
  readonly shareable: boolean
}

/**
 * @returns `undefined` when the value has more members than any limit of bytes allows
 * @throws FREEDA_VALIDATION with the path of each part that cannot be kept
 */
export function packValue(key: string, value: unknown): PackedValue | undefined {
  // `encode` drops undefined properties; undefined as a whole value would come back as something else.
  const encoded = encodeWhole(key, value === undefined ? [undefined] : value)
  if (encoded === undefined) return undefined
  const text = JSON.stringify(encoded)
  const { value: copy, shareable } = unpackEncoded(encoded)
  return { value: copy, encoded, text, bytes: Buffer.byteLength(text), shareable }
}

function encodeWhole(key: string, value: unknown): JsonValue | undefined {
  try {
    return encode({ value }, `The cached value of "${key}"`)['value']
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_ITEM_TOO_LARGE')) return undefined
    throw error
  }
}

/** @throws SyntaxError when the text is none of ours */
export function unpackText(text: string): unknown {
  const encoded = JSON.parse(text) as JsonValue
  // Without a key that begins with `$` nothing is tagged, and JSON is the value; `__proto__` is never written.
  if (text.includes('"$')) return unpackEncoded(encoded).value
  freeze(encoded)
  return encoded
}

/** A fresh, frozen copy. */
export function unpackEncoded(encoded: JsonValue): { value: unknown; shareable: boolean } {
  const value = decodeValue(encoded)
  return { value, shareable: freeze(value) }
}

/** @returns whether all of it is frozen */
function freeze(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (value instanceof Date || value instanceof Uint8Array) return false
  let whole = true
  for (const member of Object.values(value)) if (!freeze(member)) whole = false
  Object.freeze(value)
  return whole
}
