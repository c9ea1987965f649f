/** Indexes: who is in them, in what order, and which queries are none. */
import assert from 'node:assert/strict'
import { ids, refused, type Case, type Fixture } from './fixture.ts'

const day = (n: number) => new Date(Date.UTC(2024, 0, n))

async function fiveDays({ tickets }: Fixture) {
  for (const n of [3, 1, 5, 2, 4]) await tickets.put(`t${n}`, { status: 'open', createdAt: day(n) })
  await tickets.put('other', { status: 'closed', createdAt: day(3) })
}

export const indexCases: readonly Case[] = [
  {
    name: 'finds the documents of a partition, in order of the sort field, both ways',
    async run(fixture) {
      await fiveDays(fixture)
      const query = { index: 'byStatus', partition: 'open' } as const
      assert.deepEqual(await ids(fixture.tickets.iterate(query)), ['t1', 't2', 't3', 't4', 't5'])
      const descending = fixture.tickets.iterate({ ...query, order: 'desc' })
      assert.deepEqual(await ids(descending), ['t5', 't4', 't3', 't2', 't1'])
      assert.deepEqual(await ids(fixture.tickets.iterate({ ...query, partition: 'nothing' })), [])
    },
  },
  {
    name: 'finds ranges with every kind of bound',
    async run(fixture) {
      await fiveDays(fixture)
      const found = (range: object, order: 'asc' | 'desc' = 'asc') =>
        ids(fixture.tickets.iterate({ index: 'byStatus', partition: 'open', range, order }))
      assert.deepEqual(await found({ gt: day(2) }), ['t3', 't4', 't5'])
      assert.deepEqual(await found({ gte: day(2) }), ['t2', 't3', 't4', 't5'])
      assert.deepEqual(await found({ lt: day(4) }), ['t1', 't2', 't3'])
      assert.deepEqual(await found({ lte: day(4) }), ['t1', 't2', 't3', 't4'])
      assert.deepEqual(await found({ gt: day(1), lte: day(3) }), ['t2', 't3'])
      assert.deepEqual(await found({ gte: day(2), lt: day(4) }, 'desc'), ['t3', 't2'])
      assert.deepEqual(await found({ gt: day(3), lt: day(3) }), [])
      assert.deepEqual(await found({ gt: day(5), lt: day(1) }), [])
      assert.deepEqual(await found({}), ['t1', 't2', 't3', 't4', 't5'])
    },
  },
  {
    name: 'finds prefixes of a sort field, and not their siblings',
    async run({ tickets }) {
      for (const label of ['a', 'ab', 'abc', 'ab\u0000', 'ab\uffff', 'ab😀', 'ac', 'b', 'a\u{10ffff}'])
        await tickets.put(label, { status: 's', label })
      const found = (prefix: string) =>
        ids(tickets.iterate({ index: 'byLabel', partition: 's', range: { prefix } }))
      assert.deepEqual(await found('ab'), ['ab', 'ab\u0000', 'abc', 'ab\uffff', 'ab😀'])
      assert.deepEqual(await found('a\u{10ffff}'), ['a\u{10ffff}'])
      assert.equal((await found('')).length, 9)
      assert.deepEqual(await found('x'), [])
    },
  },
  {
    name: 'leaves out documents whose partition or sort field is missing or null',
    async run({ tickets }) {
      await tickets.put('in', { status: 'open', createdAt: day(1) })
      await tickets.put('no-sort', { status: 'open' })
      await tickets.put('null-sort', { status: 'open', createdAt: null })
      await tickets.put('no-partition', { createdAt: day(1) })
      await tickets.put('null-partition', { status: null, createdAt: day(1) })
      assert.deepEqual(await ids(tickets.iterate({ index: 'byStatus', partition: 'open' })), ['in'])
    },
  },
  {
    name: 'moves a document when its indexed fields change',
    async run({ tickets }) {
      await tickets.put('a', { status: 'open', createdAt: day(1), label: 'x' })
      await tickets.put('b', { status: 'open', createdAt: day(2), label: 'y' })
      await tickets.put('a', { status: 'open', createdAt: day(3), label: 'x' })
      const open = { index: 'byStatus', partition: 'open' } as const
      assert.deepEqual(await ids(tickets.iterate(open)), ['b', 'a'])
      await tickets.put('a', { status: 'closed', createdAt: day(3) })
      assert.deepEqual(await ids(tickets.iterate(open)), ['b'])
      assert.deepEqual(await ids(tickets.iterate({ ...open, partition: 'closed' })), ['a'])
      assert.deepEqual(await ids(tickets.iterate({ index: 'byLabel', partition: 'open' })), ['b'])
      await tickets.put('a', {})
      assert.deepEqual(await ids(tickets.iterate({ ...open, partition: 'closed' })), [])
      await tickets.delete('b')
      assert.deepEqual(await ids(tickets.iterate(open)), [])
    },
  },
  {
    name: 'finds the newest value and version of a document',
    async run({ tickets }) {
      await tickets.put('a', { status: 'open', createdAt: day(1), title: 'old' })
      const latest = await tickets.put('a', { status: 'open', createdAt: day(1), title: 'new' })
      assert.deepEqual((await tickets.query({ index: 'byStatus', partition: 'open' })).items, [latest])
    },
  },
  {
    name: 'has partitions of booleans and numbers',
    async run({ tickets }) {
      await tickets.put('yes', { open: true, priority: 1 })
      await tickets.put('no', { open: false, priority: -1.5 })
      assert.deepEqual(await ids(tickets.iterate({ index: 'byOpen', partition: true })), ['yes'])
      assert.deepEqual(await ids(tickets.iterate({ index: 'byOpen', partition: false })), ['no'])
      assert.deepEqual(await ids(tickets.iterate({ index: 'byNumber', partition: -1.5 })), ['no'])
    },
  },
  {
    name: 'never finds another type than that of the bounds',
    async run({ tickets }) {
      const mixed = { 1: 5, 2: '5', 3: true, 4: new Date(5) }
      for (const [id, label] of Object.entries(mixed))
        await tickets.put(id, { status: 's', label: label as string })
      const found = (range: object) => ids(tickets.iterate({ index: 'byLabel', partition: 's', range }))
      assert.deepEqual(await found({ gt: 0 }), ['1'])
      assert.deepEqual(await found({ gte: '' }), ['2'])
      assert.deepEqual(await found({ lte: true }), ['3'])
      assert.deepEqual(await found({ lt: new Date(6) }), ['4'])
    },
  },
  {
    name: 'refuses fields that no index can hold',
    async run({ tickets }) {
      for (const status of [{}, [], new Uint8Array()]) {
        const { errors } = await refused(
          tickets.put('a', { status: status as never, createdAt: day(1) }),
          'FREEDA_VALIDATION',
        )
        assert.equal(errors[0]?.path, 'status')
      }
    },
  },
  {
    name: 'refuses queries that it cannot run, saying why',
    async run({ tickets, notes }) {
      const wrong: Record<string, unknown>[] = [
        { index: 'byNothing', partition: 'x' },
        { index: 'constructor', partition: 'x' },
        { partition: 'x' },
        { index: 'byStatus' },
        { index: 'byStatus', partition: null },
        { index: 'byStatus', partition: {} },
        { index: 'byStatus', partition: Number.NaN },
        { index: 'byStatus', partition: 'x\ud800' },
        { index: 'byStatus', partition: 'x'.repeat(1800) },
        { index: 'byOpen', partition: true, range: { gt: 'a' } },
        { index: 'byStatus', partition: 'x', range: { gt: 1, gte: 1 } },
        { index: 'byStatus', partition: 'x', range: { lt: 1, lte: 1 } },
        { index: 'byStatus', partition: 'x', range: { gt: 1, lt: 'a' } },
        { index: 'byStatus', partition: 'x', range: { prefix: 'a', gt: 'a' } },
        { index: 'byStatus', partition: 'x', range: { prefix: 5 } },
        { index: 'byStatus', partition: 'x', range: { prefix: '\udc00' } },
        { index: 'byStatus', partition: 'x', range: { above: 5 } },
        { index: 'byStatus', partition: 'x', range: { gt: null } },
        { index: 'byStatus', partition: 'x', range: { gt: 'x'.repeat(1024) } },
        { index: 'byStatus', partition: 'x', range: 'a..b' },
        { range: { gt: 5 } },
        { where: 'title = x' },
        { offset: 10 },
        { order: 'up' },
        ...[0, -1, 1001, 1.5, '10', Number.NaN].map((limit) => ({ limit })),
      ]
      for (const query of wrong) {
        const { reason } = await refused(tickets.query(query as never), 'FREEDA_QUERY')
        assert(reason.length > 20, `a sentence for ${JSON.stringify(query)}`)
      }
      await refused(notes.query({ index: 'byStatus', partition: 'open' } as never), 'FREEDA_QUERY')
    },
  },
]
