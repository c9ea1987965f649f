/** What each operation costs, in requests and request units: docs/storage.md says the same. */
import { collection } from '@freeda/runtime'
import { collectionInfo } from '@freeda/runtime/driver'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { reindexDynamo } from '../src/index.ts'
import { startDynamo } from './start-dynamo.ts'
import { all, collections, open, type Opened } from './support.ts'

const Note = z.object({ n: z.number(), by: z.string().optional() })
const twoIndexes = collection(z.object({ by: z.string(), state: z.string() }), {
  name: 'tasks',
  indexes: { byOwner: { partition: 'by' }, byState: { partition: 'state' } },
})

const dynamo = await startDynamo()
afterAll(() => dynamo.stop())

async function costOf({ proxy }: Opened, work: () => Promise<unknown>) {
  const requests = { ...proxy.counts }
  const { read, write } = proxy.units
  await work()
  const sent = Object.entries(proxy.counts).flatMap(([name, count]) => {
    const more = count - (requests[name] ?? 0)
    return more === 0 ? [] : [`${more} ${name}`]
  })
  return `${sent.join(', ')}: ${proxy.units.read - read} read, ${proxy.units.write - write} write`
}

describe.skipIf(!dynamo.hasTransactions)('the cost', () => {
  it('of each operation', async () => {
    const opened = await open(
      dynamo,
      { collections: [...collections, collectionInfo(twoIndexes)] },
      { isMeasuring: true },
    )
    const { storage, notes, users, events, sessions } = opened
    const tasks = storage.collection(twoIndexes)
    const costs: Record<string, string> = {}
    const measure = async (name: string, work: () => Promise<unknown>) => {
      costs[name] = await costOf(opened, work)
    }
    await measure('create', () => notes.create({ n: 1 }, { id: 'a' }))
    await measure('create in an index', () => notes.create({ n: 1, by: 'ada' }, { id: 'b' }))
    await measure('put', () => notes.put('a', { n: 2 }))
    await measure('put in an index', () => notes.put('b', { n: 1, by: 'ada' }))
    await measure('put that moves in an index', () => notes.put('b', { n: 2, by: 'ada' }))
    await measure('update', () => notes.update('a', (note) => ({ ...note, n: 3 })))
    await measure('get', () => notes.get('a'))
    await measure('getMany of 2', () => notes.getMany(['a', 'b']))
    await measure('query of an index', () => notes.query({ index: 'byAuthor', partition: 'ada' }))
    await measure('list', () => notes.query())
    await measure('list of 4 shards', () => events.query())
    await measure('delete', () => notes.delete('a'))
    await measure('transact of 2', () =>
      storage.transact([notes.op.put('c', { n: 1 }), notes.op.put('d', { n: 1 })]),
    )
    await measure('create with a unique value', () => users.create({ email: 'a' }, { id: 'a' }))
    await measure('put that keeps a unique value', () => users.put('a', { email: 'a', name: 'x' }))
    await measure('put that changes a unique value', () => users.put('a', { email: 'b' }))
    await measure('query of a unique index', () => users.query({ index: 'byEmail', partition: 'b' }))
    await measure('delete with a unique value', () => users.delete('a'))
    await measure('health', () => storage.health())
    await measure('create that expires', () =>
      sessions.create({ user: 'ada', expiresAt: new Date(Date.now() + 1e6) }, { id: 's' }),
    )
    await measure('create in two indexes', () => tasks.create({ by: 'ada', state: 'open' }, { id: 't' }))
    await measure('put that moves in one of two indexes', () => tasks.put('t', { by: 'ada', state: 'done' }))
    await measure('delete in two indexes', () => tasks.delete('t'))
    await measure('transact of 2 in two indexes each', () =>
      storage.transact(['t', 'u'].map((id) => tasks.op.put(id, { by: 'ada', state: 'open' }))),
    )
    expect(costs).toEqual({
      create: '1 PutItem: 0 read, 1 write',
      'create in an index': '1 PutItem: 0 read, 2 write',
      put: '1 UpdateItem: 0 read, 1 write',
      'put in an index': '1 UpdateItem: 0 read, 2 write',
      'put that moves in an index': '1 UpdateItem: 0 read, 3 write',
      update: '1 GetItem, 1 UpdateItem: 1 read, 1 write',
      get: '1 GetItem: 1 read, 0 write',
      'getMany of 2': '1 BatchGetItem: 2 read, 0 write',
      'query of an index': '1 Query: 0.5 read, 0 write',
      list: '1 Query: 1 read, 0 write',
      'list of 4 shards': '4 Query: 4 read, 0 write',
      delete: '1 DeleteItem: 0 read, 1 write',
      'transact of 2': '1 BatchGetItem, 1 TransactWriteItems: 2 read, 4 write',
      'create with a unique value': '1 GetItem, 1 TransactWriteItems: 1 read, 4 write',
      'put that keeps a unique value': '1 GetItem, 1 PutItem: 1 read, 1 write',
      'put that changes a unique value': '1 GetItem, 1 TransactWriteItems: 1 read, 6 write',
      'query of a unique index': '2 GetItem: 2 read, 0 write',
      'delete with a unique value': '1 GetItem, 1 TransactWriteItems: 1 read, 4 write',
      health: '1 GetItem: 1 read, 0 write',
      'create that expires': '1 PutItem: 0 read, 2 write',
      'create in two indexes': '1 PutItem: 0 read, 3 write',
      'put that moves in one of two indexes': '1 UpdateItem: 0 read, 4 write',
      'delete in two indexes': '1 DeleteItem: 0 read, 3 write',
      'transact of 2 in two indexes each': '1 BatchGetItem, 1 TransactWriteItems: 2 read, 8 write',
    })
  })

  it('of pages, of everything out and in, and of a new index', async () => {
    const opened = await open(dynamo, {}, { isMeasuring: true })
    const { storage, notes, proxy, table } = opened
    const costs: Record<string, string> = {}
    const measure = async (name: string, work: () => Promise<unknown>) => {
      costs[name] = await costOf(opened, work)
    }
    // Each about 1 KB as DynamoDB counts it, and no more.
    const documents = Array.from({ length: 100 }, (_, n) => ({
      collection: 'notes',
      id: `note-${n}`,
      version: 1,
      value: { n, by: 'x'.repeat(350) },
    }))
    await measure('import of 100 in an index', () => storage.import(documents))
    const query = { index: 'byAuthor', partition: 'x'.repeat(350) } as const
    await measure('page of 20', () => notes.query({ ...query, limit: 20 }))
    await measure('page of 100', () => notes.query(query))
    await measure('list of 100', () => notes.query())
    await measure('export of 100', () => all(storage.export()))
    const { endpoint } = proxy
    const more = { byAuthor: { partition: 'by', sort: 'n' }, byNumber: { partition: 'n' } } as const
    const changed = collection(Note, { name: 'notes', indexes: more })
    await measure('reindex of 100', () =>
      reindexDynamo({ table, endpoint, collections: [collectionInfo(changed)] }),
    )
    expect(costs).toEqual({
      'import of 100 in an index': '4 BatchWriteItem: 0 read, 200 write',
      'page of 20': '1 Query: 2.5 read, 0 write',
      'page of 100': '1 Query: 10 read, 0 write',
      'list of 100': '1 Query: 20 read, 0 write',
      'export of 100': '1 Scan: 20 read, 0 write',
      'reindex of 100': '1 Query, 1 PutItem, 100 UpdateItem: 20 read, 301 write',
    })
  })
})
