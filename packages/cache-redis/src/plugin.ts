/** The plugin that lets instances share the cache. */
import { setTimeout as delay } from 'node:timers/promises'
import { CacheStore, definePlugin, Health } from '@freeda/runtime'
import { createConnection } from './connection.ts'
import { options } from './options.ts'
import { redisStore } from './redis-store.ts'

/** An app starts without its cache, but not because the cache needed a moment. */
const patienceMs = 1_000

/** Keeps the caches of all plugins on a Redis or Valkey server. */
export const redis = definePlugin({
  name: 'cache-redis',
  freeda: '^1.0.0',
  options,
  needs: { app: Health },
  provides: { store: CacheStore },
  setup({ options, needs, health, log, onStart, onStop }) {
    const prefix = options.prefix ?? `${needs.app.app.name.replaceAll(/[{}]/g, '-')}:`
    const connection = createConnection(options, log)
    onStart(async () => {
      await Promise.race([connection.connect(), delay(patienceMs, undefined, { ref: false })])
    })
    onStop(() => connection.close())
    // Never critical: without the cache the app is slower, and as right as before.
    health.ready('cache', () => connection.commands.probe(`${prefix}health`), { critical: false })
    return { store: redisStore({ commands: connection.commands, prefix, timeLimitMs: options.timeLimitMs }) }
  },
})
