/** The drivers that histories run on, each on a fresh store. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StorageDriver } from '@freeda/runtime'
import { memoryDriver } from '@freeda/runtime/driver'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { openJsonDriver } from '@freeda/storage-json'
import { freshTable, type Dynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { infos } from './collections.ts'

export interface Store {
  readonly driver: StorageDriver
  /** Another driver on the same store, as another process has; the same where a store takes one process only. */
  another(): Promise<StorageDriver>
  /** Opens the store anew; `driver` was closed before. */
  reopen(): Promise<StorageDriver>
  remove(): Promise<void>
}

export type OpenStore = (clock: () => number) => Promise<Store>

/** @param change what is wrong with the driver, in tests of the fuzzer itself. */
export const memoryStore =
  (change: (driver: StorageDriver) => StorageDriver = (driver) => driver): OpenStore =>
  async () => {
    const driver = change(memoryDriver())
    return { driver, another: async () => driver, reopen: async () => driver, remove: async () => {} }
  }

/** Small journals, so that a history sees several and snapshots, too. */
export const jsonStore: OpenStore = async (clock) => {
  const directory = await mkdtemp(join(tmpdir(), 'freeda fuzz '))
  const open = () =>
    openJsonDriver({
      directory,
      collections: infos,
      clock,
      durability: 'process',
      tuning: { snapshotMinBytes: 2000 },
    })
  let driver = await open()
  return {
    driver,
    another: async () => driver,
    reopen: async () => (driver = await open()),
    async remove() {
      await driver.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** @param options of the driver; e.g. the endpoint of a proxy. */
export const dynamoStore =
  (
    dynamo: Pick<Dynamo, 'endpoint'>,
    options: Partial<Parameters<typeof openDynamoDriver>[0]> = {},
  ): OpenStore =>
  async () => {
    const table = freshTable()
    const drivers: StorageDriver[] = []
    const open = async (prepare: 'create' | 'none' = 'none') => {
      const { endpoint } = dynamo
      const driver = await openDynamoDriver({ table, endpoint, collections: infos, prepare, ...options })
      drivers.push(driver)
      return driver
    }
    return {
      driver: await open('create'),
      another: () => open(),
      reopen: () => open(),
      async remove() {
        for (const driver of drivers) await driver.close()
      },
    }
  }
