/**
 * Entity tags of stored documents: `"<id>.<version>.<hash of the answer>"`, strong (RFC 9110, 8.8.3). The id, so that
 * the tag of one document never matches another's; the hash, so that an answer with more in it than the document, or of
 * a newer release, is never taken for the one that a client has. A client may leave it out in `If-Match`.
 */
import { FreedaError } from '../errors.ts'

export interface Versioned {
  readonly id: string
  readonly version: number
}

/** What storage gives back, or what is built on it. */
export const isVersioned = (value: unknown): value is Versioned =>
  typeof value === 'object' &&
  value !== null &&
  Object.hasOwn(value, 'version') &&
  Object.hasOwn(value, 'id') &&
  typeof (value as Versioned).id === 'string' &&
  !/\p{Surrogate}/u.test((value as Versioned).id) &&
  Number.isSafeInteger((value as Versioned).version) &&
  (value as Versioned).version > 0

export const entityTag = ({ id, version }: Versioned, text: string): string =>
  `"${encodeURIComponent(id)}.${version}.${hash(text)}"`

/** 53 bits are plenty for the versions of one document; twice 32 bits of FNV-1a, which needs no call into OpenSSL. */
function hash(text: string): string {
  let a = 0x811c9dc5
  let b = 0x01000193 ^ text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13)
  }
  return ((a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff)).toString(36)
}

/** Whether `If-None-Match` names this tag; weakly compared (RFC 9110, 13.1.2). */
export function noneMatches(header: string, tag: string): boolean {
  if (header === tag) return true
  if (header.trim() === '*') return true
  const plain = withoutWeakness(tag)
  return header.split(',').some((one) => withoutWeakness(one.trim()) === plain)
}

const withoutWeakness = (tag: string) => (tag.startsWith('W/') ? tag.slice(2) : tag)

/**
 * The version that `If-Match` demands of a document with one of these ids; undefined for `*` and without the header.
 * Weak tags never match (RFC 9110, 13.1.1), and neither does what Freeda did not write.
 * @throws FREEDA_PRECONDITION_FAILED
 */
export function demandedVersion(header: string | undefined, ids: readonly string[]): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const versions = new Set<number>()
  for (const tag of header.split(',')) {
    const version = versionIn(tag.trim(), ids)
    if (version !== undefined) versions.add(version)
  }
  const [version] = versions
  if (version === undefined)
    throw new FreedaError('FREEDA_PRECONDITION_FAILED', {
      reason: '`If-Match` has no entity tag of this document.',
    })
  if (versions.size > 1)
    throw new FreedaError('FREEDA_PRECONDITION_FAILED', { reason: '`If-Match` names more than one version.' })
  return version
}

function versionIn(tag: string, ids: readonly string[]): number | undefined {
  const inner = /^"([^"]*)"$/.exec(tag)?.[1]
  if (inner === undefined) return undefined
  for (const id of ids) {
    const prefix = `${encodeURIComponent(id)}.`
    const rest = inner.startsWith(prefix)
      ? /^([1-9]\d{0,15})(?:\.[0-9a-z]+)?$/.exec(inner.slice(prefix.length))
      : null
    if (rest !== null) return Number(rest[1])
  }
  return undefined
}
