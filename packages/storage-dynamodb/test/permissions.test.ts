/**
 * Which permissions each purpose needs, as recorded from what is sent. `check-dynamo-actions.ts` sees to it that no other
 * test needs more. When the driver needs something else: `npx vitest run --project storage-dynamodb permissions -u`, and
 * the roles of `infrastructure/` follow.
 */
import { collection, type CollectionDefinition } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openDynamoDriver, reindexDynamo, type DynamoDriverOptions } from '../src/index.ts'
import { actionsFile, recordActions } from './actions.ts'
import { freshTable, startDynamo } from './start-dynamo.ts'
import { all } from './support.ts'

const dynamo = await startDynamo()
const { endpoint } = dynamo
afterAll(() => dynamo.stop())

const Account = z.object({ owner: z.string(), email: z.string().optional() })
const unindexed = collection(Account, { name: 'accounts' })
const accounts = collection(Account, {
  name: 'accounts',
  indexes: { byOwner: { partition: 'owner' }, byEmail: { partition: 'email', unique: true } },
})

async function using(
  table: string,
  prepare: NonNullable<DynamoDriverOptions['prepare']>,
  work: (storage: ReturnType<typeof openStorage>) => Promise<unknown> = async () => {},
  definition: CollectionDefinition = accounts,
) {
  const collections = [collectionInfo(definition)]
  const storage = openStorage(await openDynamoDriver({ table, endpoint, collections, prepare }))
  try {
    await work(storage)
  } finally {
    await storage.close()
  }
}

const inB = { owner: 'ada', email: 'b@example.com' }

/** Documents that no index knows. */
const filledBefore = (table: string) =>
  using(
    table,
    'none',
    async (storage) => {
      const old = storage.collection(unindexed)
      await old.put('a', { owner: 'ada' })
      await old.put('b', inB)
    },
    unindexed,
  )

async function work(storage: ReturnType<typeof openStorage>) {
  const all = storage.collection(accounts)
  await all.create({ owner: 'ada' }, { id: 'a' })
  await all.put('b', { owner: 'ada', email: 'b@example.com' })
  await all.update('b', (account) => ({ ...account, email: 'c@example.com' }))
  await all.getMany(['a', 'b'])
  await all.query()
  await all.query({ index: 'byOwner', partition: 'ada' })
  await all.query({ index: 'byEmail', partition: 'c@example.com' })
  await storage.transact([all.op.check('a', { exists: true }), all.op.delete('b')])
  await all.delete('a')
  const plain = storage.collection(collection(Account, { name: 'plain' }))
  await plain.put('p', { owner: 'ada' })
  await plain.update('p', (account) => account)
  await plain.delete('p')
  await storage.health()
}

async function moveAll(storage: ReturnType<typeof openStorage>) {
  storage.collection(accounts)
  const documents = await all(storage.export())
  await storage.import(documents.slice(0, 1))
  // Over the same documents with other unique values: they let go of those that they had.
  await storage.import(
    documents.map((each) => ({ ...each, value: { ...each.value, email: `${each.id}@x` } })),
  )
  await storage.import(documents)
}

describe.skipIf(!dynamo.hasTransactions)('the permissions', () => {
  it('are those of infrastructure/dynamodb-actions.json, no more and no less', async () => {
    const recorded = recordActions()
    const [fresh, old] = [freshTable(), freshTable()]
    await using(fresh, 'create', work)
    await using(fresh, 'verify')
    await using(fresh, 'create', async () => {}, unindexed)
    await filledBefore(fresh)
    await using(fresh, 'create', moveAll)

    await using(old, 'create', async () => {}, unindexed)
    await using(old, 'verify')
    await filledBefore(old)
    const reindex = () => reindexDynamo({ table: old, endpoint, collections: [collectionInfo(accounts)] })
    await reindex()
    await using(old, 'none', (storage) => storage.collection(unindexed).put('c', inB), unindexed)
    await expect(reindex()).rejects.toThrow(/same value/)
    // By a version that leaves its unique value behind.
    await using(old, 'none', (storage) => storage.collection(unindexed).delete('b'), unindexed)
    await reindex()
    await expect(`${JSON.stringify(recorded(), undefined, 2)}\n`).toMatchFileSnapshot(actionsFile)
  })
})
