/** A collection that is declared otherwise than its documents were written: both drivers answer by what is declared now. */
import { collection, type CollectionDefinition, type CollectionOf, type StorageDriver } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { openDynamoDriver, reindexDynamo } from '@freeda/storage-dynamodb'
import { openJsonDriver } from '@freeda/storage-json'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { freshTable, startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'

const dynamo = await startDynamo()
const { endpoint } = dynamo
afterAll(() => dynamo.stop())

const Job = z.object({
  key: z.string(),
  state: z.string(),
  owner: z.string(),
  rank: z.number(),
  until: z.number().optional(),
  end: z.number().optional(),
})
type Job = z.infer<typeof Job>
type Jobs = CollectionOf<ReturnType<typeof declared>>

const declared = (options: {
  by: { readonly partition: 'state' | 'owner'; readonly sort?: 'rank' }
  ttl?: 'until' | 'end'
}) =>
  collection(Job, {
    name: 'jobs',
    indexes: { by: options.by, byKey: { partition: 'key', unique: true } },
    ...(options.ttl !== undefined && { ttl: options.ttl }),
  })

type Open = (definition: CollectionDefinition) => Promise<StorageDriver>

const stores: Record<string, () => Promise<Open>> = {
  async json() {
    const directory = await mkdtemp(join(tmpdir(), 'freeda-changed-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    return (definition) => openJsonDriver({ directory, collections: [collectionInfo(definition)] })
  },
  async 'dynamodb in development'() {
    const table = freshTable()
    return (definition) => openDynamoDriver({ table, endpoint, collections: [collectionInfo(definition)] })
  },
  async 'dynamodb in production, after a reindex'() {
    const table = freshTable()
    const first = await openDynamoDriver({ table, endpoint, collections: [] })
    await first.close()
    return async (definition) => {
      const collections = [collectionInfo(definition)]
      await reindexDynamo({ table, endpoint, collections })
      return openDynamoDriver({ table, endpoint, collections, prepare: 'verify' })
    }
  },
}

/** Opens the store with a declaration, an hour or more from now, does something, and closes it. */
async function using(
  open: Open,
  definition: ReturnType<typeof declared>,
  work: (jobs: Jobs) => Promise<unknown>,
  laterMs = 0,
) {
  const storage = openStorage(await open(definition), { clock: () => Date.now() + laterMs })
  try {
    await work(storage.collection(definition))
  } finally {
    await storage.close()
  }
}

const hourMs = 3_600_000
const inHours = (hours: number) => Math.floor(Date.now() / 1000) + hours * 3600
const job = (key: string, more: Partial<Job> = {}): Job => ({
  key,
  state: 'open',
  owner: 'ada',
  rank: 1,
  ...more,
})
const idsOf = ({ items }: { readonly items: readonly { readonly id: string }[] }) => items.map(({ id }) => id)

for (const [name, make] of Object.entries(stores))
  describe.skipIf(!dynamo.hasTransactions && name.startsWith('dynamodb'))(
    `changed declarations on ${name}`,
    () => {
      it('find older documents by the fields that an index has now, in its order', async () => {
        const open = await make()
        await using(open, declared({ by: { partition: 'state' } }), async (jobs) => {
          for (const rank of [1, 2, 3]) await jobs.put(`j${rank}`, job(`k${rank}`, { rank: -rank }))
        })
        await using(open, declared({ by: { partition: 'owner', sort: 'rank' } }), async (jobs) => {
          await jobs.put('new', job('k', { rank: -1.5 }))
          const found = await jobs.query({ index: 'by', partition: 'ada' })
          expect(idsOf(found)).toEqual(['j3', 'j2', 'new', 'j1'])
          expect(idsOf(await jobs.query({ index: 'by', partition: 'open' }))).toEqual([])
          expect((await jobs.get('j1'))?.version).toBe(1)
        })
      })

      it('let documents live whose `ttl` is not declared any more, and what is unique with them', async () => {
        const open = await make()
        await using(open, declared({ by: { partition: 'state' }, ttl: 'until' }), (jobs) =>
          jobs.put('a', job('k', { until: inHours(1) })),
        )
        const later = async (jobs: Jobs) => {
          expect((await jobs.get('a'))?.version).toBe(1)
          expect(idsOf(await jobs.query({ index: 'byKey', partition: 'k' }))).toEqual(['a'])
          await expect(jobs.create(job('k'))).rejects.toMatchObject({ code: 'FREEDA_CONFLICT' })
        }
        await using(open, declared({ by: { partition: 'state' } }), later, 2 * hourMs)
      })

      it('end older documents by the `ttl` that is declared now, and what is unique with them', async () => {
        const open = await make()
        const old = job('k', { until: inHours(9), end: inHours(1) })
        await using(open, declared({ by: { partition: 'state' } }), async (jobs) => {
          await jobs.put('a', old)
          await jobs.put('ended', job('over', { end: inHours(-1) }))
        })
        for (const ttl of ['until', 'end'] as const)
          await using(open, declared({ by: { partition: 'state' }, ttl }), async (jobs) => {
            expect((await jobs.get('a'))?.version).toBe(1)
            expect((await jobs.get('ended')) === undefined).toBe(ttl === 'end')
            await expect(jobs.create(job('k'))).rejects.toMatchObject({ code: 'FREEDA_CONFLICT' })
          })
        const later = async (jobs: Jobs) => {
          expect(idsOf(await jobs.query())).toEqual([])
          expect(idsOf(await jobs.query({ index: 'by', partition: 'open' }))).toEqual([])
          expect((await jobs.create(job('k'), { id: 'b' })).version).toBe(1)
          expect((await jobs.create(job('over'), { id: 'c' })).version).toBe(1)
        }
        await using(open, declared({ by: { partition: 'state' }, ttl: 'end' }), later, 2 * hourMs)
      })
    },
  )
