/** The store of the runtime's caches, on a Redis server. */
import { randomUUID } from 'node:crypto'
import type { CacheClaim, CacheEntryName, CacheEntryWrite, CacheStore } from '@freeda/runtime'
import { entryText, parseEntry } from './entry-text.ts'
import type { Redis } from './open-redis.ts'
import * as scripts from './scripts.ts'

/** Each of them may throw what the client throws; the runtime makes a miss of it. */
export function cacheStore({ commands, prefix, timeLimitMs }: Redis): CacheStore {
  // In braces what decides on the shard of a cluster, so that the keys of a plugin are together.
  const keyOf = (kind: 'value' | 'claim' | 'tag', namespace: string, name: string) =>
    `${prefix}{${namespace}}:${kind}:${name}`
  const valueKey = ({ namespace, key }: CacheEntryName) => keyOf('value', namespace, key)
  const claimKey = ({ namespace, key }: CacheEntryName) => keyOf('claim', namespace, key)
  const tagKeys = (namespace: string, tags: readonly string[]) =>
    tags.map((tag) => keyOf('tag', namespace, tag))

  async function readTagged(namespace: string, stored: string): Promise<string | undefined> {
    const { text, tags, versions } = parseEntry(stored)
    const current = await commands.mGet(tagKeys(namespace, tags))
    return current.every((version, at) => version === versions[at]) ? text : undefined
  }

  function claimOf(entry: CacheEntryWrite, token: string, versions: string): CacheClaim {
    return {
      async keep(text, ttlMs) {
        const stored = entryText(text, entry.tags, versions)
        await commands.run(scripts.keep, [valueKey(entry), claimKey(entry)], [token, stored, String(ttlMs)])
      },
      async release() {
        await commands.run(scripts.release, [claimKey(entry)], [token])
      },
    }
  }

  return {
    name: 'redis',
    timeLimitMs,
    async read(entry) {
      const stored = await commands.get(valueKey(entry))
      if (stored === null) return undefined
      return stored.startsWith('#') ? readTagged(entry.namespace, stored) : stored
    },
    async write(entry, text) {
      const { namespace, tags, ttlMs } = entry
      await commands.run(
        scripts.write,
        [valueKey(entry), claimKey(entry), ...tagKeys(namespace, tags)],
        [text, String(ttlMs), randomUUID(), JSON.stringify(tags)],
      )
    },
    async delete(entry) {
      await commands.unlink([valueKey(entry), claimKey(entry)])
    },
    async invalidate({ namespace, tag }) {
      await commands.unlink([keyOf('tag', namespace, tag)])
    },
    async claim(entry, claimMs) {
      const { namespace, tags, ttlMs } = entry
      const token = randomUUID()
      // The value gets its time when it is kept, which is within the time of the claim.
      const tagMs = Math.ceil(ttlMs) + claimMs
      const versions = await commands.run(
        scripts.claim,
        [claimKey(entry), ...tagKeys(namespace, tags)],
        [token, String(claimMs), randomUUID(), String(tagMs)],
      )
      return typeof versions === 'string' ? claimOf(entry, token, versions) : undefined
    },
  }
}
