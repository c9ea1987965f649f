/** An app with a schedule for every second, on a table or in a folder; as a process that can be killed and paused. */
import { collection, definePlugin, schedule, start } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { json } from '@freeda/storage-json'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const {
  TABLE_NAME: table,
  ENDPOINT: endpoint,
  DIRECTORY: directory = '',
  HOLD_MS: holdMs = '0',
} = process.env

const clockwork = definePlugin({
  name: 'clockwork',
  freeda: '^1.0.0',
  collections: {
    begun: collection(z.object({ slotMs: z.number(), fence: z.number() }), { name: 'begun' }),
    effects: collection(z.object({ fence: z.number() }), { name: 'effects' }),
  },
  schedules: {
    tick: schedule({
      everyMs: Number(process.env.EVERY_MS ?? 1_000),
      leaseMs: Number(process.env.LEASE_MS ?? 1_000),
      keepRuns: 1_000,
    }),
  },
  setup({ collections: { begun, effects }, schedules }) {
    schedules.tick.run(async ({ slot, fence, log, commit }) => {
      await begun.create({ slotMs: slot.getTime(), fence }, { id: `${fence}` })
      log.info('begun')
      await sleep(Number(holdMs) || Math.random() * 300)
      await commit([effects.op.create({ fence }, { id: slot.toISOString() })])
    })
  },
})

await start({
  config: {
    name: 'clockwork',
    server: { port: 0, host: '127.0.0.1', shutdown: '3s', drain: 0 },
    plugins: [table === undefined ? json({ directory }) : dynamodb({ table, endpoint }), clockwork()],
  },
})
