/** `@freeda/cache-redis`: what instances of an app share. */
export { redis, redis as default, redisBus, redisCache, redisRateLimits } from './plugin.ts'
