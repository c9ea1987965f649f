/** What histories are made on: one collection with everything, one whose writes are a single request. */
import { collection, type CollectionOf, type Storage, type StorageDriver } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { z } from 'zod'

const Thing = z.object({
  group: z.string().nullish(),
  rank: z.union([z.number(), z.bigint()]).optional(),
  label: z.string().optional(),
  token: z.string().nullish(),
  ends: z.date().optional(),
  extra: z.unknown().optional(),
})
export type Thing = z.infer<typeof Thing>

const things = collection(Thing, {
  name: 'things',
  indexes: {
    byGroup: { partition: 'group', sort: 'rank' },
    byLabel: { partition: 'group', sort: 'label' },
    byToken: { partition: 'token', unique: true },
    byRank: { partition: 'rank' },
  },
  ttl: 'ends',
  shards: 3,
})
/** Its name begins as that of the other. No unique index. */
const plain = collection(Thing, {
  name: 'things.plain',
  indexes: { byGroup: { partition: 'group', sort: 'rank' }, byLabel: { partition: 'group', sort: 'label' } },
  ttl: 'ends',
})

export const infos = [things, plain].map(collectionInfo)

export const names = ['things', 'plain'] as const
export type Name = (typeof names)[number]

/** A storage with its collections. */
export interface Subject {
  readonly storage: Storage
  readonly things: CollectionOf<typeof things>
  /** The indexes that both have. */
  readonly plain: CollectionOf<typeof things>
}

export function subjectOn(driver: StorageDriver, clock: () => number): Subject {
  const storage = openStorage(driver, { clock })
  return {
    storage,
    things: storage.collection(things),
    plain: storage.collection(plain),
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
