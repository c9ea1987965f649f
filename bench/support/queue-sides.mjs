/** The same queue on three engines, for a benchmark: Freeda on JSON and on DynamoDB, BullMQ on Redis. */
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definePlugin, queue, start } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { json } from '@freeda/storage-json'
import { z } from 'zod'

const quiet = { write() {} }

/** @returns `open(handler)`, which gives `add(value)` and `close()`; without a handler nothing is done. */
function freeda(plugin) {
  return async (handler, concurrency) => {
    let mails
    const app = await start({
      signals: false,
      logTo: quiet,
      config: {
        name: 'bench',
        log: { level: 'error' },
        server: { port: 0, host: '127.0.0.1', drain: 0 },
        plugins: [
          plugin(),
          definePlugin({
            name: 'mail',
            freeda: '^1.0.0',
            queues: { mails: queue(z.object({ to: z.string(), n: z.number() }), { concurrency }) },
            setup({ queues }) {
              mails = queues.mails
              if (handler !== undefined) mails.work(({ value }) => handler(value))
            },
          })(),
        ],
      },
    })
    return { add: (value) => mails.add(value), close: () => app.stop() }
  }
}

export function freedaOnJson() {
  const directory = mkdtempSync(join(tmpdir(), 'freeda-bench-'))
  return {
    open: freeda(() => json({ directory })),
    end: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export function freedaOnDynamo(endpoint) {
  const table = `bench-${randomUUID()}`
  return { open: freeda(() => dynamodb({ table, endpoint })), end() {} }
}

export function bullmqOn(url) {
  const name = `bench-${randomUUID()}`
  const connect = () => new Redis(url, { maxRetriesPerRequest: null })
  return {
    async open(handler, concurrency) {
      const connection = connect()
      const jobs = new Queue(name, { connection })
      await jobs.waitUntilReady()
      const taking = connect()
      const options = { connection: taking, concurrency, removeOnComplete: { count: 0 } }
      const worker = handler && new Worker(name, async ({ data }) => handler(data), options)
      await worker?.waitUntilReady()
      return {
        add: (value) => jobs.add('mail', value, { attempts: 5 }),
        async close() {
          await worker?.close()
          await jobs.close()
          for (const each of [connection, taking]) each.disconnect()
        },
      }
    },
    end() {},
  }
}
