import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collection } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openJsonDriver } from '../src/index.ts'
import { commit, craftedStore, documentsUpTo, header, snapshot } from './craft.ts'
import { bytesIn, contents, crashImage, edit, freshFolder, namesIn, notes, open } from './support.ts'

const open100 = async () => {
  const directory = await freshFolder()
  const opened = await open(directory)
  for (let n = 0; n < 100; n++) await opened.notes.create({ text: `note ${n}`, rank: n }, { id: `n${n}` })
  for (let n = 0; n < 100; n += 3) await opened.notes.delete(`n${n}`)
  for (let n = 1; n < 100; n += 3) await opened.notes.put(`n${n}`, { text: `new ${n}`, rank: n })
  return { directory, opened }
}

describe('a store that is opened again', () => {
  it('has everything after a clean close, in one file', async () => {
    const { directory, opened } = await open100()
    const before = await contents(opened)
    await opened.driver.close()
    expect(await namesIn(directory)).toEqual(['db.json'])
    const again = await open(directory)
    expect(await contents(again)).toEqual(before)
    expect((await again.notes.query({ index: 'byText', partition: 'new 1' })).items).toHaveLength(1)
  })

  it('has everything after a crash', async () => {
    const { directory, opened } = await open100()
    const again = await open(await crashImage(directory))
    expect(await contents(again)).toEqual(await contents(opened))
    expect((await again.notes.query({ index: 'byText', partition: 'new 1' })).items).toHaveLength(1)
  })

  it('goes on with versions where it was', async () => {
    const directory = await craftedStore()
    expect(await (await open(directory)).notes.put('d9', { text: 'x' })).toMatchObject({ version: 2 })
  })

  it('can be opened and closed many times without a write, and stays the same', async () => {
    const directory = await freshFolder()
    await (await open(directory)).driver.close()
    const first = await bytesIn(directory)
    for (let time = 0; time < 3; time++) await (await open(directory)).driver.close()
    expect(await bytesIn(directory)).toEqual(first)
  })

  it('writes a snapshot that any JSON tool can read, one document a line', async () => {
    const directory = await freshFolder()
    const opened = await open(directory)
    await opened.notes.create({ text: 'söme "text"\n' }, { id: 'a' })
    await opened.notes.create({ text: 'b' }, { id: 'b' })
    await opened.driver.close()
    const text = await readFile(join(directory, 'db.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({
      format: 1,
      seq: 2,
      collections: {
        notes: [
          { id: 'a', version: 1, value: { text: 'söme "text"\n' } },
          { id: 'b', version: 1, value: { text: 'b' } },
        ],
      },
      documents: 2,
    })
    expect(text.split('\n').filter((line) => line.startsWith('{"id":'))).toHaveLength(2)
  })
})

describe('what a crash leaves beside the snapshot', () => {
  it('may be journals that the snapshot has already: they are skipped', async () => {
    const directory = await craftedStore()
    await snapshot(directory, 9)
    const opened = await open(directory)
    expect(await contents(opened)).toEqual(documentsUpTo(9))
    await opened.notes.put('d9', { text: 'more' })
    expect(await contents(await open(await crashImage(directory)))).toEqual({
      ...documentsUpTo(9),
      d9: '2 more',
    })
  })

  it('may be a part of them, when removing them was interrupted', async () => {
    const directory = await craftedStore()
    await snapshot(directory, 9)
    await rm(join(directory, 'journal.1.jsonl'))
    expect(await contents(await open(directory))).toEqual(documentsUpTo(9))
  })

  it('may be journals that end before the snapshot does: new commits go into a new one', async () => {
    const directory = await craftedStore()
    await snapshot(directory, 12)
    const opened = await open(directory)
    await opened.notes.put('d12', { text: 'more' })
    expect(await namesIn(directory)).toContain('journal.3.jsonl')
    const again = await open(await crashImage(directory))
    expect(await contents(again)).toEqual({ ...documentsUpTo(12), d12: '2 more' })
  })

  it('may be the draft of a snapshot: it is removed', async () => {
    const directory = await craftedStore()
    await writeFile(join(directory, 'db.json.tmp'), '{"freeda":"stor')
    const opened = await open(directory)
    expect(await contents(opened)).toEqual(documentsUpTo(9))
    expect(opened.logged.join()).toContain('draft of a snapshot that was interrupted')
    expect(await namesIn(directory)).not.toContain('db.json.tmp')
  })

  it('may be only journals, when there was no snapshot yet', async () => {
    const directory = await freshFolder()
    await writeFile(join(directory, 'journal.1.jsonl'), header(1, 0) + commit(1))
    await writeFile(join(directory, 'journal.2.jsonl'), header(2, 1) + commit(2))
    expect(await contents(await open(directory))).toEqual(documentsUpTo(2))
  })
})

