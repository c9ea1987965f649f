/** The code of a new storage driver, and of its test. */
import type { Names } from './names.ts'

export const driverCode = (
  { kebab, camel }: Names,
  typed: boolean,
): string => `/** A storage driver. It keeps what the conformance suite asks for, in memory: put your store in the place of \`tables\`. */
import { definePlugin, StorageDriver } from '@freeda/runtime'
import { memoryTables } from '@freeda/runtime/driver'

export function ${camel}Driver()${typed ? ': StorageDriver' : ''} {
  const tables = memoryTables()
  return {
    name: '${kebab}',
    read: async ({ name }, keys, { nowMs }) => {
      const ids = keys.map(({ id }) => id)
      return tables.read(name, ids, nowMs)
    },
    // All of the actions or none: \`stage\` throws when a condition does not hold.
    commit: async (actions, { nowMs }) => {
      const { versions, changes } = tables.stage(actions, nowMs)
      tables.apply(changes)
      tables.purge(nowMs)
      return versions
    },
    query: async (query, { nowMs }) => tables.query(query, nowMs),
    // Throws when the store cannot serve.
    health: async () => {},
    async *export({ nowMs }) {
      for (const collection of tables.collections())
        for (const { id, version, text, placement } of tables.entries(collection))
          if ((placement.expiresAtMs ?? Infinity) > nowMs)
            yield { collection, id, version, value: JSON.parse(text) }
    },
    import: async (documents) => {
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
    close: async () => {},
  }
}

export const ${camel} = definePlugin({
  name: '${kebab}',
  freeda: '^1.0.0',
  provides: { storage: StorageDriver },
  setup({ health, onStop }) {
    const driver = ${camel}Driver()
    onStop(() => driver.close())
    health.ready('storage', ({ signal }) => driver.health({ nowMs: Date.now(), signal }))
    return { storage: driver }
  },
})
`

export const driverTestCode = (
  { kebab, camel }: Names,
  from: string,
): string => `import { storageConformance } from '@freeda/runtime/testing'
import { describe, it } from 'vitest'
import { ${camel}Driver } from '${from}'

// With \`reopen\` the suite also looks whether documents outlive the driver.
const suite = storageConformance({
  capabilities: { reopen: false },
  create: async () => {
    const driver = ${camel}Driver()
    return { driver, dispose: () => driver.close() }
  },
})

describe.each(suite)('${kebab}: $group', ({ name, run, skip }) => {
  it.skipIf(skip !== undefined)(name, run)
})
`
