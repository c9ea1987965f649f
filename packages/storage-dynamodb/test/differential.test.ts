/** The same random history on the memory driver and on this one: every result must be the same. */
import { collection, isFreedaError, type CollectionOf, type Storage } from '@freeda/runtime'
import { collectionInfo, memoryDriver, openStorage } from '@freeda/runtime/driver'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openDynamoDriver } from '../src/index.ts'
import { freshTable, startDynamo, type Dynamo } from './start-dynamo.ts'
import { all } from './support.ts'

const runs = Number(process.env['FREEDA_FUZZ_RUNS'] ?? 40)

const Thing = z.object({
  group: z.string().nullish(),
  rank: z.union([z.number(), z.bigint()]).optional(),
  token: z.string().nullish(),
  ends: z.date().optional(),
  extra: z.unknown().optional(),
})
const things = collection(Thing, {
  name: 'things',
  indexes: {
    byGroup: { partition: 'group', sort: 'rank' },
    byToken: { partition: 'token', unique: true },
    byRank: { partition: 'rank' },
  },
  ttl: 'ends',
  shards: 3,
})
/** No unique index: the writes that are one request. */
const plain = collection(Thing, {
  name: 'plain',
  indexes: { byGroup: { partition: 'group', sort: 'rank' } },
  ttl: 'ends',
})
const names = ['things', 'plain'] as const

const start = Date.UTC(2100, 0, 1)

const id = fc.constantFrom('a', 'b', 'c', 'a\u0000', 'a\u0001b', '\ue000', '😀', 'aa')
const name = fc.constantFrom(...names)
const group = fc.constantFrom('x', 'x\u0000', 'y', '', null, undefined)
const rank = fc.constantFrom(0, -1, 1, 1.5, 5e-324, 1e300, -1e300, 2n ** 70n, 1e21, undefined)
const extra = fc.constantFrom(
  undefined,
  null,
  '',
  [],
  {},
  { '': 1 },
  { constructor: { name: 'Set' } },
  1e-200,
  {
    '\u0001': new Uint8Array([0, 255]),
  },
)
const value = fc.record({
  group,
  rank,
  token: fc.constantFrom('t', 'u', null, undefined),
  ends: fc.constantFrom(undefined, new Date(start + 5000), new Date(start + 20_000)),
  extra,
})
const ifVersion = fc.constantFrom(undefined, undefined, 1, 2, 3)
const write = fc.oneof(
  fc.record({ do: fc.constant('create' as const), name, id, value }),
  fc.record({ do: fc.constant('put' as const), name, id, value, ifVersion }),
  fc.record({ do: fc.constant('delete' as const), name, id, ifVersion }),
)
const limit = fc.constantFrom(1, 1, 2, 100)
const order = fc.constantFrom('asc' as const, 'desc' as const)
const bound = fc.constantFrom(-1e300, 0, -1, 1.5, 1e300, 2n ** 70n)
const range = fc.oneof(
  fc.constant(undefined),
  fc.record({ gt: bound }),
  fc.record({ gte: bound, lt: bound }),
  fc.record({ lte: bound }),
)
const step = fc.oneof(
  { weight: 6, arbitrary: write },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('transact' as const),
      writes: fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: (each) => each.name + each.id }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('update' as const), name, id, value }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('getMany' as const), name, ids: fc.array(id, { maxLength: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), name, limit, order }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('byGroup' as const),
      name,
      group: fc.constantFrom('x', 'x\u0000', 'y', ''),
      range,
      limit,
      order,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('byToken' as const), token: fc.constantFrom('t', 'u', 'v') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1000, 5000, 16_000) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface Subject {
  readonly storage: Storage
  readonly things: CollectionOf<typeof things>
  readonly plain: CollectionOf<typeof things>
}

const subject = (storage: Storage): Subject => ({
  storage,
  things: storage.collection(things),
  plain: storage.collection(plain) as never,
})

/** What a caller sees of one step. */
async function seen(each: Subject, step: Step): Promise<unknown> {
  try {
    return await perform(each, step)
  } catch (error) {
    if (isFreedaError(error)) return { code: error.code, data: error.data }
    throw error
  }
}

async function perform({ storage, ...collections }: Subject, step: Step): Promise<unknown> {
  switch (step.do) {
    case 'create':
      return collections[step.name].create(step.value, { id: step.id })
    case 'put':
      return collections[step.name].put(step.id, step.value, { ifVersion: step.ifVersion })
    case 'delete':
      return collections[step.name].delete(step.id, { ifVersion: step.ifVersion })
    case 'update':
      return collections[step.name].update(step.id, () => step.value)
    case 'transact':
      return storage.transact(
        step.writes.map((each) => {
          const { op } = collections[each.name]
          if (each.do === 'create') return op.create(each.value, { id: each.id })
          if (each.do === 'put') return op.put(each.id, each.value, { ifVersion: each.ifVersion })
          return op.delete(each.id, { ifVersion: each.ifVersion })
        }),
      )
    case 'getMany':
      return collections[step.name].getMany(step.ids)
    case 'list':
      return all(collections[step.name].iterate({ limit: step.limit, order: step.order }))
    case 'byGroup': {
      const { group: partition, range, limit, order } = step
      const query = { index: 'byGroup', partition, range, limit, order } as const
      const { items, cursor } = await collections[step.name].query(query)
      return { items, cursor, all: await all(collections[step.name].iterate(query)) }
    }
    case 'byToken':
      return collections.things.query({ index: 'byToken', partition: step.token })
    case 'wait':
      return undefined
  }
}

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await startDynamo()
})
afterAll(() => dynamo.stop())

describe('this driver and the memory driver', () => {
  it('are equal after every step of any history', { timeout: 600_000 }, async (context) => {
    if (!dynamo.hasTransactions) context.skip(`${dynamo.name} has no transactions`)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        let nowMs = start
        const clock = () => nowMs
        const infos = [things, plain].map(collectionInfo)
        const driver = await openDynamoDriver({
          table: freshTable(),
          endpoint: dynamo.endpoint,
          collections: infos,
        })
        const real = subject(openStorage(driver, { clock }))
        const model = subject(openStorage(memoryDriver(), { clock }))
        try {
          for (const each of steps) {
            if (each.do === 'wait') nowMs += each.ms
            expect(await seen(real, each)).toEqual(await seen(model, each))
          }
        } finally {
          await real.storage.close()
        }
      }),
      { numRuns: runs },
    )
  })
})
