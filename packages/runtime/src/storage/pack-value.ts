/** Whole values ⇄ text, by the codec of storage; what comes out is frozen, since many may hold it. */
import type { JsonValue } from '../storage.ts'
import { decodeValue, encode } from './codec.ts'

export interface UnpackedValue {
  /** Frozen. */
  readonly value: unknown
  readonly encoded: JsonValue
  /** Whether nobody can change `value`. Dates and bytes cannot be frozen. */
  readonly shareable: boolean
}

/** `value` is not the object that was packed. */
export interface PackedValue extends UnpackedValue {
  readonly text: string
  readonly bytes: number
}

/**
 * @param what for messages: `The cached value of "a"`
 * @throws FREEDA_VALIDATION with the path of each part that cannot be kept, FREEDA_ITEM_TOO_LARGE when it has more members
 *   than any limit of bytes allows
 */
export function packValue(what: string, value: unknown): PackedValue {
  // `encode` drops undefined properties; undefined as a whole value would come back as something else.
  const encoded = encode({ value: value === undefined ? [undefined] : value }, what)['value']!
  const text = JSON.stringify(encoded)
  return { encoded, text, bytes: Buffer.byteLength(text), ...unpackEncoded(encoded) }
}

/** @throws SyntaxError when the text is none of ours */
export function unpackText(text: string): UnpackedValue {
  const encoded = JSON.parse(text) as JsonValue
  // Without a key that begins with `$` nothing is tagged, and JSON is the value; `__proto__` is never written.
  if (text.includes('"$')) return { encoded, ...unpackEncoded(encoded) }
  freeze(encoded)
  return { encoded, value: encoded, shareable: true }
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
