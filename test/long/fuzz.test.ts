/** Many random histories on both drivers. `FREEDA_FUZZ_RUNS=20` makes 20 times as many, `FREEDA_FUZZ_SEED` repeats a run. */
import { afterAll, describe, expect, it } from 'vitest'
import { startFaultProxy } from '../../packages/storage-dynamodb/test/fault-proxy.ts'
import { randomNumbers } from '../../packages/storage-dynamodb/test/random-numbers.ts'
import { startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { searchConcurrent } from '../fuzz/concurrent.ts'
import { search } from '../fuzz/differential.ts'
import { deletionsAndReads, trouble } from '../fuzz/faults.ts'
import { dynamoStore, jsonStore, memoryStore } from '../fuzz/stores.ts'

const dynamo = await startDynamo()
const why = dynamo.hasTransactions ? undefined : `${dynamo.name} has no transactions`
afterAll(() => dynamo.stop())

const times = Number(process.env['FREEDA_FUZZ_RUNS'] ?? 1)
const seed = Number(process.env['FREEDA_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const hourMs = 3_600_000

const report = (found: { readonly report: string } | undefined) => found?.report

describe(`many histories from seed ${seed}`, () => {
  it(
    'are the same on the JSON store as in memory',
    async () => {
      const stores = { reference: memoryStore(), tested: jsonStore }
      expect(report(await search(stores, { runs: 1000 * times, seed, maxSteps: 100 }))).toBeUndefined()
    },
    hourMs,
  )

  it(
    'are the same on DynamoDB as in memory',
    async (context) => {
      if (why !== undefined) context.skip(why)
      const stores = { reference: memoryStore(), tested: dynamoStore(dynamo) }
      expect(report(await search(stores, { runs: 300 * times, seed, maxSteps: 100 }))).toBeUndefined()
    },
    hourMs,
  )
})

describe(`many concurrent clients from seed ${seed}`, () => {
  it(
    'see on the JSON store what some order of their calls explains',
    async () => {
      const size = { clients: 5, steps: 6 }
      expect(report(await searchConcurrent(jsonStore, { runs: 1000 * times, seed, ...size }))).toBeUndefined()
    },
    hourMs,
  )

  it(
    'see on DynamoDB, in two processes, what some order of their calls explains',
    async (context) => {
      if (why !== undefined) context.skip(why)
      const options = { runs: 500 * times, seed, clients: 5, steps: 6, repeats: 5 }
      expect(report(await searchConcurrent(dynamoStore(dynamo), options))).toBeUndefined()
    },
    hourMs,
  )

  const kinds = {
    'their requests get into trouble': {
      runs: 150,
      writes: ['create', 'put', 'put'],
      among: () => true,
    },
    'their deletions do': {
      runs: 300,
      writes: ['create', 'delete', 'delete'],
      among: deletionsAndReads,
    },
  } as const
  for (const [name, { runs, writes, among }] of Object.entries(kinds))
    it(
      `see it on DynamoDB also when ${name}`,
      async (context) => {
        if (why !== undefined) context.skip(why)
        const proxy = await startFaultProxy(dynamo.endpoint)
        try {
          // Long enough for a busy machine: what times out before or after the trouble would be no finding.
          const limits = { requestTimeoutMs: 150, callTimeoutMs: 15_000 }
          const found = await searchConcurrent(dynamoStore(proxy, limits), {
            runs: runs * times,
            seed,
            clients: 5,
            steps: 6,
            repeats: 5,
            writes,
            disturb: trouble(proxy, randomNumbers(seed), 0.25, among),
          })
          expect(report(found)).toBeUndefined()
        } finally {
          await proxy.close()
        }
      },
      hourMs,
    )
})
