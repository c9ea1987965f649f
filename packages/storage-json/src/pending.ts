/** Knows which commits are in memory but not durable yet, so that nobody is shown what a crash would take back. */
import type { TableChange } from '@freeda/runtime/driver'

export interface Pending {
  /** Follows a commit until it is durable. */
  add(changes: readonly TableChange[], durable: Promise<void>): void
  /** What to wait for before telling of these documents; undefined when they are durable. */
  ofDocuments(collection: string, ids: readonly string[]): Promise<unknown> | undefined
  /** What to wait for before telling of anything in a collection. */
  ofCollection(collection: string): Promise<void> | undefined
  /** What to wait for before telling of the whole store. */
  ofAll(): Promise<void> | undefined
}

const keyOf = (collection: string, id: string) => `${collection}\0${id}`

/** Commits become durable in order, so the newest one of a document or a collection stands for all before it. */
export function pendingCommits(): Pending {
  const collections = new Map<string, Promise<void>>()
  const documents = new Map<string, Promise<void>>()
  let newest: Promise<void> | undefined

  const remove = (changes: readonly TableChange[], durable: Promise<void>) => {
    for (const { collection, id } of changes) {
      const key = keyOf(collection, id)
      if (documents.get(key) === durable) documents.delete(key)
      if (collections.get(collection) === durable) collections.delete(collection)
    }
    if (newest === durable) newest = undefined
  }

  return {
    add(changes, durable) {
      for (const { collection, id } of changes) {
        documents.set(keyOf(collection, id), durable)
        collections.set(collection, durable)
      }
      newest = durable
      // A commit that failed stays: what it changed in memory must never be shown.
      durable.then(
        () => remove(changes, durable),
        () => {},
      )
    },
    ofDocuments(collection, ids) {
      if (documents.size === 0) return undefined
      const waits = new Set<Promise<void>>()
      for (const id of ids) {
        const durable = documents.get(keyOf(collection, id))
        if (durable !== undefined) waits.add(durable)
      }
      return waits.size === 0 ? undefined : Promise.all(waits)
    },
    ofCollection: (collection) => collections.get(collection),
    ofAll: () => newest,
  }
}
