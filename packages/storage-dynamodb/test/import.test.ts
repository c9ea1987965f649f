/** Imports that end in the middle, as those of a move that is interrupted: what is there can be used, and can be finished. */
import { afterAll, describe, expect, it, vi } from 'vitest'
import { accessDenied, type Fault } from './fault-proxy.ts'
import { startDynamo } from './start-dynamo.ts'
import { all, open, type Opened } from './support.ts'

const dynamo = await startDynamo()
afterAll(() => dynamo.stop())

const emailOf = (at: number) => `${at}@example.org`
const documents = Array.from({ length: 60 }, (_, at) => ({
  collection: 'users',
  id: `u${at}`,
  version: 3,
  value: { email: emailOf(at) },
}))

/** Ids of documents that are there and that their unique value does not lead to. */
async function withoutHolder({ users }: Opened): Promise<string[]> {
  const lost: string[] = []
  for (const { id, email } of await all(users.iterate())) {
    const { items } = await users.query({ index: 'byEmail', partition: email })
    if (items[0]?.id !== id) lost.push(id)
  }
  return lost
}

describe.skipIf(!dynamo.hasTransactions)('an import that ends in the middle', () => {
  const ends: Record<string, (count: number) => Fault | undefined> = {
    'before its first request': () => accessDenied,
    'after some requests': (count) => (count > 2 ? accessDenied : undefined),
    'within each request': (count) => (count > 3 ? accessDenied : { kind: 'unprocessed', done: 7 }),
    'within its last request': (count) => {
      if (count > 6) return accessDenied
      return count > 3 ? { kind: 'unprocessed', done: 12 } : undefined
    },
  }
  for (const [where, faultAt] of Object.entries(ends))
    it(`leaves no document without its unique value: ${where}`, async () => {
      const opened = await open(dynamo)
      const { storage, users, proxy } = opened
      proxy.inject(({ operation, count }) => (operation === 'BatchWriteItem' ? faultAt(count) : undefined))
      await expect(storage.import(documents)).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
      proxy.inject()
      expect(await withoutHolder(opened)).toEqual([])
      // As a copy that goes on: what is there, the same, is not written again.
      const there = new Set((await all(users.iterate())).map(({ id }) => id))
      await storage.import(documents.filter(({ id }) => !there.has(id)))
      expect(await withoutHolder(opened)).toEqual([])
      expect(await all(users.iterate())).toHaveLength(documents.length)
      for (const at of documents.keys())
        await expect(users.create({ email: emailOf(at) })).rejects.toMatchObject({ code: 'FREEDA_CONFLICT' })
    })
})

it('writes nothing more once it has failed', async () => {
  const { storage, proxy } = await open(dynamo)
  const events = Array.from({ length: 450 }, (_, at) => ({
    collection: 'events',
    id: `e${at}`,
    version: 1,
    value: { at },
  }))
  let release!: () => void
  const until = new Promise<void>((resolve) => (release = resolve))
  let requests = 0
  // Eight at once: the second of them fails, the others take longer.
  proxy.inject(({ operation }) => {
    if (operation !== 'BatchWriteItem') return undefined
    return ++requests === 2 ? accessDenied : { kind: 'hold', until }
  })
  let hasFailed = false
  const importing = storage.import(events).catch((error: unknown) => {
    hasFailed = true
    return error
  })
  await vi.waitFor(() => expect(requests).toBe(8))
  expect(hasFailed).toBe(false)
  release()
  expect(await importing).toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
  await proxy.settled()
  expect(requests).toBe(8)
})

describe.skipIf(!dynamo.hasTransactions)('a unique value that an import has left behind', () => {
  /** The value `old` of a document that has another one by now, and `lost` of one that never came. */
  async function leftBehind() {
    const opened = await open(dynamo)
    const { storage, users, proxy } = opened
    const user = (id: string, email: string) => ({ collection: 'users', id, version: 7, value: { email } })
    await users.create({ email: 'old' }, { id: 'u' })
    proxy.inject(({ operation }) => (operation === 'DeleteItem' ? accessDenied : undefined))
    await expect(storage.import([user('u', 'new')])).rejects.toThrow(/access is denied/)
    proxy.inject(({ operation, text }) =>
      operation === 'BatchWriteItem' && text.includes('doc') ? accessDenied : undefined,
    )
    await expect(storage.import([user('never', 'lost')])).rejects.toThrow(/access is denied/)
    proxy.inject()
    return opened
  }

  it('is free for others, and those that documents have are not', async () => {
    const { users } = await leftBehind()
    expect((await users.create({ email: 'old' }, { id: 'a' })).version).toBe(1)
    expect((await users.put('b', { email: 'lost' })).version).toBe(1)
    for (const email of ['old', 'lost', 'new'])
      await expect(users.create({ email })).rejects.toMatchObject({ data: { index: 'byEmail' } })
    const ids = async (email: string) =>
      (await users.query({ index: 'byEmail', partition: email })).items.map(({ id }) => id)
    expect(await Promise.all(['old', 'lost', 'new'].map(ids))).toEqual([['a'], ['b'], ['u']])
    expect((await users.put('u', { email: 'mine' })).version).toBe(8)
  })

  it('is taken by one of many, in transactions too', async () => {
    const { storage, users, notes } = await leftBehind()
    const taking = Array.from({ length: 6 }, (_, at) =>
      storage.transact([
        notes.op.put(`n${at}`, { n: at }),
        users.op.create({ email: 'old' }, { id: `old${at}` }),
        users.op.create({ email: 'lost' }, { id: `lost${at}` }),
      ]),
    )
    const outcomes = await Promise.allSettled(taking)
    const won = outcomes.flatMap(({ status }, at) => (status === 'fulfilled' ? [at] : []))
    expect(won).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'FREEDA_CONFLICT' })
    const there = await all(users.iterate())
    expect(there.map(({ email }) => email).toSorted()).toEqual(['lost', 'new', 'old'])
    expect((await all(notes.iterate())).map(({ id }) => id)).toEqual([`n${won[0]}`])
  })

  it('goes back to the document that it was kept for, as long as nobody else has it', async () => {
    const { users } = await leftBehind()
    expect((await users.put('u', { email: 'old' })).version).toBe(8)
    await expect(users.create({ email: 'old' })).rejects.toMatchObject({ data: { index: 'byEmail' } })
    await users.create({ email: 'new' })
  })
})
