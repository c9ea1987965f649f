/** An app whose runs go on until its process is killed; tells its parent what it begins, and what it takes over. */
import { definePlugin, schedule, start } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const [table, endpoint, leaseMs] = process.argv.slice(2)

const held = definePlugin({
  name: 'held',
  freeda: '^1.0.0',
  schedules: { held: schedule({ everyMs: 1_000, leaseMs: Number(leaseMs), timeLimitMs: 600_000 }) },
  setup: ({ schedules }) =>
    schedules.held.run(async ({ signal }) => {
      process.send({ began: true })
      await sleep(600_000, undefined, { signal })
    }),
})

await start({
  config: {
    name: 'lease',
    server: { port: 0 },
    log: { pretty: false },
    plugins: [dynamodb({ table, endpoint }), held()],
  },
  logTo: new Writable({
    decodeStrings: false,
    write(line, _encoding, done) {
      if (line.includes('a run was interrupted')) process.send({ tookOver: true })
      done()
    },
  }),
})
process.send({ ready: true })
