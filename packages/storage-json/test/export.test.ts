import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { collection, type StorageDriver } from '@freeda/runtime'
import { collectionInfo } from '@freeda/runtime/driver'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { openJsonExport } from '../src/export-driver.ts'
import { bytesIn, crashImage, edit, freshFolder, open } from './support.ts'

const sessions = collection(z.object({ text: z.string(), until: z.date() }), {
  name: 'sessions',
  ttl: 'until',
})

async function exported(driver: StorageDriver, nowMs = Date.now()) {
  const documents = []
  for await (const document of driver.export({ nowMs })) documents.push(document)
  return documents.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

async function openExport(directory: string) {
  const driver = await openJsonExport({ directory })
  onTestFinished(() => driver.close())
  return driver
}

/** A folder with a snapshot, and journals in which documents were made, changed and deleted since. */
async function usedFolder() {
  const folder = await freshFolder()
  const first = await open(folder)
  for (let n = 0; n < 450; n++) await first.notes.create({ text: `first ${n}` }, { id: `n${n}` })
  await first.driver.close()
  const second = await open(folder)
  await second.notes.put('n3', { text: 'changed' })
  await second.notes.delete('n4')
  await second.notes.create({ text: 'new' }, { id: 'new' })
  await second.notes.delete('n5')
  await second.notes.create({ text: 'again' }, { id: 'n5' })
  const image = await crashImage(folder)
  return { image, expected: await exported(second.driver) }
}

it('gives every document as a store that serves does, from its snapshot and its journals', async () => {
  const { image, expected } = await usedFolder()
  const driver = await openExport(image)
  expect(await exported(driver)).toEqual(expected)
  expect(await exported(driver)).toEqual(expected)
  expect(expected).toHaveLength(450)
})

it('changes no file, not even the end of a journal that a crash cut off', async () => {
  const { image, expected } = await usedFolder()
  const journal = Object.keys(await bytesIn(image)).find((name) => name.startsWith('journal.'))!
  await edit(image, journal, (text) => `${text}{"seq":`)
  const before = await bytesIn(image)
  const driver = await openJsonExport({ directory: image })
  expect(await exported(driver)).toEqual(expected)
  await driver.close()
  expect(await bytesIn(image)).toEqual(before)
})

it('reads a snapshot that somebody edited', async () => {
  const folder = await freshFolder()
  const { notes, driver: serving } = await open(folder)
  await notes.create({ text: 'before' }, { id: 'a' })
  await serving.close()
  await edit(folder, 'db.json', (text) =>
    text.replace('before', 'after').replace(/,"crc32":"[0-9a-f]{8}"/, ''),
  )
  const driver = await openExport(folder)
  expect(await exported(driver)).toMatchObject([{ id: 'a', value: { text: 'after' } }])
})

it('keeps a second process out, and is kept out by one', async () => {
  const folder = await freshFolder()
  const serving = await open(folder)
  await serving.notes.create({ text: 'x' })
  await expect(openJsonExport({ directory: folder })).rejects.toMatchObject({ code: 'FREEDA_STORAGE_LOCKED' })
  await serving.driver.close()
  await openExport(folder)
  await expect(open(folder)).rejects.toMatchObject({ code: 'FREEDA_STORAGE_LOCKED' })
})

it('refuses a folder that is not there, and does not make it', async () => {
  const missing = join(await freshFolder(), 'dta')
  await expect(openJsonExport({ directory: missing })).rejects.toMatchObject({
    code: 'FREEDA_STORAGE_FOLDER',
    message: expect.stringContaining('does not exist'),
  })
  expect(existsSync(missing)).toBe(false)
})

it('refuses damage as a store that serves does', async () => {
  const { image } = await usedFolder()
  await edit(image, 'db.json', (text) => text.replace('first 7"', 'first 8"'))
  await expect(openJsonExport({ directory: image })).rejects.toMatchObject({ code: 'FREEDA_STORAGE_DAMAGED' })
})

it('leaves out what has expired', async () => {
  const folder = await freshFolder()
  const { storage, driver: serving } = await open(folder, { collections: [collectionInfo(sessions)] })
  const until = new Date('2100-01-01')
  await storage.collection(sessions).create({ text: 'a', until }, { id: 'a' })
  await serving.close()
  const driver = await openJsonExport({ directory: folder, collections: [collectionInfo(sessions)] })
  onTestFinished(() => driver.close())
  expect(await exported(driver)).toHaveLength(1)
  expect(await exported(driver, until.getTime())).toEqual([])
})

it('serves nothing', async () => {
  const { image } = await usedFolder()
  const driver = await openExport(image)
  await expect(driver.commit([], { nowMs: 0 })).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
  await driver.health({ nowMs: 0 })
})
