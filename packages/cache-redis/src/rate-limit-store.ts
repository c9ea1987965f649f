/** Where instances count together what a client asks for, on a Redis server. */
import { createHash } from 'node:crypto'
import type { RateLimitStore } from '@freeda/runtime'
import type { Redis } from './open-redis.ts'
import * as scripts from './scripts.ts'

/** Names of clients may come from their tokens, as long as a header can be. */
const maxKeyLength = 256

/** Throws what the client throws; the runtime counts in memory then. */
export function rateLimitStore({ commands, prefix, timeLimitMs }: Redis): RateLimitStore {
  return {
    name: 'redis',
    timeLimitMs,
    async consume(key, points, limit, windowSeconds) {
      const name = key.length > maxKeyLength ? createHash('sha256').update(key).digest('base64url') : key
      // One key a call, so a cluster spreads clients over its shards. A window of another length is another count.
      const counter = `${prefix}limit:${windowSeconds}:${name}`
      const answer = await commands.run(
        scripts.take,
        [counter],
        [String(points), String(windowSeconds * 1_000)],
      )
      const [taken, resetMs] = answer as [number, number]
      return { allowed: taken <= limit, remaining: Math.max(0, limit - taken), resetMs }
    },
  }
}
