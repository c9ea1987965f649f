/** Queues on DynamoDB: what they cost, and what they do when answers are lost and requests fail. */
import { afterAll, describe, expect, it, vi } from 'vitest'
import { collectionInfo } from '@freeda/runtime/driver'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { jobsCollection } from '../../packages/runtime/src/queues/job-document.ts'
import {
  commitEffect,
  effects,
  effectsOf,
  sharedBus,
  startInstance,
  type Instance,
} from '../../packages/runtime/test/queues/instances.ts'
import {
  serverError,
  startFaultProxy,
  throttling,
  type Fault,
} from '../../packages/storage-dynamodb/test/fault-proxy.ts'
import { freshTable, startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'

const dynamo = await startDynamo()
afterAll(() => dynamo.stop())

const collections = [jobsCollection, effects].map(collectionInfo)

async function openProxied({ isMeasuring = false } = {}) {
  const proxy = await startFaultProxy(dynamo.endpoint, { isMeasuring })
  const table = freshTable()
  const drivers: { close(): Promise<void> }[] = []
  const open = async () => {
    const driver = await openDynamoDriver({
      table,
      endpoint: proxy.endpoint,
      collections,
      requestTimeoutMs: 500,
      callTimeoutMs: 3_000,
    })
    drivers.push(driver)
    return driver
  }
  const end = async (...instances: Instance[]) => {
    proxy.inject()
    await Promise.all(instances.map(({ queues }) => queues.stop(2_000)))
    await Promise.all(drivers.map((driver) => driver.close()))
    await proxy.close()
  }
  return { proxy, open, end }
}

async function isRenewed(id: string, { jobs }: Instance): Promise<void> {
  const version = async () => (await jobs.get(`work/${id}`))!.version
  const before = await version()
  await vi.waitFor(async () => expect(await version()).toBe(before + 1), { timeout: 10_000 })
}

describe.skipIf(!dynamo.hasTransactions)('on DynamoDB', () => {
  it('a job costs what docs/jobs.md says', async () => {
    const { proxy, open, end } = await openProxied({ isMeasuring: true })
    const done = async (instance: Instance, count: number) =>
      vi.waitFor(() => expect(instance.outcomes).toHaveLength(count), 10_000)
    const costs: Record<string, { read: number; write: number }> = {}
    const measure = async (name: string, work: () => Promise<unknown>) => {
      const { read, write } = proxy.units
      await work()
      costs[name] = { read: proxy.units.read - read, write: proxy.units.write - write }
    }
    const { bus } = sharedBus()
    const adding = startInstance({ driver: await open(), bus })
    await measure('add', () => adding.queue.add({ n: 0 }))
    await measure('op.add, with a check', () =>
      adding.transact([adding.jobs.op.check('none', { exists: false }), adding.queue.op.add({ n: 0 })]),
    )
    const kinds = ['returns', 'commits', 'fails', 'renews'] as const
    const working = startInstance({
      driver: await open(),
      bus,
      backoff: { minMs: 3_600_000, maxMs: 3_600_000 },
      leaseMs: 1_000,
      async work(job, instance) {
        const kind = kinds[job.value.n]
        if (kind === 'commits') await commitEffect(job, instance)
        if (kind === 'fails') throw new Error('no')
        if (kind === 'renews') await isRenewed(job.id, instance)
      },
    })
    await done(working, 2)
    for (const [n, kind] of kinds.entries())
      for (const instance of [adding, working])
        await measure(`${kind}, ${instance === adding ? 'added by another' : 'added here'}`, async () => {
          const before = working.outcomes.length
          await instance.queue.add({ n })
          await done(working, before + 1)
        })
    await end(adding, working)
    const writes = Object.fromEntries(Object.entries(costs).map(([name, { write }]) => [name, write]))
    expect(writes).toEqual({
      add: 2,
      // A check costs two.
      'op.add, with a check': 2 + 3,
      'returns, added by another': 2 + 3 + 2,
      // It is begun by the write that adds it.
      'returns, added here': 2 + 2,
      // In a transaction an item costs two, its entry in an index one more; so does the document that is committed.
      'commits, added by another': 2 + 3 + 3 + 3,
      'commits, added here': 2 + 3 + 3,
      'fails, added by another': 2 + 3 + 3,
      'fails, added here': 2 + 3,
      'renews, added by another': 2 + 3 + 2 + 2,
      'renews, added here': 2 + 2 + 2,
    })
    expect(costs['add']!.read).toBe(0)
    expect(costs['op.add, with a check']!.read).toBe(2)
  })

  it.each<[string, Fault, RegExp]>([
    ['answers to writes are lost', { kind: 'lose-answer' }, /^(Put|Update|Delete|Transact)/],
    ['requests are cut off', { kind: 'reset' }, /./],
    ['the table fails', serverError, /./],
    ['the table throttles', throttling, /./],
    ['requests hang', { kind: 'hang', isForwarded: true }, /^(Put|Update|Delete|Transact)/],
    ['the index lags behind', { kind: 'stale' }, /Query.*freeda\.jobs/],
  ])('loses nothing and doubles nothing while %s', async (_, fault, operations) => {
    const { proxy, open, end } = await openProxied()
    const options = { work: commitEffect, attempts: 100, leaseMs: 1_000, backoff: { minMs: 50, maxMs: 500 } }
    const instances = [
      startInstance({ driver: await open(), ...options }),
      startInstance({ driver: await open(), ...options }),
    ]
    let count = 0
    proxy.inject(({ operation, text }) => {
      const isMeant = operations.test(`${operation} ${text}`)
      return isMeant && count++ % 4 === 0 ? fault : undefined
    })
    const added = await Promise.all(
      Array.from({ length: 30 }, async (__, n) => {
        const instance = instances[n % 2]!
        // As a client that gets no answer does: under the same id, so that it is kept once.
        const id = `job ${n}`
        for (;;)
          try {
            return (await instance.queue.add({ n }, { id })).id
          } catch (error) {
            if ((error as { code?: string }).code === 'FREEDA_CONFLICT') return id
          }
      }),
    )
    const [reader] = instances
    await vi.waitFor(
      async () => {
        const found = await Promise.all(added.map((id) => effectsOf(reader!, id)))
        expect(found).toEqual(added.map(() => 1))
      },
      { timeout: 50_000, interval: 200 },
    )
    proxy.inject()
    // Whatever was taken over once more has ended, too.
    await vi.waitFor(async () => expect(await reader!.queues.queuesWithDead()).toEqual([]), 10_000)
    await Promise.all(instances.map(({ queues }) => queues.stop(2_000)))
    expect(await Promise.all(added.map((id) => effectsOf(reader!, id)))).toEqual(added.map(() => 1))
    await end()
  })
})
