/** Indexes that are new, and that documents of before are still to be brought into: a query would miss those. */
import { FreedaError, type CollectionInfo } from '@freeda/runtime/driver'
import { newIndexes, readRecord, recordOf } from './catalog.ts'
import type { Writer } from './commit.ts'
import type { Exchange } from './exchange.ts'
import { driverName } from './failures.ts'

export interface UnbuiltIndexes {
  add(collection: string, indexes: readonly string[]): void
  /**
   * Passes once the index is built, by whatever process.
   * @throws FREEDA_UNAVAILABLE until then.
   */
  pass(writer: Writer, exchange: Exchange, collection: CollectionInfo, index: string): Promise<void>
}

export function unbuiltIndexes(): UnbuiltIndexes {
  const waiting = new Map<string, Set<string>>()
  return {
    add: (collection, indexes) => void waiting.set(collection, new Set(indexes)),
    async pass(writer, exchange, collection, index) {
      const indexes = waiting.get(collection.name)
      if (indexes?.has(index) !== true) return
      const record = await readRecord(writer, exchange, collection.name)
      if (record === undefined || newIndexes(record, recordOf(collection, writer.slotOf)).includes(index))
        throw new FreedaError('FREEDA_UNAVAILABLE', {
          driver: driverName,
          reason: `the index ${collection.name}.${index} is new and still to be built. Run \`freeda reindex\`.`,
        })
      indexes.delete(index)
    },
  }
}
