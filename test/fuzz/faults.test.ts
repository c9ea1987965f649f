/**
 * Concurrent clients whose requests are lost, doubled, cut off and refused at random. Some order of their calls must
 * explain everything that was acknowledged: then no write was lost, none done twice, and no conflict was false.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFaultProxy, type FaultProxy } from '../../packages/storage-dynamodb/test/fault-proxy.ts'
import { startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { searchConcurrent } from './concurrent.ts'
import { randomNumbers, trouble } from './faults.ts'
import { dynamoStore } from './stores.ts'

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

describe.skipIf(!dynamo.hasTransactions)(`clients in trouble from seed ${seed}`, () => {
  it('see what some order of their calls explains', async () => {
    const limits = { requestTimeoutMs: 150, callTimeoutMs: 3000 }
    const found = await searchConcurrent(dynamoStore(proxy, limits), {
      runs: 12,
      seed,
      clients: 4,
      repeats: 5,
      // A document that is deleted takes along what tells of a lost write to it: decision 023.
      writes: ['create', 'put', 'put'],
      disturb: trouble(proxy, randomNumbers(seed), 0.25),
    })
    expect(found?.report).toBeUndefined()
  }, 180_000)
})
