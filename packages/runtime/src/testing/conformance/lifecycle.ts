/** The life of a store: health, export and import, reopening, closing, giving up. */
import assert from 'node:assert/strict'
import type { ExportedDocument } from '../../storage.ts'
import {
  adversarialTexts,
  all,
  byBytes,
  ids,
  refused,
  type Case,
  type Collections,
  type Fixture,
} from './fixture.ts'

const value = {
  text: 'ünïcode 😀',
  date: new Date(0),
  big: 2n ** 70n,
  bytes: Uint8Array.of(1, 2),
  tag: { $date: 'x' },
  nothing: null,
}

async function fill({ notes, users, tickets, sessions, clock }: Fixture) {
  for (const id of adversarialTexts) await notes.put(id, value)
  await notes.put('a', { ...value, n: 2 })
  await users.put('ada', { email: 'ada@example.org', team: 'x' })
  for (let n = 0; n < 10; n++)
    await tickets.put(`t${n}`, { status: 'open', createdAt: new Date(n), priority: n })
  await sessions.put('short', { user: 'ada', token: 't', expiresAt: new Date(clock.now() + 1000) })
  await notes.put('deleted', {})
  await notes.delete('deleted')
}

/** Everything that can be seen of the store. */
async function everything({ notes, users, tickets, sessions }: Collections) {
  return {
    notes: await all(notes.iterate()),
    users: await all(users.iterate()),
    byEmail: await all(users.iterate({ index: 'byEmail', partition: 'ada@example.org' })),
    byTeam: await all(users.iterate({ index: 'byTeam', partition: 'x' })),
    tickets: await all(tickets.iterate({ index: 'byStatus', partition: 'open', order: 'desc', limit: 3 })),
    sessions: await all(sessions.iterate()),
  }
}

const calls: Readonly<Record<string, (c: Collections, signal?: AbortSignal) => Promise<unknown>>> = {
  get: ({ notes }, signal) => notes.get('a', { signal }),
  getMany: ({ notes }, signal) => notes.getMany(['a'], { signal }),
  create: ({ notes }, signal) => notes.create({}, { id: 'new', signal }),
  put: ({ notes }, signal) => notes.put('new', {}, { signal }),
  update: ({ notes }, signal) => notes.update('a', (current) => ({ ...current, changed: true }), { signal }),
  delete: ({ notes }, signal) => notes.delete('a', { signal }),
  query: ({ notes }, signal) => notes.query({ signal }),
  iterate: ({ notes }, signal) => all(notes.iterate({ signal })),
  transact: ({ storage, notes }, signal) => storage.transact([notes.op.put('new', {})], { signal }),
  health: ({ storage }, signal) => storage.health({ signal }),
  export: ({ storage }, signal) => all(storage.export({ signal })),
  import: ({ storage }, signal) =>
    storage.import([{ collection: 'notes', id: 'new', version: 1, value: {} }], { signal }),
}

