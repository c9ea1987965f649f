/** A project with collections of every kind, and documents that are hard to keep. */
import { join } from 'node:path'
import { collection } from '@freeda/runtime'
import { collectionInfo, openStorage, type StorageDriver } from '@freeda/runtime/driver'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { openJsonDriver } from '@freeda/storage-json'
import { z } from 'zod'
import { project } from '../e2e/cli-process.ts'

/** As the config below declares them. */
export const notes = collection(z.any(), {
  name: 'notes',
  shards: 2,
  indexes: { byRank: { partition: 'by', sort: 'rank' } },
} as never)
export const users = collection(z.any(), {
  name: 'users',
  indexes: { byEmail: { partition: 'email', unique: true } },
} as never)
export const sessions = collection(z.any(), { name: 'sessions', ttl: 'until' } as never)
export const infos = [notes, users, sessions].map(collectionInfo)

const config = `import { collection, defineConfig, definePlugin } from '@freeda/runtime'
import { json } from '@freeda/storage-json'
import { z } from 'zod'

const desk = definePlugin({
  name: 'desk',
  freeda: '^1.0.0',
  collections: {
    notes: collection(z.looseObject({ by: z.string().optional(), rank: z.number().optional() }), {
      shards: 2,
      indexes: { byRank: { partition: 'by', sort: 'rank' } },
    }),
    users: collection(z.object({ email: z.string(), age: z.number().int().optional() }), {
      indexes: { byEmail: { partition: 'email', unique: true } },
    }),
    sessions: collection(z.looseObject({ until: z.date() }), { ttl: 'until' }),
  },
})

// Whoever moves data need not know the port.
export default defineConfig(({ env }) => ({
  name: 'desk',
  server: { port: env.port('PORT_OF_DESK') },
  plugins: [json({ directory: env('DATA_DIR', './data') }), desk()],
}))
`

/** A fresh project; gone when the test is over. */
export const deskProject = () => project({ 'freeda.config.ts': config })

export const dynamoEnd = (table: string, endpoint: string, more: object = {}) =>
  `dynamodb:${JSON.stringify({ table, endpoint, ...more })}`

/** Documents whose ids and values stores are apt to get wrong, in their encoded form. */
export function hardDocuments(): { id: string; value: Record<string, unknown> }[] {
  const values: Record<string, unknown>[] = [
    { text: '', list: [], object: {}, nothing: null, yes: true },
    { '': 'no name', '\u0001': 'a control', constructor: { name: 'Set' }, toString: 1, $date: 'not one' },
    { big: 2n ** 70n, negative: -(2n ** 64n), at: new Date(0), bytes: new Uint8Array([0, 255, 10, 13]) },
    { numbers: [0, 1e-130, 1.23e40, 5e-324, 1.7976931348623157e308, -0.1, 123456789012345680000, 2 ** 53] },
    { text: 'line\nfeed, "quotes", \\, \u2028, 💡, é, \u0000' },
    { b: 1, a: { z: 1, y: [{ d: 1, c: 2 }] }, 10: 'ten', 9: 'nine' },
    { only: { $bigint: 'looks like one' }, deeper: { $$date: 1 }, $bytes: [] },
    { long: 'x'.repeat(100_000), by: 'me', rank: -7.25 },
  ]
  const ids = ['a', 'A b/c', '\u0000\u0001', 'é💡', '../x', '{"id":1}', '__proto__', 'z'.repeat(200)]
  return values.map((value, at) => ({ id: ids[at]!, value }))
}

/** Fills a store with so many notes, and a few documents of the other collections. */
export async function fill(driver: StorageDriver, count: number): Promise<void> {
  const storage = openStorage(driver)
  const [note, user, session] = [notes, users, sessions].map((each) => storage.collection(each as never))
  for (const { id, value } of hardDocuments()) await note!.put(id, value as never)
  await note!.put('a', { text: 'written twice' } as never)
  for (let n = 0; n < count; n += 500)
    await Promise.all(
      Array.from({ length: Math.min(500, count - n) }, (_, at) =>
        note!.put(`n${n + at}`, { by: `b${at % 7}`, rank: n + at, text: `note ${n + at}` } as never),
      ),
    )
  for (let n = 0; n < 20; n++) await user!.put(`u${n}`, { email: `u${n}@example.com` } as never)
  await session!.put('lasting', { until: new Date('2100-01-01'), who: 'me' } as never)
  await session!.put('gone', { until: new Date('2001-01-01') } as never)
  await storage.close()
}

export const openJson = (folder: string, name = 'data') =>
  openJsonDriver({ directory: join(folder, name), collections: infos, durability: 'process' })

export const openDynamo = (table: string, endpoint: string) =>
  openDynamoDriver({ table, endpoint, collections: infos, prepare: 'verify' })

/** Every document of a store by collection and id, and closes it. */
export async function contentsOf(driver: StorageDriver): Promise<Record<string, unknown>> {
  const found: [string, unknown][] = []
  for await (const { collection, id, version, value } of driver.export({ nowMs: Date.now() }))
    found.push([`${collection}/${id}`, { version, value }])
  await driver.close()
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Writes one note, as somebody else may. */
export async function putNote(driver: StorageDriver, id: string): Promise<void> {
  const storage = openStorage(driver)
  await storage.collection(notes).put(id, { text: 'mine' })
  await storage.close()
}
