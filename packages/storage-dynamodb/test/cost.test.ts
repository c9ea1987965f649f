/** What each operation costs, in requests and request units: docs/storage.md says the same. */
import { afterAll, describe, expect, it } from 'vitest'
import { startDynamo } from './start-dynamo.ts'
import { open, type Opened } from './support.ts'

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
    const opened = await open(dynamo, {}, { isMeasuring: true })
    const { storage, notes, users, events } = opened
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
    })
  })
})
