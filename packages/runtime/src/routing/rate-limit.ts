/** Counts what each client asks for, and refuses what is too much. */
import type { Logger } from 'pino'
import type { RateLimiterRes } from 'rate-limiter-flexible'
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import { FreedaError } from '../errors.ts'
import type { RateLimitStore, RateLimitUse } from '../rate-limit.ts'
import type { RateLimit } from '../route.ts'
import { clientNetwork } from '../exchange/client-address.ts'
import { exchangeOf, type Exchange, type ExchangeContext } from '../exchange/exchange.ts'

export interface RateLimitOptions {
  /** For every route that has none of its own. */
  readonly general: RateLimit | false
  /** Whose requests are counted together. Without a principal it is the address. */
  readonly by: 'ip' | 'principal'
  /** Default: this process's memory. */
  readonly store?: RateLimitStore | undefined
}

export interface RateLimiter {
  /**
   * Takes one of `limit` away from the client.
   * @param scope requests of different scopes are counted apart
   * @throws FREEDA_RATE_LIMITED
   */
  take(ctx: ExchangeContext, limit: RateLimit, scope: string): Promise<void>
}

export function createRateLimiter(
  { by, store }: Omit<RateLimitOptions, 'general'>,
  log: Logger,
): RateLimiter {
  const consume = store === undefined ? memoryStore().consume : failOpen(store, log)

  async function take(ctx: ExchangeContext, limit: RateLimit, scope: string): Promise<void> {
    const use = await consume(`${scope} ${clientOf(ctx, by)}`, 1, limit.limit, limit.windowSeconds)
    if (use === undefined) return
    const resetSeconds = Math.max(1, Math.ceil(use.resetMs / 1000))
    const exchange = ctx[exchangeOf]
    exchange.quota = quotaHeaders(scope, limit, use.remaining, resetSeconds)
    setQuotaHeaders(exchange)
    if (use.allowed) return
    throw new FreedaError('FREEDA_RATE_LIMITED', {
      limit: limit.limit,
      windowSeconds: limit.windowSeconds,
      retryAfterSeconds: resetSeconds,
    })
  }
  return { take }
}

function clientOf(ctx: ExchangeContext, by: RateLimitOptions['by']): string {
  const principal = by === 'principal' ? ctx[exchangeOf].principal : undefined
  return principal === undefined ? clientNetwork(ctx.ip) : `${principal.scheme} ${principal.id}`
}

// ─────────────────────────────────────────────────── what clients see ──────────────────────────────────────────────────

/** Source: draft-ietf-httpapi-ratelimit-headers-11; RFC 9651 for the syntax. */
const quotaHeaders = (scope: string, limit: RateLimit, remaining: number, resetSeconds: number) => {
  const name = JSON.stringify(scope.replaceAll(/[^ -~]/g, '?'))
  return {
    policy: `${name};q=${limit.limit};w=${limit.windowSeconds}`,
    left: `${name};r=${remaining};t=${resetSeconds}`,
  }
}

/** Also on errors, whose other headers are taken away. */
export function setQuotaHeaders({ res, quota }: Pick<Exchange, 'res' | 'quota'>): void {
  if (quota === undefined) return
  res.setHeader('RateLimit-Policy', quota.policy)
  res.setHeader('RateLimit', quota.left)
}

// ───────────────────────────────────────────────────── where it counts ─────────────────────────────────────────────────

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

const storeTimeoutMs = 250
/** How long a store that failed is left alone, so that only one request in a while has to wait for it. */
const restMs = 1_000

/** A store that fails or is slow lets requests pass: counting matters less than serving. */
function failOpen(
  store: RateLimitStore,
  log: Logger,
): (...args: Parameters<RateLimitStore['consume']>) => Promise<RateLimitUse | undefined> {
  let restsUntil = 0
  let failing = false

  async function ask(args: Parameters<RateLimitStore['consume']>): Promise<RateLimitUse> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${storeTimeoutMs} ms`)), storeTimeoutMs)
    })
    try {
      return await Promise.race([store.consume(...args), late])
    } finally {
      clearTimeout(timer)
    }
  }

  return async (...args) => {
    if (Date.now() < restsUntil) return undefined
    try {
      const use = await ask(args)
      if (failing) log.warn('the rate limit store answers again')
      failing = false
      return use
    } catch (err) {
      restsUntil = Date.now() + restMs
      if (!failing) log.error({ err }, 'the rate limit store failed; requests pass uncounted')
      failing = true
      return undefined
    }
  }
}
