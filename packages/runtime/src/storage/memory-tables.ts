/**
 * The in-memory engine: documents, sorted indexes, conditions and expiry. A driver puts durability under it: it stages a
 * commit, writes the changes to its journal and applies them.
 */
import type { DriverAction, DriverDocument, DriverQuery } from '../storage.ts'
import { stageActions } from './stage.ts'
import { hasExpired, table, type Table, type TableChange, type TableEntry } from './table.ts'

export { hasExpired, type TableChange, type TableEntry } from './table.ts'

export interface MemoryTables {
  /**
   * Checks every condition against the tables (expired = absent, unique indexes too) and changes nothing.
   * @returns for each action the new version of a `put`, the version that was there (0 for none) of a `delete` or `check`.
   * @throws FREEDA_CONFLICT naming the first action that does not hold.
   */
  stage(actions: readonly DriverAction[], nowMs: number): { versions: number[]; changes: TableChange[] }
  /** Makes changes true, without any check. */
  apply(changes: readonly TableChange[]): void
  /** In the order asked; fresh values. */
  read(collection: string, ids: readonly string[], nowMs: number): (DriverDocument | undefined)[]
  /** Up to `limit` documents, fresh values; `more` tells whether the section goes on. */
  query(query: DriverQuery, nowMs: number): { documents: DriverDocument[]; more: boolean }
  /** Names of collections that have documents. */
  collections(): string[]
  /** A copy of the list of a collection's documents, expired ones included; later writes do not change it. */
  entries(collection: string): readonly TableEntry[]
  /** Removes up to 1,000 expired documents and returns what it did. Readers never notice. */
  purge(nowMs: number): TableChange[]
  /** Documents held, expired ones that were not purged yet included. */
  readonly size: number
}

const maxPurged = 1000

/** Empty tables. */
export function memoryTables(): MemoryTables {
  const tables = new Map<string, Table>()

  const apply = (changes: readonly TableChange[]) => {
    for (const change of changes) {
      let target = tables.get(change.collection)
      if (change.kind === 'delete') target?.delete(change.id)
      else {
        if (target === undefined) tables.set(change.collection, (target = table()))
        const { id, version, text, placement } = change
        target.put({ id, version, text, placement })
      }
    }
  }

  return {
    stage: (actions, nowMs) => stageActions((name) => tables.get(name), actions, nowMs),
    apply,
    read(collection, ids, nowMs) {
      const source = tables.get(collection)
      return ids.map((id) => {
        const entry = source?.get(id)
        if (entry === undefined || hasExpired(entry, nowMs)) return undefined
        // Every write makes a new entry.
        return { ...toDocument(entry), revision: entry }
      })
    },
    query(query, nowMs) {
      const documents: DriverDocument[] = []
      for (const entry of tables.get(query.collection.name)?.walk(query) ?? []) {
        if (hasExpired(entry, nowMs)) continue
        if (documents.length === query.limit) return { documents, more: true }
        documents.push(toDocument(entry))
      }
      return { documents, more: false }
    },
    collections: () => [...tables].filter(([, { size }]) => size > 0).map(([name]) => name),
    entries: (collection) => tables.get(collection)?.entries() ?? [],
    purge(nowMs) {
      const changes: TableChange[] = []
      for (const [collection, source] of tables)
        for (const id of source.expired(nowMs, maxPurged - changes.length)) {
          const { position } = source.get(id)!.placement
          changes.push({ kind: 'delete', collection, id, position })
        }
      apply(changes)
      return changes
    },
    get size() {
      let size = 0
      for (const source of tables.values()) size += source.size
      return size
    },
  }
}

const toDocument = ({ id, version, text }: TableEntry): DriverDocument => ({
  id,
  version,
  value: JSON.parse(text) as DriverDocument['value'],
})
