/** Counts what each client asks for, and refuses what is too much. */
import type { Logger } from 'pino'
import { FreedaError } from '../errors.ts'
import type { MetricsRegistrar } from '../metrics.ts'
import type { RateLimitStore } from '../rate-limit.ts'
import type { RateLimit } from '../route.ts'
import { clientNetwork } from '../exchange/client-address.ts'
import { exchangeOf, type Exchange, type ExchangeContext } from '../exchange/exchange.ts'
import { countUses } from './count-uses.ts'

export interface RateLimitOptions {
  /** For every route that has none of its own. */
  readonly general: RateLimit | false
  /** Whose requests are counted together. Without a principal it is the address. */
  readonly by: 'ip' | 'principal'
  /** Default: this process's memory. */
  readonly store?: RateLimitStore | undefined
  /** Default: none. */
  readonly metrics?: (() => MetricsRegistrar) | undefined
}

export interface RateLimiter {
  /**
   * Takes one of `limit` away from the client.
   * @param scope requests of different scopes are counted apart
   * @throws FREEDA_RATE_LIMITED
   */
  take(ctx: ExchangeContext, limit: RateLimit, scope: string): Promise<void>
}

export function createRateLimiter(options: Omit<RateLimitOptions, 'general'>, log: Logger): RateLimiter {
  const consume = countUses(options, log)

  async function take(ctx: ExchangeContext, limit: RateLimit, scope: string): Promise<void> {
    const use = await consume(`${scope} ${clientOf(ctx, options.by)}`, 1, limit.limit, limit.windowSeconds)
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
