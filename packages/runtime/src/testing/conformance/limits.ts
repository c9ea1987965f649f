/** Limits: at the limit it works, one past it is refused, and both the same on every driver. */
import assert from 'node:assert/strict'
import { itemBytes, maxItemBytes, maxTransactionBytes } from '../../storage/limits.ts'
import { conformanceCollections, ids, refused, type Case } from './fixture.ts'

const info = (name: string) => conformanceCollections.find((each) => each.name === name)!

/** A text that makes the document exactly `bytes` long. */
function padding(collection: string, id: string, bytes: number): string {
  const described = info(collection)
  const empty = { text: '' }
  return 'x'.repeat(bytes - itemBytes(described, id, empty, described.place(id, empty)))
}

export const limitCases: readonly Case[] = [
  {
    name: 'takes a document of 400 KB and refuses one byte more',
    async run({ notes }) {
      const text = padding('notes', 'a', maxItemBytes)
      await notes.put('a', { text })
      assert.equal((await notes.get('a'))?.['text'], text)
      const { bytes, maxBytes } = await refused(notes.put('a', { text: `${text}x` }), 'FREEDA_ITEM_TOO_LARGE')
      assert.deepEqual({ bytes, maxBytes }, { bytes: 409_601, maxBytes: 409_600 })
      assert.equal((await notes.get('a'))?.version, 1)
    },
  },
  {
    name: 'counts bytes, not characters',
    async run({ notes }) {
      const half = padding('notes', 'a', maxItemBytes).length / 2
      await notes.put('a', { text: 'é'.repeat(Math.floor(half)) })
      await refused(notes.put('a', { text: 'é'.repeat(Math.ceil(half) + 1) }), 'FREEDA_ITEM_TOO_LARGE')
    },
  },
  {
    name: 'takes many small values up to the limit, whatever their kind',
    async run({ notes }) {
      const list = Array.from({ length: 20_000 }, (_, at) => [at, -at / 3, true, null, `${at}`][at % 5])
      await notes.put('a', { list })
      assert.deepEqual((await notes.get('a'))?.['list'], list)
      const bytes = new Uint8Array(390_000).map((_, at) => at)
      await notes.put('b', { bytes })
      assert.deepEqual((await notes.get('b'))?.['bytes'], bytes)
      await refused(notes.put('c', { bytes: new Uint8Array(409_600) }), 'FREEDA_ITEM_TOO_LARGE')
    },
  },
  {
    name: 'takes ids of 1,024 encoded bytes and refuses one more',
    async run({ notes }) {
      // One byte for the type, one for the end; what is escaped takes two.
      for (const id of ['x'.repeat(1022), 'é'.repeat(511), '\u0000'.repeat(511), `${'😀'.repeat(255)}xx`]) {
        await notes.put(id, { n: 1 })
        assert.equal((await notes.get(id))?.id, id)
        await refused(notes.put(`${id}x`, {}), 'FREEDA_VALIDATION')
        await refused(notes.get(`${id}x`), 'FREEDA_VALIDATION')
      }
      assert.equal((await ids(notes.iterate({ limit: 1 }))).length, 4)
    },
  },
  {
    name: 'takes index values up to their limits and refuses one byte more',
    async run({ tickets }) {
      const status = 'p'.repeat(1798)
      const label = 's'.repeat(1019)
      const query = { index: 'byLabel', partition: status } as const
      await tickets.put('a', { status, label })
      await tickets.put('b', { status, label })
      assert.deepEqual(await ids(tickets.iterate({ ...query, limit: 1 })), ['a', 'b'])
      assert.deepEqual(await ids(tickets.iterate({ ...query, limit: 1, order: 'desc' })), ['b', 'a'])
      const longPartition = await refused(
        tickets.put('a', { status: `${status}p`, label: 's' }),
        'FREEDA_VALIDATION',
      )
      assert.deepEqual(
        longPartition.errors.map(({ path }) => path),
        ['status'],
      )
      const longSort = await refused(
        tickets.put('a', { status: 'p', label: `${label}s` }),
        'FREEDA_VALIDATION',
      )
      assert.deepEqual(
        longSort.errors.map(({ path }) => path),
        ['label'],
      )
      await refused(tickets.put('ab', { status: 'p', label }), 'FREEDA_VALIDATION')
    },
  },
  {
    name: 'takes 100 operations in a transaction and refuses 101',
    needs: ['transactions'],
    async run({ storage, notes }) {
      const operations = (count: number) =>
        Array.from({ length: count }, (_, at) => notes.op.put(`n${at}`, { at }))
      await refused(storage.transact(operations(101)), 'FREEDA_VALIDATION')
      assert.deepEqual((await notes.query()).items, [])
      await storage.transact(operations(100))
      assert.equal((await notes.query({ limit: 1000 })).items.length, 100)
    },
  },
  {
    name: 'counts what a transaction does to unique indexes',
    needs: ['transactions'],
    async run({ storage, users }) {
      // Two unique indexes: a create takes two values beside the document.
      const creates = (count: number) =>
        Array.from({ length: count }, (_, at) => users.op.create({ email: `${at}@example.org`, number: at }))
      await refused(storage.transact(creates(34)), 'FREEDA_VALIDATION')
      await storage.transact(creates(33))
      assert.equal((await users.query()).items.length, 33)
    },
  },
  {
    name: 'takes a transaction of 4 MB and refuses one byte more',
    needs: ['transactions'],
    async run({ storage, notes }) {
      const each = Math.floor(maxTransactionBytes / 16)
      const texts = Array.from({ length: 16 }, (_, at) => padding('notes', `n${at + 10}`, each))
      const operations = (extra: string) =>
        texts.map((text, at) => notes.op.put(`n${at + 10}`, { text: at === 0 ? text + extra : text }))
      await refused(storage.transact(operations('x')), 'FREEDA_ITEM_TOO_LARGE')
      assert.deepEqual((await notes.query()).items, [])
      await storage.transact(operations(''))
      assert.equal((await notes.query()).items.length, 16)
    },
  },
  {
    name: 'gives pages of large documents',
    async run({ notes }) {
      // More than the megabyte that DynamoDB reads at a time.
      for (let at = 0; at < 8; at++) await notes.put(`n${at}`, { text: 'x'.repeat(300_000) })
      const first = await notes.query({ limit: 7 })
      assert.equal(first.items.length, 7)
      assert.deepEqual(
        (await notes.query({ limit: 7, cursor: first.cursor })).items.map(({ id }) => id),
        ['n7'],
      )
      assert.equal((await notes.getMany(first.items.map(({ id }) => id))).filter(Boolean).length, 7)
    },
  },
]