export const lifecycleCases: readonly Case[] = [
  {
    name: 'says that it can serve',
    async run({ storage }) {
      assert.equal(await storage.health(), undefined)
    },
  },
  {
    name: 'exports every document with its version, in encoded form',
    async run(fixture) {
      await fill(fixture)
      const exported = await all(fixture.storage.export())
      const notes = exported.filter(({ collection }) => collection === 'notes')
      assert.deepEqual(notes.map(({ id }) => id).toSorted(byBytes), adversarialTexts.toSorted(byBytes))
      const { text, date, big, bytes, tag } = notes.find(({ id }) => id === 'b')!.value
      assert.deepEqual(
        { text, date, big },
        {
          text: value.text,
          date: { $date: '1970-01-01T00:00:00.000Z' },
          big: { $bigint: '1180591620717411303424' },
        },
      )
      assert.deepEqual({ bytes, tag }, { bytes: { $bytes: 'AQI=' }, tag: { $$date: 'x' } })
      assert.equal(notes.find(({ id }) => id === 'a')?.version, 2)
      assert.equal(exported.length, adversarialTexts.length + 12)
    },
  },
  {
    name: 'imports what was exported, versions and indexes included, over what is there',
    async run(fixture) {
      await fill(fixture)
      const { storage, notes, users, tickets } = fixture
      const exported = await all(storage.export())
      const before = await everything(fixture)
      for (const id of adversarialTexts.slice(5)) await notes.delete(id)
      await notes.put('a', { overwritten: true })
      await users.delete('ada')
      for (let n = 0; n < 5; n++) await tickets.delete(`t${n}`)
      await tickets.put('t9', { status: 'closed', createdAt: new Date(5) })
      assert.deepEqual(await storage.import(JSON.parse(JSON.stringify(exported)) as ExportedDocument[]), {
        count: exported.length,
      })
      assert.deepEqual(await everything(fixture), before)
      assert.deepEqual(await ids(tickets.iterate({ index: 'byStatus', partition: 'closed' })), [])
      assert.equal((await notes.put('a', {}, { ifVersion: 2 })).version, 3)
    },
  },
  {
    name: 'keeps unique values of imported documents',
    needs: ['transactions'],
    async run({ storage, users }) {
      const document = { collection: 'users', id: 'ada', version: 4, value: { email: 'ada@example.org' } }
      await storage.import([document])
      assert.equal(
        (await refused(users.create({ email: 'ada@example.org' }), 'FREEDA_CONFLICT')).index,
        'byEmail',
      )
      await users.delete('ada')
      await users.create({ email: 'ada@example.org' })
    },
  },
  {
    name: 'frees unique values of documents that an import replaces',
    needs: ['transactions'],
    async run({ storage, users }) {
      await users.put('ada', { email: 'ada@example.org', number: 1 })
      await users.put('bob', { email: 'bob@example.org', number: 2 })
      const document = (id: string, email: string) => ({
        collection: 'users',
        id,
        version: 9,
        value: { email },
      })
      // One passes its value on, within the same import.
      await storage.import([document('ada', 'bob@example.org'), document('bob', 'new@example.org')])
      const holders = async (email: string) => ids(users.iterate({ index: 'byEmail', partition: email }))
      assert.deepEqual(await holders('bob@example.org'), ['ada'])
      assert.deepEqual(await holders('new@example.org'), ['bob'])
      await users.create({ email: 'ada@example.org', number: 2 }, { id: 'eve' })
      assert.deepEqual(await holders('ada@example.org'), ['eve'])
      for (const email of ['bob@example.org', 'new@example.org'])
        assert.equal((await refused(users.create({ email }), 'FREEDA_CONFLICT')).index, 'byEmail')
    },
  },
  {
    name: 'imports many documents from a stream',
    async run({ storage, events }) {
      async function* stream() {
        for (let at = 0; at < 1200; at++)
          yield {
            collection: 'events',
            id: `e${String(at).padStart(4, '0')}`,
            version: at + 1,
            value: { at },
          }
      }
      assert.deepEqual(await storage.import(stream()), { count: 1200 })
      assert.equal((await all(events.iterate({ limit: 1000 }))).length, 1200)
      assert.deepEqual(await events.get('e1199'), { id: 'e1199', version: 1200, at: 1199 })
    },
  },
  {
    name: 'refuses to import what is no exported document',
    async run({ storage, notes }) {
      const good = { collection: 'notes', id: 'a', version: 1, value: {} }
      const wrong: unknown[] = [
        { ...good, collection: 'unknown' },
        { ...good, id: '' },
        { ...good, version: 0 },
        { ...good, version: '1' },
        { ...good, value: null },
        { ...good, value: [] },
        { ...good, value: { id: 'a' } },
        { ...good, value: { date: { $date: 'yesterday' } } },
        { ...good, value: { big: { $bigint: 'x' } } },
        { ...good, value: { big: { $bigint: '007' } } },
        { ...good, value: { bytes: { $bytes: '!' } } },
        JSON.parse('{"collection":"notes","id":"a","version":1,"value":{"x":{"__proto__":{"admin":true}}}}'),
        null,
      ]
      for (const document of wrong) {
        const { errors } = await refused(storage.import([document as ExportedDocument]), 'FREEDA_VALIDATION')
        assert(errors[0]?.path.startsWith('documents[0]'), JSON.stringify(errors))
      }
      assert.equal(await notes.get('a'), undefined)
    },
  },
  {
    name: 'has everything after it is closed and reopened',
    needs: ['reopen'],
    async run(fixture) {
      await fill(fixture)
      const before = await everything(fixture)
      const reopened = await fixture.reopen()
      assert.deepEqual(await everything(reopened), before)
      assert.equal(await reopened.notes.get('deleted'), undefined)
      assert.equal(
        (await refused(reopened.users.put('b', { email: 'ada@example.org' }), 'FREEDA_CONFLICT')).index,
        'byEmail',
      )
      assert.equal((await reopened.notes.put('a', {}, { ifVersion: 2 })).version, 3)
      fixture.clock.advance(1000)
      assert.equal(await reopened.sessions.get('short'), undefined)
      const again = await fixture.reopen()
      assert.equal((await again.notes.get('a'))?.version, 3)
      assert.equal(await again.sessions.get('short'), undefined)
    },
  },
  {
    name: 'finishes what is under way before it closes',
    needs: ['reopen'],
    async run(fixture) {
      const writes = Array.from({ length: 20 }, (_, n) => fixture.notes.put(`n${n}`, { n }))
      const reopening = fixture.reopen()
      assert.equal((await Promise.all(writes)).length, 20)
      assert.equal((await all((await reopening).notes.iterate())).length, 20)
    },
  },
  {
    name: 'can be closed twice, by its storage and by itself',
    async run({ storage, driver, notes }) {
      await notes.put('a', {})
      await Promise.all([storage.close(), storage.close()])
      await storage.close()
      await driver.close()
    },
  },
  ...Object.entries(calls).map(([method, call]): Case => ({
    name: `refuses ${method} after it is closed`,
    async run(fixture) {
      await fixture.storage.close()
      await refused(call(fixture), 'FREEDA_UNAVAILABLE')
    },
  })),
  ...Object.entries(calls).map(([method, call]): Case => ({
    name: `does nothing in ${method} when the caller has given up`,
    async run(fixture) {
      await fixture.notes.put('a', {})
      const reason = new Error('too late')
      await assert.rejects(call(fixture, AbortSignal.abort(reason)), (error) => error === reason)
      assert.deepEqual((await fixture.notes.query()).items, [{ id: 'a', version: 1 }])
    },
  })),
]
