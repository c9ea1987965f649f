/** The plugins that let instances of an app share things on a Redis or Valkey server: all of them, or each alone. */
import { CacheStore, definePlugin, Health, RateLimitStore } from '@freeda/runtime'
import { openRedis } from './open-redis.ts'
import { options } from './options.ts'
import { rateLimitStore } from './rate-limit-store.ts'
import { cacheStore } from './cache-store.ts'

const basis = { freeda: '^1.0.0', options, needs: { app: Health } } as const

/** Shares all that can be shared, on one connection: the caches of plugins, and the counts of rate limits. */
export const redis = definePlugin({
  ...basis,
  name: 'redis',
  provides: { cache: CacheStore, rateLimits: RateLimitStore },
  setup(context) {
    const redis = openRedis(context)
    return { cache: cacheStore(redis), rateLimits: rateLimitStore(redis) }
  },
})

/** Shares the caches alone. */
export const redisCache = definePlugin({
  ...basis,
  name: 'redis-cache',
  provides: { cache: CacheStore },
  setup: (context) => ({ cache: cacheStore(openRedis(context)) }),
})

/** Shares the counts of rate limits alone. */
export const redisRateLimits = definePlugin({
  ...basis,
  name: 'redis-rate-limit',
  provides: { rateLimits: RateLimitStore },
  setup: (context) => ({ rateLimits: rateLimitStore(openRedis(context)) }),
})
