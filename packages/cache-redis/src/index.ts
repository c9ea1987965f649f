/** `@freeda/cache-redis`: the cache that instances of an app share. */
export { redis, redis as default } from './plugin.ts'
