/** An app whose queue writes one document a job; as a process that can be killed. */
import { collection, definePlugin, queue, start } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { json } from '@freeda/storage-json'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const { TABLE_NAME: table, ENDPOINT: endpoint, DATA_DIR: directory, HOLD_MS: holdMs = '0' } = process.env

const counter = definePlugin({
  name: 'counter',
  freeda: '^1.0.0',
  prefix: '/',
  collections: {
    orders: collection(z.object({ n: z.number() }), { name: 'orders' }),
    effects: collection(z.object({ job: z.string(), pid: z.number() }), {
      name: 'effects',
      indexes: { byJob: { partition: 'job' } },
    }),
  },
  queues: {
    work: queue(z.object({ order: z.string() }), {
      concurrency: 5,
      attempts: 100,
      leaseMs: 1_000,
      timeLimitMs: 60_000,
      backoff: { minMs: 50, maxMs: 500 },
    }),
  },
  setup({ collections: { orders, effects }, queues: { work }, router, transact }) {
    router.post('/orders/:id', { params: z.object({ id: z.string() }) }, async ({ params: { id } }) => {
      const adding = work.op.add({ order: id }, { id })
      await transact([orders.op.create({ n: 1 }, { id }), adding])
    })
    router.get('/effects/:id', { params: z.object({ id: z.string() }) }, async ({ params: { id } }) => {
      const { items } = await effects.query({ index: 'byJob', partition: id })
      return items.map(({ pid }) => pid)
    })
    work.work(async (job) => {
      job.log.info('begun')
      await sleep(Number(holdMs) || Math.random() * 60)
      if (Number(holdMs) === 0 && Math.random() < 0.1) throw new Error('by chance')
      await job.commit([effects.op.create({ job: job.value.order, pid: process.pid })])
    })
  },
})

await start({
  config: {
    name: 'counter',
    server: { port: 0, host: '127.0.0.1', shutdown: '3s', drain: 0 },
    plugins: [directory === undefined ? dynamodb({ table, endpoint }) : json({ directory }), counter()],
  },
})
