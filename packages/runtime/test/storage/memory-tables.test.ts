import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collection, type DriverAction, type DriverQuery, type JsonObject } from '../../src/storage.ts'
import { collectionInfo } from '../../src/storage/collection-info.ts'
import { compareKeys, encodeKey } from '../../src/storage/keys.ts'
import { memoryTables } from '../../src/storage/memory-tables.ts'

interface Doc {
  group?: string
  rank?: number
  email?: string
  until?: number
}
const anything: StandardSchemaV1<Doc, Doc> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Doc }) },
}
const info = collectionInfo(
  collection(anything, {
    name: 'docs',
    ttl: 'until',
    indexes: { byGroup: { partition: 'group', sort: 'rank' }, byEmail: { partition: 'email', unique: true } },
  }),
)

const put = (id: string, value: Doc): DriverAction => ({
  kind: 'put',
  collection: info,
  id,
  expected: 'any',
  value: value as JsonObject,
  placement: info.place(id, value as JsonObject),
})
const remove = (id: string): DriverAction => ({
  kind: 'delete',
  collection: info,
  id,
  expected: 'any',
  position: encodeKey(id),
})

const id = fc.constantFrom('a', 'b', 'c', '😀', '\uffff', 'a\0')
const change = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      id,
      value: fc.record(
        {
          group: fc.constantFrom('x', 'y', 'x\0'),
          rank: fc.integer({ min: -2, max: 2 }),
          until: fc.integer({ min: 1, max: 9 }),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ id }) },
)

describe('memory tables', () => {
  it('find what a plain search finds, after any writes and at any time', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.integer({ min: 0, max: 9 }), (changes, seconds) => {
        const tables = memoryTables()
        const model = new Map<string, Doc>()
        for (const each of changes) {
          const value = 'value' in each ? each.value : undefined
          tables.apply(tables.stage([value === undefined ? remove(each.id) : put(each.id, value)], 0).changes)
          if (value === undefined) model.delete(each.id)
          else model.set(each.id, value)
        }
        const nowMs = seconds * 1000
        const check = () => {
          const alive = [...model].filter(([, { until }]) => until === undefined || until > seconds)
          for (const order of ['asc', 'desc'] as const) {
            const ask = (query: Partial<DriverQuery>) =>
              tables.query({ collection: info, order, limit: 3, ...query }, nowMs)
            const expected = (found: [string, Doc][], key: (entry: [string, Doc]) => string) => {
              const all = found.toSorted((a, b) => compareKeys(key(a), key(b)))
              if (order === 'desc') all.reverse()
              return { ids: all.slice(0, 3).map(([found]) => found), more: all.length > 3 }
            }
            const seen = ({ documents, more }: ReturnType<typeof ask>) => ({
              ids: documents.map((each) => each.id),
              more,
            })
            expect(seen(ask({}))).toEqual(expected(alive, ([each]) => encodeKey(each)))
            for (const group of ['x', 'y', 'x\0']) {
              const index = { name: 'byGroup', partition: encodeKey(group) }
              const members = alive.filter(([, value]) => value.group === group && value.rank !== undefined)
              const key = ([each, value]: [string, Doc]) => encodeKey(value.rank!) + encodeKey(each)
              expect(seen(ask({ index }))).toEqual(expected(members, key))
              const from = encodeKey(0)
              const some = members.filter((member) => compareKeys(key(member), from) >= 0)
              expect(seen(ask({ index, from }))).toEqual(expected(some, key))
            }
          }
          expect(tables.read('docs', [...model.keys()], nowMs).filter(Boolean)).toHaveLength(alive.length)
        }
        check()
        const before = tables.size
        const purged = tables.purge(nowMs)
        expect(tables.size).toBe(before - purged.length)
        expect(tables.purge(nowMs)).toEqual([])
        check()
      }),
      { numRuns: 300 },
    )
  })

  it('keep a snapshot as it was', () => {
    const tables = memoryTables()
    for (const each of ['a', 'b', 'c']) tables.apply(tables.stage([put(each, { rank: 1 })], 0).changes)
    const snapshot = tables.entries('docs')
    tables.apply(tables.stage([put('a', { rank: 2 }), remove('b'), put('d', {})], 0).changes)
    expect(snapshot.map((entry) => [entry.id, entry.version, entry.text])).toEqual([
      ['a', 1, '{"rank":1}'],
      ['b', 1, '{"rank":1}'],
      ['c', 1, '{"rank":1}'],
    ])
    expect(
      tables
        .entries('docs')
        .map((entry) => entry.id)
        .toSorted(),
    ).toEqual(['a', 'c', 'd'])
    expect(tables.collections()).toEqual(['docs'])
  })

  it('change nothing while they stage', () => {
    const tables = memoryTables()
    tables.stage([put('a', { email: 'x' })], 0)
    expect(tables.size).toBe(0)
    expect(() => tables.stage([put('a', { email: 'x' }), put('b', { email: 'x' })], 0)).toThrow('byEmail')
    expect(tables.stage([put('a', { email: 'x' })], 0).versions).toEqual([1])
  })

  it('forget a bounded number of expired documents at a time, the oldest first', () => {
    const tables = memoryTables()
    const documents = Array.from({ length: 1500 }, (_, at) => put(`d${at}`, { until: 1 + (at % 3) }))
    tables.apply(tables.stage(documents, 0).changes)
    const first = tables.purge(2000)
    expect(first).toHaveLength(1000)
    expect(new Set(first.slice(0, 500).map((each) => Number(each.id.slice(1)) % 3))).toEqual(new Set([0]))
    expect(tables.purge(2000)).toEqual([])
    expect(tables.purge(3000)).toHaveLength(500)
    expect(tables.size).toBe(0)
  })
})
