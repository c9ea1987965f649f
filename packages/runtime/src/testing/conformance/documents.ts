/** Documents by id: what is written is read, versions count, conditions hold. */
import assert from 'node:assert/strict'
import { conformanceCollections, ids, refused, type Case } from './fixture.ts'

export const documentCases: readonly Case[] = [
  {
    name: 'reads back what was created, at version 1',
    async run({ notes }) {
      const created = await notes.create({ text: 'hello', list: [1, 'two', null] }, { id: 'a' })
      assert.deepEqual(created, { id: 'a', version: 1, text: 'hello', list: [1, 'two', null] })
      assert.deepEqual(await notes.get('a'), created)
    },
  },
  {
    name: 'gives undefined for a document that is not there',
    async run({ notes }) {
      assert.equal(await notes.get('nobody'), undefined)
    },
  },
  {
    name: 'makes ids that sort in the order of making',
    async run({ notes, clock }) {
      const made: string[] = []
      for (let at = 0; at < 20; at++) {
        made.push((await notes.create({ at })).id)
        if (at % 5 === 0) clock.advance(1)
      }
      assert.equal(new Set(made).size, 20)
      assert.deepEqual(await ids(notes.iterate()), made)
    },
  },
  {
    name: 'refuses to create what exists, and tells its version',
    async run({ notes }) {
      await notes.put('a', { n: 1 })
      await notes.put('a', { n: 2 })
      const { id, collection, expected, currentVersion } = await refused(
        notes.create({ n: 3 }, { id: 'a' }),
        'FREEDA_CONFLICT',
      )
      assert.deepEqual(
        { id, collection, expected, currentVersion },
        { id: 'a', collection: 'notes', expected: 'absent', currentVersion: 2 },
      )
      assert.deepEqual(await notes.get('a'), { id: 'a', version: 2, n: 2 })
    },
  },
  {
    name: 'puts whole documents and counts their versions',
    async run({ notes }) {
      assert.equal((await notes.put('a', { x: 1, y: 1 })).version, 1)
      assert.equal((await notes.put('a', { x: 2 })).version, 2)
      assert.deepEqual(await notes.get('a'), { id: 'a', version: 2, x: 2 })
    },
  },
  {
    name: 'starts again at version 1 after a delete',
    async run({ notes }) {
      await notes.put('a', { n: 1 })
      await notes.put('a', { n: 2 })
      assert.equal(await notes.delete('a'), true)
      assert.equal((await notes.create({ n: 3 }, { id: 'a' })).version, 1)
    },
  },
  {
    name: 'puts only over the expected version',
    async run({ notes }) {
      await notes.put('a', { n: 1 })
      assert.equal((await notes.put('a', { n: 2 }, { ifVersion: 1 })).version, 2)
      const conflict = await refused(notes.put('a', { n: 3 }, { ifVersion: 1 }), 'FREEDA_CONFLICT')
      assert.equal(conflict.currentVersion, 2)
      assert.equal(conflict.expected, 1)
      assert.deepEqual(await notes.get('a'), { id: 'a', version: 2, n: 2 })
    },
  },
  {
    name: 'puts nothing when a version is expected and there is no document',
    async run({ notes }) {
      const conflict = await refused(notes.put('a', { n: 1 }, { ifVersion: 1 }), 'FREEDA_CONFLICT')
      assert.equal(conflict.currentVersion, undefined)
      assert.equal(await notes.get('a'), undefined)
    },
  },
  {
    name: 'deletes and tells whether there was a document',
    async run({ notes }) {
      await notes.put('a', { n: 1 })
      assert.equal(await notes.delete('a'), true)
      assert.equal(await notes.get('a'), undefined)
      assert.equal(await notes.delete('a'), false)
    },
  },
  {
    name: 'deletes only the expected version',
    async run({ notes }) {
      await notes.put('a', { n: 1 })
      await notes.put('a', { n: 2 })
      assert.equal((await refused(notes.delete('a', { ifVersion: 1 }), 'FREEDA_CONFLICT')).currentVersion, 2)
      assert.equal(
        (await refused(notes.delete('b', { ifVersion: 1 }), 'FREEDA_CONFLICT')).currentVersion,
        undefined,
      )
      assert.equal(await notes.delete('a', { ifVersion: 2 }), true)
    },
  },
  {
    name: 'updates what is there, from the value that is read',
    async run({ notes }) {
      await notes.put('a', { n: 1, kept: true })
      const updated = await notes.update('a', (current) => ({ ...current, n: (current['n'] as number) + 1 }))
      assert.deepEqual(updated, { id: 'a', version: 2, n: 2, kept: true })
      assert.deepEqual(await notes.get('a'), updated)
    },
  },
  {
    name: 'updates the document that it read, not one that was made in its place meanwhile',
    async run({ notes }) {
      for (const options of [{}, { ifVersion: 1 }]) {
        await notes.put('a', { life: 'first' })
        await notes.delete('a')
        await notes.create({ life: 'first' }, { id: 'a' })
        let calls = 0
        const updated = await notes.update(
          'a',
          async (current) => {
            if (++calls === 1) {
              await notes.delete('a')
              await notes.create({ life: 'second' }, { id: 'a' })
            }
            return { ...current, changed: true }
          },
          options,
        )
        assert.deepEqual(updated, { id: 'a', version: 2, life: 'second', changed: true })
        assert.deepEqual(await notes.get('a'), updated)
        assert.equal(calls, 2)
        await notes.delete('a')
      }
    },
  },
  {
    name: 'refuses to update what is not there or at another version',
    async run({ notes }) {
      await refused(
        notes.update('a', (current) => current),
        'FREEDA_NOT_FOUND',
      )
      await notes.put('a', { n: 1 })
      const conflict = await refused(
        notes.update('a', (current) => current, { ifVersion: 7 }),
        'FREEDA_CONFLICT',
      )
      assert.equal(conflict.currentVersion, 1)
    },
  },
  {
    name: 'changes nothing when an update throws',
    async run({ notes }) {
      await notes.put('a', { n: 1 })
      const failure = new Error('changed my mind')
      await assert.rejects(
        notes.update('a', () => {
          throw failure
        }),
        (error) => error === failure,
      )
      assert.deepEqual(await notes.get('a'), { id: 'a', version: 1, n: 1 })
    },
  },
  {
    name: 'reads many in the order asked, absent and repeated ones too',
    async run({ notes }) {
      for (let at = 0; at < 250; at++) await notes.put(`n${at}`, { at })
      const asked = ['n249', 'nobody', 'n0', 'n249', ...Array.from({ length: 250 }, (_, at) => `n${at}`)]
      const found = await notes.getMany(asked)
      assert.deepEqual(
        found.map((note) => note?.id),
        asked.map((id) => (id === 'nobody' ? undefined : id)),
      )
      assert.deepEqual(found[0], { id: 'n249', version: 1, at: 249 })
      assert.notEqual(found[0], found[3], 'the two are separate objects')
      assert.deepEqual(await notes.getMany([]), [])
    },
  },
  {
    name: 'keeps collections apart, also when one name begins with another',
    async run({ notes, notesArchive, events }) {
      await notes.put('a', { in: 'notes' })
      await notesArchive.put('a', { in: 'archive' })
      await events.put('a', { at: 1 })
      await notesArchive.put('b', { in: 'archive' })
      assert.deepEqual(await ids(notes.iterate()), ['a'])
      assert.deepEqual(await ids(notesArchive.iterate()), ['a', 'b'])
      await notes.delete('a')
      assert.deepEqual(await notesArchive.get('a'), { id: 'a', version: 1, in: 'archive' })
    },
  },
  {
    name: 'takes a value that was read, and refuses other ids and versions in values',
    async run({ notes }) {
      const read = await notes.put('a', { n: 1 })
      assert.deepEqual(await notes.put('a', { ...read, n: 2 }), { id: 'a', version: 2, n: 2 })
      const { errors } = await refused(notes.put('b', { ...read }), 'FREEDA_VALIDATION')
      assert.deepEqual(
        errors.map(({ path }) => path),
        ['id', 'version'],
      )
      await refused(notes.create({ version: 'of a product' }), 'FREEDA_VALIDATION')
      await refused(notes.create({ id: 'a' }), 'FREEDA_VALIDATION')
    },
  },
  {
    name: 'gives fresh objects from the driver each time',
    async run({ driver, notes, clock }) {
      await notes.put('a', { nested: { list: [1] } })
      const info = conformanceCollections.find(({ name }) => name === notes.name)!
      const key = [{ id: 'a', position: info.place('a', {}).position }]
      const call = { nowMs: clock.now() }
      const [first] = await driver.read(info, key, call)
      Object.assign(first!.value['nested'] as object, { list: 'spoilt' })
      const [second] = await driver.read(info, key, call)
      assert.deepEqual(
        { ...second, revision: undefined },
        { id: 'a', version: 1, revision: undefined, value: { nested: { list: [1] } } },
      )
    },
  },
]
