/** The plugins that let instances of an app share things on a Redis or Valkey server: all of them, or each alone. */
import { BusTransport, CacheStore, definePlugin, Health, RateLimitStore } from '@freeda/runtime'
import type { openRedis } from './open-redis.ts'
import { options } from './options.ts'
import { rateLimitStore } from './rate-limit-store.ts'
import { busTransport } from './bus-transport.ts'
import { cacheStore } from './cache-store.ts'

/** An app that may have a server, and has none now, does not load the client: 640 kB. */
const open = async (context: Parameters<typeof openRedis>[0]): Promise<ReturnType<typeof openRedis>> =>
  (await import('./open-redis.ts')).openRedis(context)

const basis = { freeda: '^1.0.0', options, needs: { app: Health } } as const

/** Shares all that can be shared, on one connection: the caches and buses of plugins, and the counts of rate limits. */
export const redis = definePlugin({
  ...basis,
  name: 'redis',
  provides: { bus: BusTransport, cache: CacheStore, rateLimits: RateLimitStore },
  async setup(context) {
    const redis = await open(context)
    return { bus: busTransport(redis), cache: cacheStore(redis), rateLimits: rateLimitStore(redis) }
  },
})

/** Shares the caches alone. */
export const redisCache = definePlugin({
  ...basis,
  name: 'redis-cache',
  provides: { cache: CacheStore },
  setup: async (context) => ({ cache: cacheStore(await open(context)) }),
})

/** Shares the counts of rate limits alone. */
export const redisRateLimits = definePlugin({
  ...basis,
  name: 'redis-rate-limit',
  provides: { rateLimits: RateLimitStore },
  setup: async (context) => ({ rateLimits: rateLimitStore(await open(context)) }),
})

/** Carries the messages of buses, and shares nothing else. */
export const redisBus = definePlugin({
  ...basis,
  name: 'redis-bus',
  provides: { bus: BusTransport },
  setup: async (context) => ({ bus: busTransport(await open(context)) }),
})
