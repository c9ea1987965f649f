/**
 * Loads the driver when it is first called: the AWS SDK takes some 100 ms and 20 MB, which an app whose config names
 * this package but runs on another store does not pay.
 */
import type { StorageDriver } from '@freeda/runtime/driver'
import type { DynamoDriverOptions } from './dynamo-driver.ts'
import type { ReindexOptions } from './reindex-table.ts'

/**
 * Opens a table.
 * @throws FREEDA_STORAGE_TABLE naming everything in which it differs from what the app declares.
 */
export async function openDynamoDriver(options: DynamoDriverOptions): Promise<StorageDriver> {
  const driver = await import('./dynamo-driver.ts')
  return driver.openDynamoDriver(options)
}

/**
 * Brings every document of `collections` into the indexes that are declared now. Documents may be read and written
 * meanwhile, by an app that declares the same indexes. Can be run again.
 * @throws FREEDA_STORAGE_TABLE naming documents that cannot be in an index.
 */
export async function reindexDynamo(options: ReindexOptions): Promise<void> {
  const table = await import('./reindex-table.ts')
  return table.reindexDynamo(options)
}
