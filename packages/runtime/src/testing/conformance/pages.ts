/** Pages and cursors. */
import assert from 'node:assert/strict'
import type { Page, Query } from '../../storage.ts'
import {
  adversarialTexts,
  all,
  ids,
  refused,
  type Case,
  type Fixture,
  type tickets as definition,
} from './fixture.ts'

const open = { index: 'byPriority', partition: 'open' } as const
const name = (n: number) => `t${String(n).padStart(2, '0')}`

/** 23 tickets; each sort value is shared by two or three, so that pages end between equals. */
async function fill({ tickets }: Fixture) {
  for (let n = 0; n < 23; n++) await tickets.put(name(n), { status: 'open', priority: Math.floor(n / 3) })
  await tickets.put('other', { status: 'closed', priority: 1 })
}

/** Ids, page by page. Fails when a page is longer than asked, or empty although it was promised. */
async function pages(
  query: (cursor: string | undefined) => Promise<Page<object>>,
  limit: number,
): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await query(cursor)
    assert(page.items.length <= limit, `a page has ${page.items.length} documents of ${limit}`)
    if (page.cursor !== undefined) assert.equal(page.items.length, limit, 'only the last page is shorter')
    if (cursor !== undefined) assert(page.items.length > 0, 'a cursor promises more')
    found.push(...page.items.map(({ id }) => id))
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}

const otherQueries: Query<typeof definition>[] = [
  {},
  { ...open, partition: 'closed' },
  { ...open, order: 'desc' },
  { ...open, range: { gte: 0 } },
  { ...open, index: 'byLabel' },
  { index: 'byOpen', partition: true },
]