describe('a snapshot that was edited by hand', () => {
  const withoutSeal = (text: string) => text.replace(/,"crc32":"\w+"/, '')

  it('is accepted without its checksum, and sealed again by the next snapshot', async () => {
    const directory = await freshFolder()
    await snapshot(directory, 3)
    await edit(directory, 'db.json', (text) => withoutSeal(text).replace('text 2', 'better'))
    const opened = await open(directory)
    expect(await contents(opened)).toEqual({ ...documentsUpTo(3), d2: '1 better' })
    await opened.notes.put('d2', { text: 'best' })
    await opened.driver.close()
    expect(await readFile(join(directory, 'db.json'), 'utf8')).toMatch(/"crc32":"\w{8}"\}\n$/)
    expect(await contents(await open(directory))).toMatchObject({ d2: '2 best' })
  })

  it('may be laid out in another way', async () => {
    const directory = await freshFolder()
    await snapshot(directory, 3)
    await edit(directory, 'db.json', (text) => JSON.stringify(JSON.parse(withoutSeal(text)), null, 2))
    expect(await contents(await open(directory))).toEqual(documentsUpTo(3))
  })

  const mistakes: Record<string, [from: string, to: string, says: RegExp]> = {
    'an id that is there twice': [
      '"id":"d2"',
      '"id":"d1"',
      /document 2 of "notes" has the id "d1", which another/,
    ],
    'a missing id': ['"id":"d2",', '', /document 2 of "notes" must have an `id`/],
    'a version of 0': [
      '"d2","version":1',
      '"d2","version":0',
      /document 2 of "notes" \("d2"\) must have a `version`/,
    ],
    'a value that is no object': ['{"text":"text 2"}', '"x"', /\("d2"\) must have a `value`, an object/],
    'a value that is not written as the store writes it': [
      '{"text":"text 2"}',
      '{"text":{"$bigint":"five"}}',
      /\("d2"\) cannot be stored: `value` cannot be read: /,
    ],
    'a value with a name of its own': [
      '{"text":"text 2"}',
      '{"text":"x","id":"z"}',
      /\("d2"\) cannot be stored: `value\.id` is a reserved name/,
    ],
    'a document that is too large': [
      '"text 2"',
      `"${'x'.repeat(500_000)}"`,
      /\("d2"\) cannot be stored: .*409600/,
    ],
    'an id that is too long': ['"id":"d2"', `"id":"${'d'.repeat(2000)}"`, /cannot be stored: `id` /],
    'a number that would become another one': [
      '{"text":"text 2"}',
      '{"text":"x","rank":12345678901234567890}',
      /has the number 12345678901234567890, which JSON numbers cannot hold/,
    ],
    'a collection that is no list': [
      '"notes":[',
      '"more":{},"notes":[',
      /the collection "more" must be a list/,
    ],
    'an unknown key': ['"collections"', '"tables":{},"collections"', /"tables" has no meaning/],
    'no seq': ['"seq":3', '"seq":-1', /`seq` must be a whole number/],
    'its old checksum in another place': [
      '"format":1',
      '"crc32":"00000000","format":1',
      /still states the old checksum/,
    ],
  }
  for (const [name, [from, to, says]] of Object.entries(mistakes))
    it(`is refused with ${name}`, async () => {
      const directory = await freshFolder()
      await snapshot(directory, 3)
      await edit(directory, 'db.json', (text) => withoutSeal(text).replace(from, to))
      await expect(open(directory)).rejects.toMatchObject({ code: 'FREEDA_STORAGE_DAMAGED' })
      await expect(open(directory)).rejects.toThrow(says)
    })
})

