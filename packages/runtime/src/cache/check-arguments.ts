/** What a cache takes for keys, tags and times. */
import { checkName, refuseCall } from '../check-name.ts'

const maxTags = 16
/** As far as timers reach. */
const maxTtlMs = 2 ** 31 - 1

const what = 'The call of the cache'

/** @throws FREEDA_VALIDATION */
export const checkKey = (key: string): void => checkName(what, 'key', key)

/** @throws FREEDA_VALIDATION */
export const checkTag = (tag: string): void => checkName(what, 'tag', tag)

/** @throws FREEDA_VALIDATION */
export function checkWrite(ttlMs: number, tags: readonly string[]): void {
  if (typeof ttlMs !== 'number' || !(ttlMs >= 1) || ttlMs > maxTtlMs)
    throw refuseCall(what, 'ttlMs', `is ${ttlMs}; use milliseconds from 1 to ${maxTtlMs}`)
  if (tags.length > maxTags)
    throw refuseCall(what, 'tags', `are ${tags.length}; at most ${maxTags} are allowed`)
  for (const tag of tags) checkName(what, 'tags', tag)
}
