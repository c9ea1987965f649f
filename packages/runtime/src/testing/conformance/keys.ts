/** Ids and sort fields of every kind, in the one order that every driver has. */
import assert from 'node:assert/strict'
import { adversarialTexts, byBytes, ids, refused, type Case } from './fixture.ts'

const doubles = [
  '-1.7976931348623157e308 -1e21 -9007199254740992 -12345.678 -100 -99.5 -10 -9 -1.5 -1 -0.5 -1e-7 -5e-324',
  '0 5e-324 1e-7 0.1 0.30000000000000004 0.5 1 1.5 2 9 10 99.5 100 12345.678',
  '9007199254740991 9007199254740992 1e21 1e22 1e23 1.7976931348623157e308',
].flatMap((line) => line.split(' ').map(Number))
/** The last two stand beside what the double 1e23 really is: 99999999999999991611392. */
const bigints = [
  [-(10n ** 40n), -(2n ** 64n), 2n ** 53n + 1n, 2n ** 64n, 10n ** 40n],
  [99999999999999991611391n, 99999999999999991611393n],
].flat()
const numbers: readonly (number | bigint)[] = [...doubles, ...bigints]

const byValue = (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0)

export const keyCases: readonly Case[] = [
  {
    name: 'takes ids of every kind and lists them by their bytes',
    async run({ notes }) {
      for (const id of adversarialTexts) await notes.put(id, { text: id })
      for (const id of adversarialTexts) assert.equal((await notes.get(id))?.['text'], id)
      const expected = adversarialTexts.toSorted(byBytes)
      assert.deepEqual(await ids(notes.iterate({ limit: 7 })), expected)
      assert.deepEqual(await ids(notes.iterate({ limit: 7, order: 'desc' })), expected.toReversed())
    },
  },
  {
    name: 'lists ids from, up to and with a prefix of every kind',
    async run({ notes }) {
      for (const id of adversarialTexts) await notes.put(id, {})
      const expected = adversarialTexts.toSorted(byBytes)
      for (const bound of ['a', 'a\u0000', 'a\u0001', 'a#', '\ud7ff', '\ue000', '\u{10000}', '\u{10ffff}']) {
        const listed = (range: object) => ids(notes.iterate({ range, limit: 1000 }))
        const where = (holds: (id: string) => boolean) => expected.filter(holds)
        assert.deepEqual(
          await listed({ gt: bound }),
          where((id) => byBytes(id, bound) > 0),
        )
        assert.deepEqual(
          await listed({ gte: bound }),
          where((id) => byBytes(id, bound) >= 0),
        )
        assert.deepEqual(
          await listed({ lt: bound }),
          where((id) => byBytes(id, bound) < 0),
        )
        assert.deepEqual(
          await listed({ lte: bound }),
          where((id) => byBytes(id, bound) <= 0),
        )
        assert.deepEqual(
          await listed({ prefix: bound }),
          where((id) => id.startsWith(bound)),
        )
      }
    },
  },
  {
    name: 'sorts texts of every kind by their bytes, then by id',
    async run({ tickets }) {
      for (const [at, label] of adversarialTexts.entries()) {
        await tickets.put(`b${at}`, { status: 's', label })
        await tickets.put(`a${at}`, { status: 's', label })
      }
      const labels = [...adversarialTexts, ...adversarialTexts].toSorted(byBytes)
      const found = await tickets.query({ index: 'byLabel', partition: 's', limit: 1000 })
      assert.deepEqual(
        found.items.map(({ label }) => label),
        labels,
      )
      assert(found.items.every(({ id }, at) => id.startsWith(at % 2 === 0 ? 'a' : 'b')))
    },
  },
  {
    name: 'sorts numbers and bigints by their value',
    async run({ tickets }) {
      for (const [at, priority] of numbers.entries()) await tickets.put(`t${at}`, { status: 's', priority })
      const query = { index: 'byPriority', partition: 's' } as const
      const expected = numbers.toSorted(byValue)
      // deepEqual tells 2 ** 53 from 2n ** 53n, so equal values of two types would show.
      assert.deepEqual(
        (await tickets.query(query)).items.map(({ priority }) => priority),
        expected,
      )
      for (const bound of [0, -1, 0.1, 1e23, 2n ** 53n, 99999999999999991611392n]) {
        const { items } = await tickets.query({ ...query, range: { gt: bound }, order: 'desc' })
        assert.deepEqual(
          items.map(({ priority }) => priority),
          expected.filter((value) => value > bound).toReversed(),
        )
      }
    },
  },
  {
    name: 'finds a number by a bigint of the same value',
    async run({ tickets }) {
      await tickets.put('a', { priority: 5 })
      await tickets.put('b', { priority: 5n })
      for (const partition of [5, 5n])
        assert.deepEqual(await ids(tickets.iterate({ index: 'byNumber', partition })), ['a', 'b'])
    },
  },
  {
    name: 'sorts dates by time, before 1970 too',
    async run({ tickets }) {
      const times = [-8.64e15, -1e12, -1, 0, 1, 999, 1000, 1.7e12, 8.64e15]
      for (const time of times.toReversed())
        await tickets.put(`t${time}`, { status: 's', createdAt: new Date(time) })
      const query = { index: 'byStatus', partition: 's' } as const
      assert.deepEqual(
        await ids(tickets.iterate(query)),
        times.map((time) => `t${time}`),
      )
      const before = tickets.iterate({ ...query, range: { gte: new Date(-1), lt: new Date(999) } })
      assert.deepEqual(await ids(before), ['t-1', 't0', 't1'])
    },
  },
  {
    name: 'keeps partitions of every kind apart',
    async run({ tickets }) {
      for (const [at, status] of adversarialTexts.entries())
        await tickets.put(`t${at}`, { status, label: 'x', priority: at })
      for (const [at, partition] of adversarialTexts.entries()) {
        assert.deepEqual(await ids(tickets.iterate({ index: 'byLabel', partition })), [`t${at}`])
        assert.deepEqual(await ids(tickets.iterate({ index: 'byNumber', partition: at, order: 'desc' })), [
          `t${at}`,
        ])
      }
    },
  },
  {
    name: 'refuses ids that are none',
    async run({ notes }) {
      for (const id of ['', 'x\ud800', 5 as never, null as never]) {
        assert.equal((await refused(notes.get(id), 'FREEDA_VALIDATION')).errors[0]?.path, 'id')
        await refused(notes.put(id, {}), 'FREEDA_VALIDATION')
        await refused(notes.delete(id), 'FREEDA_VALIDATION')
        assert.equal((await refused(notes.getMany(['a', id]), 'FREEDA_VALIDATION')).errors[0]?.path, 'ids[1]')
      }
      await refused(notes.create({}, { id: '' }), 'FREEDA_VALIDATION')
    },
  },
]
