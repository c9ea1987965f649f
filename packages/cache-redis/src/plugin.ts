/** The plugins that let instances of an app share things on a Redis or Valkey server: all of them, or each alone. */
import { BusTransport, CacheStore, definePlugin, Health, RateLimitStore } from '@freeda/runtime'
import { openRedis } from './open-redis.ts'
import { options } from './options.ts'
import { rateLimitStore } from './rate-limit-store.ts'
import { busTransport } from './bus-transport.ts'
import { cacheStore } from './cache-store.ts'

const basis = { freeda: '^1.0.0', options, needs: { app: Health } } as const

/** Shares all that can be shared, on one connection: the caches and buses of plugins, and the counts of rate limits. */
export const redis = definePlugin({
  ...basis,
  name: 'redis',
  provides: { bus: BusTransport, cache: CacheStore, rateLimits: RateLimitStore },
  setup(context) {
    const redis = openRedis(context)
    return { bus: busTransport(redis), cache: cacheStore(redis), rateLimits: rateLimitStore(redis) }
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

/** Carries the messages of buses, and shares nothing else. */
export const redisBus = definePlugin({
  ...basis,
  name: 'redis-bus',
  provides: { bus: BusTransport },
  setup: (context) => ({ bus: busTransport(openRedis(context)) }),
})