describe('collections and indexes that change between two starts', () => {
  const other = collection(z.object({ n: z.number() }), {
    name: 'others',
    indexes: { byN: { partition: 'n' } },
  })

  it('keeps documents that are no longer declared, through journals and snapshots', async () => {
    const directory = await freshFolder()
    const first = await open(directory)
    const others = first.storage.collection(other)
    await others.create({ n: 1 }, { id: 'a' })
    await first.driver.close()
    for (let time = 0; time < 2; time++) {
      const without = await open(directory)
      await without.notes.create({ text: `time ${time}` })
      await without.driver.close()
    }
    const again = await open(directory, { collections: [collectionInfo(notes), collectionInfo(other)] })
    const found = await again.storage.collection(other).query({ index: 'byN', partition: 1 })
    expect(found.items).toEqual([{ id: 'a', version: 1, n: 1 }])
  })

  it('finds documents by index of a collection that is first named when it is used', async () => {
    const directory = await freshFolder()
    const first = openStorage(await openJsonDriver({ directory }))
    await first.collection(other).create({ n: 1 }, { id: 'a' })
    await first.close()
    const again = openStorage(await openJsonDriver({ directory }))
    expect((await again.collection(other).query({ index: 'byN', partition: 1 })).items).toHaveLength(1)
    await again.close()
  })

  it('builds an index that was added', async () => {
    const directory = await freshFolder()
    const plain = collection(z.object({ n: z.number() }), { name: 'others' })
    const first = await open(directory, { collections: [collectionInfo(plain)] })
    await first.storage.collection(plain).create({ n: 7 }, { id: 'a' })
    const again = await open(await crashImage(directory), { collections: [collectionInfo(other)] })
    const found = await again.storage.collection(other).query({ index: 'byN', partition: 7 })
    expect(found.items).toHaveLength(1)
  })

  const Session = z.object({ token: z.string(), until: z.number().optional() })
  const plain = collection(Session, { name: 'sessions', ttl: 'until' })
  const unique = collection(Session, {
    name: 'sessions',
    ttl: 'until',
    indexes: { byToken: { partition: 'token', unique: true } },
  })

  it('refuses a new unique index that documents violate, and names both', async () => {
    const directory = await freshFolder()
    const first = await open(directory, { collections: [collectionInfo(plain)] })
    await first.storage.collection(plain).create({ token: 'same' }, { id: 'one' })
    await first.storage.collection(plain).create({ token: 'same' }, { id: 'two' })
    await first.driver.close()
    const opening = open(directory, { collections: [collectionInfo(unique)] })
    await expect(opening).rejects.toMatchObject({ code: 'FREEDA_STORAGE_FOLDER' })
    await expect(opening).rejects.toThrow(/"one" and "two" of "sessions" .* unique index "byToken"/)
    expect(await namesIn(directory)).toEqual(['db.json'])
  })

  it('does not count expired documents as violating a unique index', async () => {
    const directory = await freshFolder()
    const clock = () => 1_000_000
    const first = await open(directory, { collections: [collectionInfo(plain)], clock })
    await first.storage.collection(plain).create({ token: 'same', until: 1500 }, { id: 'one' })
    await first.storage.collection(plain).create({ token: 'same' }, { id: 'two' })
    await first.driver.close()
    const later = await open(directory, { collections: [collectionInfo(unique)], clock: () => 2_000_000 })
    expect(
      (await later.storage.collection(unique).query({ index: 'byToken', partition: 'same' })).items,
    ).toMatchObject([{ id: 'two' }])
  })

  it('opens again, by a clock that was set back, after a unique value passed on from an expired document', async () => {
    const directory = await freshFolder()
    let nowMs = 1_000_000
    const options = { collections: [collectionInfo(unique)], clock: () => nowMs }
    const sessions = (await open(directory, options)).storage.collection(unique)
    await sessions.create({ token: 'same', until: 1500 }, { id: 'one' })
    nowMs = 1_600_000
    await sessions.create({ token: 'same' }, { id: 'two' })
    nowMs = 1_400_000
    const again = (await open(await crashImage(directory), options)).storage.collection(unique)
    expect(await again.get('one')).toBeUndefined()
    expect(await again.get('two')).toMatchObject({ token: 'same' })
  })
})

describe('expired documents', () => {
  const sessions = collection(z.object({ until: z.number() }), { name: 'sessions', ttl: 'until' })

  it('leave memory and files with the commits that come after', async () => {
    const directory = await freshFolder()
    let nowMs = 1_000_000
    const opened = await open(directory, { collections: [collectionInfo(sessions)], clock: () => nowMs })
    const found = opened.storage.collection(sessions)
    await Promise.all(Array.from({ length: 50 }, (_, n) => found.create({ until: 1500 }, { id: `s${n}` })))
    await opened.driver.close()
    nowMs = 2_000_000
    const later = await open(directory, { collections: [collectionInfo(sessions)], clock: () => nowMs })
    expect(await later.storage.collection(sessions).get('s1')).toBeUndefined()
    await later.storage.collection(sessions).create({ until: 5000 }, { id: 'alive' })
    await later.driver.close()
    const written = JSON.parse(await readFile(join(directory, 'db.json'), 'utf8')) as { documents: number }
    expect(written.documents).toBe(1)
  })
})
