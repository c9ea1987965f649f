/** A storage driver without durability, for tests. */
import type { StorageDriver } from '../storage.ts'
import { hasExpired, memoryTables } from './memory-tables.ts'

/** A driver that keeps everything in memory, for as long as it is referenced. */
export function memoryDriver(): StorageDriver {
  const tables = memoryTables()
  return {
    name: 'memory',
    async read({ name }, keys, { nowMs }) {
      return tables.read(
        name,
        keys.map(({ id }) => id),
        nowMs,
      )
    },
    async commit(actions, { nowMs }) {
      const { versions, changes } = tables.stage(actions, nowMs)
      tables.apply(changes)
      tables.purge(nowMs)
      return versions
    },
    query: async (query, { nowMs }) => tables.query(query, nowMs),
    async health() {},
    async *export({ nowMs }) {
      for (const collection of tables.collections())
        for (const entry of tables.entries(collection)) {
          const { id, version, text } = entry
          if (!hasExpired(entry, nowMs)) yield { collection, id, version, value: JSON.parse(text) }
        }
    },
    async import(documents) {
      tables.apply(
        documents.map(({ collection, id, version, value, placement }) => ({
          kind: 'put',
          collection: collection.name,
          id,
          version,
          text: JSON.stringify(value),
          placement,
        })),
      )
    },
    async close() {},
  }
}
