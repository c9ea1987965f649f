import { apiKeys } from '@freeda/auth' // #if auth
import { redis } from '@freeda/cache-redis' // #if cache
import { health } from '@freeda/health'
import { defineConfig } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb' // #if dynamodb
import { json } from '@freeda/storage-json'
import { notes } from './src/notes/plugin.ts'

export default defineConfig(({ env/* #if cache */, secret/* #end *//* #if dynamodb */, mode/* #end */ }) => ({
  name: 'my-app',
  server: {
    port: env.port('PORT', 3000),
    // What stands in front, as the deployment says: addresses of clients are those that it saw.
    trustProxy: env.number('TRUST_PROXY', 0),
    proxyHeader: env.oneOf('PROXY_HEADER', ['x-forwarded-for', 'forwarded'], 'x-forwarded-for'),
  },
  plugins: [
    // In any order: what they need of each other decides.
    // #if dynamodb
    mode === 'production'
      ? dynamodb({ table: env('TABLE_NAME') })
      : json({ directory: env('DATA_DIR', './data') }),
    // #end
    // #if json
    json({ directory: env('DATA_DIR', './data') }),
    // #end
    // #if cache
    // What instances share stands on this server where there is one; elsewhere each has its own.
    ...(process.env['REDIS_URL']
      ? [redis({ url: env('REDIS_URL'), password: secret('REDIS_AUTH_TOKEN', undefined) })]
      : []),
    // #end
    health(),
    apiKeys(), // #if auth
    notes(),
  ],
}))
