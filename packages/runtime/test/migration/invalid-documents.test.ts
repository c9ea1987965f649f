import { expect, it } from 'vitest'
import { z } from 'zod'
import { knownCollections } from '../../src/migration/collections.ts'
import { move, type MoveRules } from '../../src/migration/move.ts'
import { driverSource } from '../../src/migration/source.ts'
import { encodeKey } from '../../src/storage/keys.ts'
import { memoryDriver } from '../../src/storage/memory-driver.ts'
import { collection, type JsonObject, type StorageDriver } from '../../src/storage.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const collections = knownCollections([collection(z.object({ n: z.number() }), { name: 'notes' })])
const info = collections.infoOf('notes')

/** What an older version, or somebody with an editor, may have left in a store. */
const documents: Record<string, JsonObject> = {
  fine: { n: 1 },
  large: { n: 1, text: 'x'.repeat(500_000) },
  reserved: { n: 1, version: 'mine' },
  unreadable: { n: { $bigint: 'five' } },
}

async function moveAll(rules: Partial<MoveRules>) {
  const [from, to] = [memoryDriver(), memoryDriver()]
  const imported = Object.entries(documents).map(([id, value]) => {
    return { collection: info, id, version: 1, value, placement: { position: encodeKey(id), entries: {} } }
  })
  await from.import(imported, { nowMs: 0 })
  const folder = await temporaryFolder()
  const report = await move({
    app: 'desk',
    source: driverSource('memory', from, () => from.close()),
    backup: 'none',
    target: { label: 'memory', isDynamo: false, open: async () => ({ driver: to, close: async () => {} }) },
    collections,
    rules: {
      dryRun: false,
      nonEmpty: false,
      onConflict: 'keep',
      undeclared: 'refuse',
      invalid: 'refuse',
      lanes: 1,
      restart: false,
      ...rules,
    },
    makeFolder: async () => folder,
    watch: { stage: () => ({ advance: () => {}, end: () => {} }) },
  })
  return { report, ids: await idsIn(to) }
}

async function idsIn(driver: StorageDriver): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of driver.export({ nowMs: 0 })) ids.push(id)
  return ids
}

it('lists each document of a store that cannot be moved, and writes nothing', async () => {
  const { report, ids } = await moveAll({})
  expect(ids).toEqual([])
  expect(report).toMatchObject({ outcome: 'refused', invalid: { count: 3 } })
  const listed = report.invalid!.listed.map(({ at, message }) => `${at}: ${message}`).toSorted()
  expect(listed).toEqual([
    expect.stringMatching(/^notes\/large: .* 409600 are allowed\.$/),
    expect.stringMatching(/^notes\/reserved: version is a reserved name\.$/),
    expect.stringMatching(/^notes\/unreadable: .*[^.]\.$/),
  ])
})

it('leaves all of them out when told to skip, and verifies the others', async () => {
  const { report, ids } = await moveAll({ invalid: 'skip' })
  expect(ids).toEqual(['fine'])
  expect(report).toMatchObject({ outcome: 'done', counts: { written: 1, leftOut: 3 } })
})
