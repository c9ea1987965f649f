/** Transactions: all or nothing. */
import assert from 'node:assert/strict'
import type { Operation } from '../../storage.ts'
import { ids, refused, type Case, type Fixture } from './fixture.ts'

const email = 'ada@example.org'

/** Expects a conflict at `operation` and that nothing changed. */
async function conflicts(fixture: Fixture, operations: Operation[], operation: number) {
  const { storage, notes, users } = fixture
  const before = [await notes.query(), await users.query()]
  const conflict = await refused(storage.transact(operations), 'FREEDA_CONFLICT')
  assert.equal(conflict.operation, operation)
  assert.equal(conflict.id, operations[operation]!.id)
  assert.deepEqual([await notes.query(), await users.query()], before)
  return conflict
}

export const transactionCases: readonly Case[] = (
  [
    {
      name: 'does every operation of a transaction, over several collections',
      async run({ storage, notes, users, tickets }) {
        await notes.put('old', { n: 1 })
        await notes.put('gone', {})
        await notes.put('checked', {})
        const create = users.op.create({ email })
        await storage.transact([
          create,
          notes.op.put('old', { n: 2 }, { ifVersion: 1 }),
          notes.op.put('new', { n: 1 }),
          notes.op.delete('gone'),
          notes.op.delete('never'),
          notes.op.check('checked', { exists: true }),
          tickets.op.check('nothing', { exists: false }),
        ])
        assert.deepEqual((await notes.query()).items, [
          { id: 'checked', version: 1 },
          { id: 'new', version: 1, n: 1 },
          { id: 'old', version: 2, n: 2 },
        ])
        assert.deepEqual(await ids(users.iterate({ index: 'byEmail', partition: email })), [create.id])
      },
    },
    {
      name: 'does nothing when one operation does not hold, and names the first',
      async run(fixture) {
        const { notes, users } = fixture
        await notes.put('there', { n: 1 })
        await users.put('holder', { email })
        const good = () => notes.op.put('new', { n: 1 })
        const { op } = notes
        await conflicts(fixture, [good(), op.create({}, { id: 'there' })], 1)
        await conflicts(fixture, [op.put('there', {}, { ifVersion: 2 }), good()], 0)
        await conflicts(fixture, [good(), op.delete('there', { ifVersion: 3 })], 1)
        await conflicts(fixture, [good(), op.put('absent', {}, { ifVersion: 1 })], 1)
        await conflicts(fixture, [good(), op.check('there', { exists: false })], 1)
        await conflicts(fixture, [good(), op.check('absent', { exists: true })], 1)
        const { currentVersion } = await conflicts(fixture, [good(), op.check('there', { ifVersion: 9 })], 1)
        assert.equal(currentVersion, 1)
        const { index } = await conflicts(fixture, [good(), users.op.create({ email }, { id: 'second' })], 1)
        assert.equal(index, 'byEmail')
        const several = [good(), op.check('absent', { exists: true }), op.create({}, { id: 'there' })]
        await conflicts(fixture, several, 1)
      },
    },
    {
      name: 'checks without writing',
      async run({ storage, notes }) {
        await notes.put('a', { n: 1 })
        await storage.transact([
          notes.op.check('a', { ifVersion: 1 }),
          notes.op.check('b', { exists: false }),
        ])
        assert.deepEqual(await notes.get('a'), { id: 'a', version: 1, n: 1 })
      },
    },
    {
      name: 'refuses two documents of one transaction with the same unique value',
      async run(fixture) {
        const { users } = fixture
        const both = [users.op.create({ email }, { id: 'a' }), users.op.put('b', { email })]
        assert.equal((await conflicts(fixture, both, 1)).index, 'byEmail')
      },
    },
    {
      name: 'takes a unique value that the same transaction frees, in any order',
      async run({ storage, users }) {
        await users.put('a', { email })
        await storage.transact([users.op.create({ email }, { id: 'b' }), users.op.delete('a')])
        await storage.transact([users.op.put('b', { email: 'b@example.org' }), users.op.put('c', { email })])
        await storage.transact([users.op.put('b', { email }), users.op.put('c', { email: 'b@example.org' })])
        assert.deepEqual(await ids(users.iterate({ index: 'byEmail', partition: email })), ['b'])
        assert.deepEqual(await ids(users.iterate({ index: 'byEmail', partition: 'b@example.org' })), ['c'])
        await refused(users.put('d', { email }), 'FREEDA_CONFLICT')
      },
    },
    {
      name: 'refuses a unique value that its holder keeps in the same transaction',
      async run(fixture) {
        const { users } = fixture
        await users.put('a', { email })
        await conflicts(fixture, [users.op.put('a', { email, name: 'Ada' }), users.op.put('b', { email })], 1)
      },
    },
    {
      name: 'refuses two operations on one document',
      async run({ storage, notes, notesArchive }) {
        const { errors } = await refused(
          storage.transact([notes.op.put('a', {}), notesArchive.op.put('a', {}), notes.op.delete('a')]),
          'FREEDA_VALIDATION',
        )
        assert.deepEqual(
          errors.map(({ path }) => path),
          ['operations[2]'],
        )
      },
    },
    {
      name: 'reports every invalid operation at once, and does none',
      async run({ storage, notes }) {
        const operations = [
          notes.op.put('a', { n: Number.NaN }),
          notes.op.put('b', {}),
          notes.op.put('c', { f: [() => 1] }),
        ]
        const { errors } = await refused(storage.transact(operations), 'FREEDA_VALIDATION')
        assert.deepEqual(
          errors.map(({ path }) => path),
          ['operations[0].n', 'operations[2].f[0]'],
        )
        assert.deepEqual((await notes.query()).items, [])
      },
    },
    {
      name: 'refuses operations that this storage did not make',
      async run({ storage, another }) {
        const stranger = another().notes.op.put('a', {})
        for (const operation of [stranger, { id: 'a' } as Operation, null as never])
          await refused(storage.transact([operation]), 'FREEDA_VALIDATION')
      },
    },
    {
      name: 'does nothing in an empty transaction',
      async run({ storage }) {
        assert.equal(await storage.transact([]), undefined)
      },
    },
  ] satisfies Case[]
).map((each) => ({ ...each, needs: ['transactions'] }))
