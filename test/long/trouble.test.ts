/**
 * Concurrent clients whose requests are lost, doubled, cut off and refused at random. Some order of their calls must
 * explain everything that was acknowledged: then no write was lost, none done twice, and no conflict was false.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFaultProxy, type FaultProxy } from '../../packages/storage-dynamodb/test/fault-proxy.ts'
import { randomNumbers } from '../../packages/storage-dynamodb/test/random-numbers.ts'
import { startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { makeNonce } from '../../packages/storage-dynamodb/src/item.ts'
import { searchConcurrent } from '../fuzz/concurrent.ts'
import { deletionsAndReads, trouble } from '../fuzz/faults.ts'
import { dynamoStore } from '../fuzz/stores.ts'

const dynamo = await startDynamo()
let proxy: FaultProxy
beforeAll(async () => {
  proxy = await startFaultProxy(dynamo.endpoint)
})
afterAll(async () => {
  await proxy.close()
  await dynamo.stop()
})

const seed = Number(process.env['FREEDA_FUZZ_SEED'] ?? Date.now() % 2 ** 31)

const limits = { requestTimeoutMs: 150, callTimeoutMs: 15_000 }
const look = (proxy: FaultProxy, runs: number, isShrinking = true) =>
  searchConcurrent(dynamoStore(proxy, limits), {
    runs,
    seed,
    clients: 4,
    steps: 8,
    repeats: 3,
    isShrinking,
    // A document that is deleted takes along what tells of a lost put to it: decision 023.
    writes: ['create', 'put', 'put'],
    disturb: trouble(proxy, randomNumbers(seed), 0.25),
  })

describe.skipIf(!dynamo.hasTransactions)(`clients in trouble from seed ${seed}`, () => {
  it('see what some order of their calls explains', async () => {
    expect((await look(proxy, 8))?.report).toBeUndefined()
  }, 180_000)

  it('see it, too, when only deletions are lost, each done once', async () => {
    const found = await searchConcurrent(dynamoStore(proxy, limits), {
      runs: 60,
      seed,
      clients: 5,
      steps: 6,
      repeats: 3,
      writes: ['create', 'delete', 'delete'],
      disturb: trouble(proxy, randomNumbers(seed), 0.4, deletionsAndReads),
    })
    expect(found?.report).toBeUndefined()
  }, 180_000)

  it('would see it if writes were done twice', async () => {
    // What tells that a write was done is another each time: no write is ever recognised.
    const forgetful = await startFaultProxy(dynamo.endpoint, {
      rewrite: (text) =>
        text.replaceAll(/("(?:n|:n)":{"S":")[\w-]{12}(?=")/g, (_, name) => name + makeNonce()),
    })
    try {
      const found = await look(forgetful, 60, false)
      expect(found?.report).toContain('no order explains')
    } finally {
      await forgetful.close()
    }
  }, 180_000)
})
