/** Checksums of documents, and of sets of them. Pure. */
import { hash } from 'node:crypto'
import type { ExportedDocument, JsonValue } from '../storage.ts'

/** A document with the checksum of all of it. */
export interface SealedDocument extends ExportedDocument {
  /** See {@link sealOf}. */
  readonly sha256: string
}

/**
 * SHA-256, in base64url, of the canonical JSON of `[collection, id, version, value]`. Canonical, because a store may keep
 * the members of an object in another order.
 */
export const sealOf = ({ collection, id, version, value }: ExportedDocument): string =>
  // In one go: a Hash object for each document is memory outside the heap, which collectors see late.
  hash('sha256', canonicalJson([collection, id, version, value]), 'base64url')

export const sealed = ({ collection, id, version, value }: ExportedDocument): SealedDocument => ({
  collection,
  id,
  version,
  value,
  sha256: sealOf({ collection, id, version, value }),
})

/** Members in the order of their UTF-16 code units. Source: https://www.rfc-editor.org/rfc/rfc8785 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  let text = ''
  for (const key of Object.keys(value).toSorted())
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value[key]!)}`
  return `{${text}}`
}

/** Tells a set of documents from another, whatever the order in which they come. */
export interface SetDigest {
  add(seal: string): void
  /** 32 hexadecimal digits. */
  text(): string
}

/** The sum of the first 128 bits of all checksums: it guards against slips, not against forgery. */
export function setDigest(): SetDigest {
  let high = 0n
  let low = 0n
  return {
    add(seal) {
      const bytes = Buffer.from(seal, 'base64url')
      high = BigInt.asUintN(64, high + bytes.readBigUInt64BE(0))
      low = BigInt.asUintN(64, low + bytes.readBigUInt64BE(8))
    },
    text: () => [high, low].map((half) => half.toString(16).padStart(16, '0')).join(''),
  }
}
