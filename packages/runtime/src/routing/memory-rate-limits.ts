/** Counts uses in the memory of this process. */
import type { RateLimiterRes } from 'rate-limiter-flexible'
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import type { RateLimitStore, RateLimitUse } from '../rate-limit.ts'

/** About 25 MB. Whoever has more addresses than that pushes out the oldest counts, nothing else. */
const maxKeys = 50_000

/** Within this process. The package itself keeps as many keys as there are clients. */
export function memoryStore(mostKeys = maxKeys): RateLimitStore & { readonly size: number } {
  const limiters = new Map<string, RateLimiterMemory>()
  /** By last use, the oldest first. */
  const owners = new Map<string, RateLimiterMemory>()

  function limiterFor(points: number, windowSeconds: number): RateLimiterMemory {
    const name = `${points}/${windowSeconds}`
    const known = limiters.get(name)
    if (known !== undefined) return known
    const limiter = new RateLimiterMemory({ points, duration: windowSeconds })
    limiters.set(name, limiter)
    return limiter
  }

  function touch(key: string, limiter: RateLimiterMemory): void {
    owners.delete(key)
    owners.set(key, limiter)
    if (owners.size <= mostKeys) return
    const [oldest, owner] = owners.entries().next().value!
    owners.delete(oldest)
    void owner.delete(oldest)
  }

  return {
    get size() {
      return owners.size
    },
    async consume(key, points, limit, windowSeconds) {
      const limiter = limiterFor(limit, windowSeconds)
      touch(key, limiter)
      try {
        return useOf(await limiter.consume(key, points), true)
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal
        return useOf(refusal as RateLimiterRes, false)
      }
    },
  }
}

const useOf = ({ remainingPoints, msBeforeNext }: RateLimiterRes, allowed: boolean): RateLimitUse => ({
  allowed,
  remaining: remainingPoints,
  resetMs: msBeforeNext,
})
