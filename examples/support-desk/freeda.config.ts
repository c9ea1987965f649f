import { redis } from '@freeda/cache-redis'
import { health } from '@freeda/health'
import { defineConfig } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { json } from '@freeda/storage-json'
import { analysis } from './src/analysis/plugin.ts'
import { imports } from './src/imports/plugin.ts'
import { feed, live } from './src/live/plugin.ts'
import { staff } from './src/staff/plugin.ts'
import { statistics } from './src/statistics/plugin.ts'
import { tickets } from './src/tickets/plugin.ts'

export default defineConfig(({ env, secret, mode }) => ({
  name: 'support-desk',
  server: { port: env.port('PORT', 3000) },
  plugins: [
    // On DynamoDB where there is a table, else in a folder.
    process.env['TABLE_NAME']
      ? dynamodb({ table: env('TABLE_NAME') })
      : json({ directory: env('DATA_DIR', './data') }),
    // What instances share; each has its own where there is no server.
    ...(process.env['REDIS_URL']
      ? [redis({ url: env('REDIS_URL'), password: secret('REDIS_AUTH_TOKEN', undefined) })]
      : []),
    health(),
    analysis(),
    // In production there is no default: an app that everybody has the key to must not start.
    staff({
      token: mode === 'production' ? secret('STAFF_TOKEN') : secret('STAFF_TOKEN', 'demo-staff-token'),
    }),
    tickets({ slaMinutes: { urgent: 120, high: 480, normal: 1_440, low: 4_320 } }),
    imports(),
    feed(),
    live(),
    statistics(),
  ],
}))
