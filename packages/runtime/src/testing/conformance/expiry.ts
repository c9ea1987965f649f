/** Expired is absent: everywhere, at once. */
import assert from 'node:assert/strict'
import { all, ids, refused, type Case, type Fixture } from './fixture.ts'

const lifeMs = 60_000

/** `a` expires in a minute, `b` in two, `c` never. */
async function three({ sessions, clock }: Fixture) {
  await sessions.put('a', { user: 'ada', token: 'ta', note: '1', expiresAt: new Date(clock.now() + lifeMs) })
  await sessions.put('b', {
    user: 'ada',
    token: 'tb',
    note: '2',
    expiresAt: new Date(clock.now() + 2 * lifeMs),
  })
  await sessions.put('c', { user: 'ada', token: 'tc', note: '3' })
}

const atLast = { index: 'byUser', partition: 'ada' } as const

export const expiryCases: readonly Case[] = [
  {
    name: 'has a document until the very millisecond of its end',
    async run(fixture) {
      await three(fixture)
      const { sessions, clock } = fixture
      clock.advance(lifeMs - 1)
      assert.equal((await sessions.get('a'))?.token, 'ta')
      clock.advance(1)
      assert.equal(await sessions.get('a'), undefined)
      assert.equal((await sessions.get('b'))?.token, 'tb')
    },
  },
  {
    name: 'leaves expired documents out of getMany, lists, indexes and exports',
    async run(fixture) {
      await three(fixture)
      const { sessions, storage, clock } = fixture
      clock.advance(lifeMs)
      assert.deepEqual(
        (await sessions.getMany(['a', 'b', 'c'])).map((each) => each?.id),
        [undefined, 'b', 'c'],
      )
      assert.deepEqual(await ids(sessions.iterate()), ['b', 'c'])
      assert.deepEqual(await ids(sessions.iterate({ ...atLast, order: 'desc' })), ['c', 'b'])
      assert.deepEqual(await ids(sessions.iterate({ index: 'byToken', partition: 'ta' })), [])
      assert.deepEqual(await ids(storage.export()), ['b', 'c'])
    },
  },
  {
    name: 'fills pages past expired documents',
    async run({ sessions, clock }) {
      for (let at = 10; at < 50; at++) {
        const note = String(at)
        await sessions.put(note, {
          user: 'ada',
          note,
          ...(at % 4 > 0 && { expiresAt: new Date(clock.now() + lifeMs) }),
        })
      }
      clock.advance(lifeMs)
      const expected = Array.from({ length: 10 }, (_, at) => String(12 + at * 4))
      for (const limit of [1, 3, 9, 10, 11]) {
        assert.deepEqual(await ids(sessions.iterate({ limit })), expected)
        assert.deepEqual(await ids(sessions.iterate({ ...atLast, limit })), expected)
        assert.deepEqual(
          await ids(sessions.iterate({ ...atLast, limit, order: 'desc' })),
          expected.toReversed(),
        )
      }
      assert.equal((await sessions.query({ limit: 10 })).cursor, undefined, 'only expired documents follow')
      assert.equal((await sessions.query({ limit: 9 })).items.length, 9)
    },
  },
  {
    name: 'creates over an expired document, at version 1',
    async run(fixture) {
      await three(fixture)
      const { sessions, clock } = fixture
      await sessions.put('a', { user: 'ada', expiresAt: new Date(clock.now() + lifeMs) })
      clock.advance(lifeMs)
      assert.equal((await sessions.create({ user: 'bob' }, { id: 'a' })).version, 1)
      assert.deepEqual(await sessions.get('a'), { id: 'a', version: 1, user: 'bob' })
      assert.deepEqual(await ids(sessions.iterate({ ...atLast })), ['b', 'c'])
    },
  },
  {
    name: 'puts over an expired document at version 1, and not when a version is expected',
    async run(fixture) {
      await three(fixture)
      const { sessions, clock } = fixture
      clock.advance(lifeMs)
      const conflict = await refused(sessions.put('a', { user: 'x' }, { ifVersion: 1 }), 'FREEDA_CONFLICT')
      assert.equal(conflict.currentVersion, undefined)
      assert.equal((await sessions.put('a', { user: 'x' })).version, 1)
    },
  },
  {
    name: 'does not find expired documents to update or delete',
    async run(fixture) {
      await three(fixture)
      const { sessions, clock } = fixture
      clock.advance(lifeMs)
      const update = sessions.update('a', (current) => current)
      await refused(update, 'FREEDA_NOT_FOUND')
      await refused(sessions.delete('a', { ifVersion: 1 }), 'FREEDA_CONFLICT')
      assert.equal(await sessions.delete('a'), false)
    },
  },
  {
    name: 'takes the unique value of an expired document',
    needs: ['transactions'],
    async run(fixture) {
      await three(fixture)
      const { sessions, clock } = fixture
      await refused(sessions.put('d', { user: 'bob', token: 'ta' }), 'FREEDA_CONFLICT')
      clock.advance(lifeMs)
      await sessions.put('d', { user: 'bob', token: 'ta' })
      assert.deepEqual(await ids(sessions.iterate({ index: 'byToken', partition: 'ta' })), ['d'])
      assert.equal(
        (await refused(sessions.put('e', { user: 'eve', token: 'ta' }), 'FREEDA_CONFLICT')).index,
        'byToken',
      )
      assert.equal((await sessions.create({ user: 'ada' }, { id: 'a' })).version, 1)
      assert.deepEqual(await ids(sessions.iterate({ index: 'byToken', partition: 'ta' })), ['d'])
    },
  },
  {
    name: 'holds that expired documents are absent in transactions',
    needs: ['transactions'],
    async run(fixture) {
      await three(fixture)
      const { sessions, storage, clock } = fixture
      clock.advance(lifeMs)
      const { op } = sessions
      await refused(storage.transact([op.check('a', { exists: true })]), 'FREEDA_CONFLICT')
      await refused(storage.transact([op.check('a', { ifVersion: 1 })]), 'FREEDA_CONFLICT')
      await storage.transact([
        op.check('a', { exists: false }),
        op.create({ user: 'x', token: 'ta' }, { id: 'x' }),
      ])
      assert.equal((await sessions.get('x'))?.token, 'ta')
    },
  },
  {
    name: 'follows the end of life as it is changed',
    async run(fixture) {
      await three(fixture)
      const { sessions, clock } = fixture
      await sessions.update('a', (current) => ({ ...current, expiresAt: new Date(clock.now() + 5 * lifeMs) }))
      await sessions.update('b', (current) => ({ ...current, expiresAt: null }))
      await sessions.update('c', (current) => ({ ...current, expiresAt: new Date(clock.now() + lifeMs) }))
      clock.advance(3 * lifeMs)
      assert.deepEqual(await ids(sessions.iterate()), ['a', 'b'])
      assert.deepEqual(await ids(sessions.iterate(atLast)), ['a', 'b'])
    },
  },
  {
    name: 'takes Unix seconds, and null for never',
    async run({ sessions, clock }) {
      const seconds = clock.now() / 1000 + 60
      const stored = await sessions.put('a', { user: 'ada', expiresAt: seconds })
      assert.equal(stored.expiresAt, seconds)
      await sessions.put('b', { user: 'ada', expiresAt: null })
      clock.advance(lifeMs)
      assert.deepEqual(await ids(sessions.iterate()), ['b'])
    },
  },
  {
    name: 'refuses an end of life that is milliseconds or no time at all',
    async run({ sessions, clock }) {
      for (const expiresAt of [clock.now(), '2030-01-01', true, 5n, [], {}]) {
        const { errors } = await refused(
          sessions.put('a', { user: 'x', expiresAt: expiresAt as never }),
          'FREEDA_VALIDATION',
        )
        assert.deepEqual(
          errors.map(({ path }) => path),
          ['expiresAt'],
        )
      }
    },
  },
  {
    name: 'never shows a document that was written expired',
    async run({ sessions, clock }) {
      await sessions.put('a', { user: 'ada', token: 't', expiresAt: new Date(clock.now()) })
      assert.equal(await sessions.get('a'), undefined)
      assert.deepEqual(await all(sessions.iterate()), [])
      assert.equal((await sessions.create({ user: 'ada' }, { id: 'a' })).version, 1)
    },
  },
]
