import { describe, expect, it } from 'vitest'
import { isFreedaError } from '../../src/errors.ts'
import type { DriverAction, DriverDocument, StorageDriver } from '../../src/storage.ts'
import { memoryDriver } from '../../src/storage/memory-driver.ts'
import { memoryTables } from '../../src/storage/memory-tables.ts'
import { storageConformance } from '../../src/testing/storage-conformance.ts'

/** A memory driver with something wrong. */
const faulty = (change: (driver: StorageDriver) => Partial<StorageDriver>) => (): StorageDriver => {
  const driver = memoryDriver()
  return { ...driver, ...change(driver) }
}

const mapActions = (change: (action: DriverAction) => DriverAction) =>
  faulty((driver) => ({ commit: (actions, call) => driver.commit(actions.map(change), call) }))

const faults: Readonly<Record<string, () => StorageDriver>> = {
  'ignores expected versions': mapActions((action) =>
    typeof action.expected === 'number' ? { ...action, expected: 'any' } : action,
  ),
  'lets a create overwrite': mapActions((action) =>
    action.expected === 'absent' ? { ...action, expected: 'any' } : action,
  ),
  'skips checks in transactions': faulty((driver) => ({
    async commit(actions, call) {
      const versions = await driver.commit(
        actions.filter(({ kind }) => kind !== 'check'),
        call,
      )
      return actions.map((action) => (action.kind === 'check' ? 0 : versions.shift()!))
    },
  })),
  'commits a transaction piece by piece': faulty((driver) => ({
    async commit(actions, call) {
      const versions: number[] = []
      for (const [operation, action] of actions.entries())
        try {
          versions.push(...(await driver.commit([action], call)))
        } catch (error) {
          if (isFreedaError(error, 'FREEDA_CONFLICT')) Object.assign(error.data, { operation })
          throw error
        }
      return versions
    },
  })),
  'names the wrong operation of a transaction': faulty((driver) => ({
    commit: (actions, call) =>
      driver.commit(actions, call).catch((error: unknown) => {
        if (isFreedaError(error, 'FREEDA_CONFLICT')) Object.assign(error.data, { operation: 0 })
        throw error
      }),
  })),
  'forgets that indexes are unique': mapActions((action) => ({
    ...action,
    collection: {
      ...action.collection,
      indexes: action.collection.indexes.map((index) => ({ ...index, unique: false })),
    },
  })),
  'lets expired documents hold their unique values and their ids': faulty((driver) => ({
    commit: (actions, call) => driver.commit(actions, { ...call, nowMs: 0 }),
  })),
  'reads expired documents': faulty((driver) => ({
    read: (collection, keys, call) => driver.read(collection, keys, { ...call, nowMs: 0 }),
  })),
  'counts expired documents in pages': faulty((driver) => ({
    async query(query, call) {
      const page = await driver.query(query, { ...call, nowMs: 0 })
      const keys = page.documents.map(({ id, value }) => ({
        id,
        position: query.collection.place(id, value).position,
      }))
      const alive = await driver.read(query.collection, keys, call)
      return { ...page, documents: alive.filter((each) => each !== undefined) }
    },
  })),
  'exports expired documents': faulty((driver) => ({
    export: (call) => driver.export({ ...call, nowMs: 0 }),
  })),
  'lists by UTF-16 units': faulty((driver) => ({
    async query(query, call) {
      const { documents } = await driver.query({ ...query, order: 'asc', limit: 1000 }, call)
      const position = ({ id, value }: DriverDocument) => {
        const placement = query.collection.place(id, value)
        return query.index === undefined ? placement.position : placement.entries[query.index.name]!.position
      }
      documents.sort((a, b) => (position(a) < position(b) ? -1 : 1))
      if (query.order === 'desc') documents.reverse()
      return { documents: documents.slice(0, query.limit), more: documents.length > query.limit }
    },
  })),
  'includes the end of a range': faulty((driver) => ({
    query: ({ to, ...query }, call) =>
      driver.query({ ...query, to: to === undefined ? to : `${to}\u0001` }, call),
  })),
  'promises more after a full page': faulty((driver) => ({
    async query(query, call) {
      const page = await driver.query(query, call)
      return { ...page, more: page.documents.length === query.limit }
    },
  })),
  'stops at a short page': faulty((driver) => ({
    query: (query, call) => driver.query({ ...query, limit: Math.min(query.limit, 50) }, call),
  })),
  'gives the same object twice': faulty((driver) => {
    const given = new Map<string, DriverDocument>()
    return {
      async read(collection, keys, call) {
        const documents = await driver.read(collection, keys, call)
        return documents.map((document) => {
          if (document === undefined) return undefined
          const key = `${collection.name}/${document.id}/${document.version}`
          if (!given.has(key)) given.set(key, document)
          return given.get(key)
        })
      },
    }
  }),
  'drops null': faulty((driver) => ({
    commit: (actions, call) =>
      driver.commit(
        actions.map((action) =>
          action.kind === 'put'
            ? {
                ...action,
                value: Object.fromEntries(Object.entries(action.value).filter(([, value]) => value !== null)),
              }
            : action,
        ),
        call,
      ),
  })),
  'imports at version 1': faulty((driver) => ({
    import: (documents, call) =>
      driver.import(
        documents.map((document) => ({ ...document, version: 1 })),
        call,
      ),
  })),
  'mixes up collections whose names begin alike': faulty((driver) => {
    const tables = memoryTables()
    const short = (action: DriverAction): DriverAction => ({
      ...action,
      collection: { ...action.collection, name: action.collection.name.split('.')[0]! },
    })
    return {
      async commit(actions, { nowMs }) {
        const { versions, changes } = tables.stage(actions.map(short), nowMs)
        tables.apply(changes)
        return versions
      },
      read: async ({ name }, keys, { nowMs }) =>
        tables.read(
          name.split('.')[0]!,
          keys.map(({ id }) => id),
          nowMs,
        ),
      query: driver.query,
    }
  }),
}

/** The first case that fails. */
async function caughtBy(create: () => StorageDriver): Promise<string | undefined> {
  for (const { name, skip, run } of storageConformance({
    create: () => ({ driver: create() }),
    capabilities: { reopen: false },
  }))
    if (skip === undefined)
      try {
        await run()
      } catch {
        return name
      }
  return undefined
}

describe('the conformance suite catches a driver that', () => {
  for (const [fault, create] of Object.entries(faults))
    it(fault, async () => {
      expect(await caughtBy(create)).toEqual(expect.any(String))
    })

  it('does nothing wrong: never', async () => {
    expect(await caughtBy(memoryDriver)).toBeUndefined()
  })
})
