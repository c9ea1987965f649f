/** The driver. It keeps what the conformance suite asks for, in memory: put your store in the place of `tables`. */
import { memoryTables, type StorageDriver } from '@freeda/runtime/driver'

export function openMyThing(): StorageDriver {
  const tables = memoryTables()
  return {
    name: 'my-thing',

    async read({ name }, keys, { nowMs }) {
      const ids = keys.map(({ id }) => id)
      return tables.read(name, ids, nowMs)
    },

    // All of the actions or none: `stage` throws when a condition does not hold.
    async commit(actions, { nowMs }) {
      const { versions, changes } = tables.stage(actions, nowMs)
      tables.apply(changes)
      tables.purge(nowMs)
      return versions
    },

    async query(query, { nowMs }) {
      return tables.query(query, nowMs)
    },

    // Throws when the store cannot serve.
    async health() {},

    async *export({ nowMs }) {
      for (const collection of tables.collections())
        for (const { id, version, text, placement } of tables.entries(collection))
          if ((placement.expiresAtMs ?? Infinity) > nowMs)
            yield { collection, id, version, value: JSON.parse(text) }
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

    // Waits for what is under way, then releases everything.
    async close() {},
  }
}
