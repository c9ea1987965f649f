/** What a cache takes for keys, tags and times. */
import { FreedaError } from '../errors.ts'

const maxNameBytes = 512
const maxTags = 16
/** As far as timers reach. */
const maxTtlMs = 2 ** 31 - 1

const refuse = (path: string, message: string) =>
  new FreedaError('FREEDA_VALIDATION', { what: 'The call of the cache', errors: [{ path, message }] })

/** @throws FREEDA_VALIDATION */
export function checkName(path: 'key' | 'tag' | 'tags', name: string): void {
  if (typeof name !== 'string' || name === '') throw refuse(path, 'must be a text that is not empty')
  if (!name.isWellFormed()) throw refuse(path, 'is not well-formed text (it has a lone surrogate)')
  // A UTF-16 unit takes at most three bytes.
  if (name.length * 3 > maxNameBytes && Buffer.byteLength(name) > maxNameBytes)
    throw refuse(path, `has more than ${maxNameBytes} bytes; hash what is so long`)
}

/** @throws FREEDA_VALIDATION */
export function checkWrite(ttlMs: number, tags: readonly string[]): void {
  if (typeof ttlMs !== 'number' || !(ttlMs >= 1) || ttlMs > maxTtlMs)
    throw refuse('ttlMs', `is ${ttlMs}; use milliseconds from 1 to ${maxTtlMs}`)
  if (tags.length > maxTags) throw refuse('tags', `are ${tags.length}; at most ${maxTags} are allowed`)
  for (const tag of tags) checkName('tags', tag)
}
