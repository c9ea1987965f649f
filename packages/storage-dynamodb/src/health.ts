/** Whether the table can serve. */
import type { Exchange } from './exchange.ts'
import { catalogPartition } from './layout.ts'
import { readItem, type Reader } from './read.ts'

/**
 * A cheap request that needs all of it: network, credentials, permission, the table, and capacity. One read unit; it asks
 * for an item that need not be there.
 */
export async function checkHealth(reader: Reader, exchange: Exchange): Promise<void> {
  await readItem(reader, exchange, { pk: { S: catalogPartition }, sk: { S: 'health' } })
}
