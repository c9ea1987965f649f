/** Imports that end in the middle, as those of a move that is interrupted: what is there can be used, and can be finished. */
import { afterAll, describe, expect, it } from 'vitest'
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
