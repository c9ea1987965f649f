/** Both drivers on random histories. A difference is shrunk and printed with its seed; `test/long/fuzz.test.ts` runs many more. */
import { afterAll, describe, expect, it } from 'vitest'
import { startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { searchConcurrent } from './concurrent.ts'
import { search } from './differential.ts'
import { dynamoStore, jsonStore, memoryStore } from './stores.ts'

const dynamo = await startDynamo()
/** Unique indexes and transactions are in every history. */
const why = dynamo.hasTransactions ? undefined : `${dynamo.name} has no transactions`
afterAll(() => dynamo.stop())

const seed = Number(process.env['FREEDA_FUZZ_SEED'] ?? Date.now() % 2 ** 31)

const report = (found: { readonly report: string } | undefined) => found?.report

describe(`histories from seed ${seed}`, () => {
  it('are the same on the JSON store as in memory, also when it is opened anew in between', async () => {
    const stores = { reference: memoryStore(), tested: jsonStore }
    expect(report(await search(stores, { runs: 30, seed }))).toBeUndefined()
  }, 60_000)

  it('are the same on DynamoDB as on the JSON store', async (context) => {
    if (why !== undefined) context.skip(why)
    const stores = { reference: jsonStore, tested: dynamoStore(dynamo) }
    expect(report(await search(stores, { runs: 25, seed }))).toBeUndefined()
  }, 120_000)
})

describe(`concurrent clients from seed ${seed}`, () => {
  it('see on the JSON store what some order of their calls explains', async () => {
    expect(report(await searchConcurrent(jsonStore, { runs: 40, seed }))).toBeUndefined()
  }, 60_000)

  it('see on DynamoDB, in two processes, what some order of their calls explains', async (context) => {
    if (why !== undefined) context.skip(why)
    expect(
      report(await searchConcurrent(dynamoStore(dynamo), { runs: 40, seed, repeats: 5 })),
    ).toBeUndefined()
  }, 120_000)
})