export const pageCases: readonly Case[] = [
  {
    name: 'gives every document once, with pages of any size, both ways',
    async run(fixture) {
      await fill(fixture)
      const { tickets } = fixture
      const inIndex = Array.from({ length: 23 }, (_, n) => name(n))
      const listed = ['other', ...inIndex]
      for (const limit of [1, 2, 3, 7, 22, 23, 24, 1000]) {
        const ascending = await pages((cursor) => tickets.query({ ...open, limit, cursor }), limit)
        assert.deepEqual(ascending, inIndex)
        const descending = await pages(
          (cursor) => tickets.query({ ...open, order: 'desc', limit, cursor }),
          limit,
        )
        assert.deepEqual(descending, inIndex.toReversed())
        assert.deepEqual(await pages((cursor) => tickets.query({ limit, cursor }), limit), listed)
        const backwards = await pages((cursor) => tickets.query({ order: 'desc', limit, cursor }), limit)
        assert.deepEqual(backwards, listed.toReversed())
      }
    },
  },
  {
    name: 'keeps to the range on every page',
    async run(fixture) {
      await fill(fixture)
      const range = { gt: 1, lte: 5 }
      const expected = Array.from({ length: 12 }, (_, n) => name(n + 6))
      const ascending = fixture.tickets.iterate({ ...open, range, limit: 5 })
      assert.deepEqual(await ids(ascending), expected)
      const descending = fixture.tickets.iterate({ ...open, range, limit: 5, order: 'desc' })
      assert.deepEqual(await ids(descending), expected.toReversed())
    },
  },
  {
    name: 'lists a collection of several shards in one order',
    async run({ events }) {
      const expected = Array.from({ length: 60 }, (_, at) => `e${String(at).padStart(2, '0')}`)
      for (const [at, id] of expected.entries()) await events.put(id, { at })
      for (const limit of [1, 7, 59, 60, 61]) {
        assert.deepEqual(await pages((cursor) => events.query({ limit, cursor }), limit), expected)
        const backwards = await pages((cursor) => events.query({ order: 'desc', limit, cursor }), limit)
        assert.deepEqual(backwards, expected.toReversed())
      }
      const range = { gte: 'e10', lt: 'e20' }
      assert.deepEqual(await ids(events.iterate({ range, limit: 3 })), expected.slice(10, 20))
    },
  },
  {
    name: 'gives 100 documents a page unless told',
    async run({ notes }) {
      for (let n = 0; n < 101; n++) await notes.put(`n${n}`, {})
      const page = await notes.query()
      assert.equal(page.items.length, 100)
      assert.notEqual(page.cursor, undefined)
      assert.equal((await all(notes.iterate())).length, 101)
    },
  },
  {
    name: 'has no cursor when a full page is the last',
    async run({ notes }) {
      for (const id of ['a', 'b']) await notes.put(id, {})
      assert.equal((await notes.query({ limit: 2 })).cursor, undefined)
      assert.equal((await notes.query({ limit: 2, range: { lte: 'b' } })).cursor, undefined)
      assert.notEqual((await notes.query({ limit: 1 })).cursor, undefined)
    },
  },
  {
    name: 'goes on where it was when documents come and go',
    async run(fixture) {
      await fill(fixture)
      const { tickets } = fixture
      const first = await tickets.query({ ...open, limit: 5 })
      await tickets.delete(name(4))
      await tickets.delete(name(5))
      await tickets.put('t05b', { status: 'open', priority: 1 })
      await tickets.put('t00b', { status: 'open', priority: 0 })
      const second = await tickets.query({ ...open, limit: 3, cursor: first.cursor })
      assert.deepEqual(
        second.items.map(({ id }) => id),
        ['t05b', name(6), name(7)],
      )
      const back = await tickets.query({ ...open, order: 'desc', limit: 2 })
      await tickets.put('t99', { status: 'open', priority: 99 })
      const next = await tickets.query({ ...open, order: 'desc', limit: 1, cursor: back.cursor })
      assert.deepEqual(
        next.items.map(({ id }) => id),
        [name(20)],
      )
    },
  },
  {
    name: 'ends when everything after the cursor was deleted',
    async run({ notes }) {
      for (const id of ['a', 'b', 'c']) await notes.put(id, {})
      const { cursor } = await notes.query({ limit: 1 })
      await notes.delete('b')
      await notes.delete('c')
      assert.deepEqual(await notes.query({ limit: 1, cursor }), { items: [] })
    },
  },
  {
    name: 'pages through keys of every kind one by one',
    async run({ tickets }) {
      for (const [at, label] of adversarialTexts.entries())
        await tickets.put(label, { status: 's', label, priority: at })
      const query = { index: 'byLabel', partition: 's', limit: 1 } as const
      const ascending = await pages((cursor) => tickets.query({ ...query, cursor }), 1)
      const descending = await pages((cursor) => tickets.query({ ...query, order: 'desc', cursor }), 1)
      assert.equal(new Set(ascending).size, adversarialTexts.length)
      assert.deepEqual(descending, ascending.toReversed())
    },
  },
  {
    name: 'refuses the cursor of another query',
    async run(fixture) {
      await fill(fixture)
      const { tickets, notes } = fixture
      const { cursor } = await tickets.query({ ...open, limit: 2 })
      assert.equal((await tickets.query({ ...open, limit: 7, cursor })).items.length, 7)
      for (const query of otherQueries) await refused(tickets.query({ ...query, cursor }), 'FREEDA_QUERY')
      await refused(notes.query({ cursor }), 'FREEDA_QUERY')
    },
  },
  {
    name: 'refuses damaged, made-up and oversized cursors',
    async run(fixture) {
      await fill(fixture)
      const { tickets } = fixture
      const cursor = (await tickets.query({ ...open, limit: 2 })).cursor!
      const flipped = Array.from(
        cursor,
        (letter, at) => cursor.slice(0, at) + (letter === 'A' ? 'B' : 'A') + cursor.slice(at + 1),
      )
      const wrong: unknown[] = [
        '',
        ' ',
        'x',
        cursor.slice(1),
        cursor.slice(0, -1),
        `${cursor}A`,
        `${cursor}=`,
        cursor + cursor,
      ]
      wrong.push(
        ...flipped,
        'A'.repeat(100_000),
        '../../etc',
        'null',
        5,
        null,
        {},
        [cursor],
        Buffer.from(cursor).toString('base64'),
      )
      for (const bad of wrong)
        await refused(tickets.query({ ...open, cursor: bad as string }), 'FREEDA_QUERY')
    },
  },
]
