import { setTimeout as sleep } from 'node:timers/promises'
import { definePlugin, Health } from '@freeda/runtime'
import { testApp } from '@freeda/runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamodb } from '../src/index.ts'
import { expiredToken, serverError, startFaultProxy, throttling } from './fault-proxy.ts'
import { freshTable, startDynamo, type Dynamo } from './start-dynamo.ts'
import { notes } from './support.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await startDynamo()
})
afterAll(() => dynamo.stop())

const notebook = definePlugin({
  name: 'notebook',
  freeda: '^1.0.0',
  collections: { notes },
  setup({ collections, router }) {
    router.get('/:by', async (ctx) => {
      ctx.body = await collections.notes.query({ index: 'byAuthor', partition: ctx.params['by']! })
    })
    router.post('/:by', async (ctx) => {
      ctx.body = await collections.notes.create({ n: 1, by: ctx.params['by']! })
    })
  },
})

describe('the plugin', () => {
  it('keeps what an app stores over a restart', async () => {
    const plugins = [notebook(), dynamodb({ table: freshTable(), endpoint: dynamo.endpoint })]
    const first = await testApp({ plugins })
    expect((await first.request('/notebook/ada', { method: 'POST' })).status).toBe(200)
    expect((await first.get(Health).readiness()).checks).toMatchObject([{ name: 'storage', ok: true }])
    await first.stop()

    const second = await testApp({ plugins })
    const found = (await (await second.request('/notebook/ada')).json()) as { items: unknown[] }
    expect(found.items).toHaveLength(1)
    await second.stop()
  })

  it('turns readiness red while the table is in trouble, answers 503, and is ready again by itself', async () => {
    const proxy = await startFaultProxy(dynamo.endpoint)
    const limits = { requestTimeoutMs: 200, callTimeoutMs: 1000, maxAttempts: 2 }
    const plugins = [notebook(), dynamodb({ table: freshTable(), endpoint: proxy.endpoint, ...limits })]
    const app = await testApp({ plugins })
    const isReady = async () => (await app.get(Health).readiness()).checks.every(({ ok }) => ok)
    const until = async (wanted: boolean) => {
      while ((await isReady()) !== wanted) await sleep(20)
    }
    await until(true)
    for (const fault of [
      throttling,
      serverError,
      expiredToken,
      { kind: 'hang' },
      { kind: 'reset' },
    ] as const) {
      proxy.inject(() => fault)
      await until(false)
      const refused = await app.request('/notebook/ada')
      expect(refused.status).toBe(503)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      proxy.inject()
      await until(true)
      expect((await app.request('/notebook/ada', { method: 'POST' })).status).toBe(200)
    }
    await app.stop()
    await proxy.close()
  })

  it('stops the boot when the table is missing and must not be made', async () => {
    const options = { table: freshTable(), endpoint: dynamo.endpoint, prepare: 'verify' } as const
    await expect(testApp({ plugins: [dynamodb(options)] })).rejects.toThrow(/does not exist/)
  })

  it('refuses options that make no sense, all at once', async () => {
    const slots = { tickets: { byStatus: 1, byTime: 1 } }
    const options = { table: 'x', slots, retries: 3 } as never
    const opening = testApp({ plugins: [dynamodb(options)] })
    await expect(opening).rejects.toThrow(/table name/)
    await expect(opening).rejects.toThrow(/same slot/)
    await expect(opening).rejects.toThrow(/retries/)
  })
})
