/** Unique indexes: one document a value, whoever writes first. */
import assert from 'node:assert/strict'
import { ids, refused, type Case } from './fixture.ts'

const email = 'ada@example.org'

export const uniqueCases: readonly Case[] = (
  [
    {
      name: 'refuses a second document with the same value, naming the index',
      async run({ users }) {
        await users.create({ email }, { id: 'a' })
        for (const write of [() => users.create({ email }, { id: 'b' }), () => users.put('b', { email })]) {
          const { id, index } = await refused(write(), 'FREEDA_CONFLICT')
          assert.deepEqual({ id, index }, { id: 'b', index: 'byEmail' })
        }
        assert.equal(await users.get('b'), undefined)
      },
    },
    {
      name: 'finds the one document by its value',
      async run({ users }) {
        const ada = await users.put('a', { email, name: 'Ada' })
        await users.put('b', { email: `${email}.uk` })
        assert.deepEqual((await users.query({ index: 'byEmail', partition: email })).items, [ada])
        assert.deepEqual((await users.query({ index: 'byEmail', partition: 'ada' })).items, [])
      },
    },
    {
      name: 'lets the holder of a value keep it',
      async run({ users }) {
        await users.put('a', { email, name: 'Ada' })
        assert.equal((await users.put('a', { email, name: 'Augusta Ada' })).version, 2)
        assert.equal((await users.update('a', (current) => ({ ...current, team: 'x' }))).version, 3)
        assert.deepEqual(await ids(users.iterate({ index: 'byEmail', partition: email })), ['a'])
      },
    },
    {
      name: 'updates the document that it read, not one that took its place and its value meanwhile',
      async run({ users }) {
        await users.create({ email, name: 'first' }, { id: 'a' })
        let calls = 0
        const updated = await users.update('a', async (current) => {
          if (++calls === 1) {
            await users.delete('a')
            await users.create({ email, name: 'second' }, { id: 'a' })
          }
          return { ...current, team: 'x' }
        })
        assert.deepEqual(updated, { id: 'a', version: 2, email, name: 'second', team: 'x' })
      },
    },
    {
      name: 'frees a value when its document is deleted, changed or loses the field',
      async run({ users }) {
        await users.put('a', { email })
        await users.delete('a')
        await users.put('b', { email })
        await users.put('b', { email: 'other@example.org' })
        await users.put('c', { email })
        await users.put('c', { email: null })
        assert.equal((await users.create({ email }, { id: 'd' })).version, 1)
        await users.create({ email: 'x@example.org' }, { id: 'e' })
        assert.deepEqual(await ids(users.iterate({ index: 'byEmail', partition: email })), ['d'])
      },
    },
    {
      name: 'lets any number of documents have no value',
      async run({ users }) {
        for (const id of ['a', 'b']) await users.put(id, { name: id })
        for (const id of ['c', 'd']) await users.put(id, { email: null })
        assert.equal((await users.query()).items.length, 4)
      },
    },
    {
      name: 'knows a number by a bigint of the same value',
      async run({ users }) {
        await users.put('a', { number: 5 })
        assert.equal((await refused(users.put('b', { number: 5n }), 'FREEDA_CONFLICT')).index, 'byNumber')
      },
    },
    {
      name: 'keeps each of several unique indexes',
      async run({ users }) {
        await users.put('a', { email, number: 1 })
        await users.put('b', { email: 'b@example.org', number: 2 })
        const conflict = await refused(
          users.put('b', { email: 'b@example.org', number: 1 }),
          'FREEDA_CONFLICT',
        )
        assert.equal(conflict.index, 'byNumber')
        await users.put('c', { email: 'c@example.org', number: 3 })
        assert.equal((await users.get('b'))?.number, 2)
      },
    },
    {
      name: 'frees nothing when a write is refused',
      async run({ users }) {
        await users.put('a', { email })
        await refused(users.put('a', { email: 'new@example.org' }, { ifVersion: 9 }), 'FREEDA_CONFLICT')
        await refused(users.put('b', { email }), 'FREEDA_CONFLICT')
        assert.equal((await users.put('b', { email: 'new@example.org' })).version, 1)
      },
    },
  ] satisfies Case[]
).map((each) => ({ ...each, needs: ['transactions'] }))
