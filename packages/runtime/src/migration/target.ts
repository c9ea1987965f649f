/** The store that documents are written to, as the migrator sees it. */
import type { CollectionInfo, DriverDocument, StorageDriver } from '../storage.ts'
import { itemBytes } from '../storage/limits.ts'
import type { MovedDocument } from './as-imported.ts'
import { patiently } from './retry.ts'
import { sealOf } from './seal.ts'

/** What is at the target under an id. */
export interface Found {
  readonly version: number
  readonly sha256: string
}

export interface Target {
  readonly label: string
  /** Whether there is no document in it. */
  isEmpty(signal?: AbortSignal): Promise<boolean>
  /** Documents by collection. */
  count(onDocument: () => void, signal?: AbortSignal): Promise<Map<string, number>>
  /** By place in the list. */
  read(documents: readonly MovedDocument[], signal?: AbortSignal): Promise<(Found | undefined)[]>
  /** The id of another document that has the value of this one in a unique index. */
  uniqueHolder(document: MovedDocument, signal?: AbortSignal): Promise<string | undefined>
  /** Writes over what is there. */
  write(documents: readonly MovedDocument[], signal?: AbortSignal): Promise<void>
}

const keysARead = 100
/** What a driver's import gets at most, in bytes as DynamoDB counts them. */
const maxImportBytes = 4 * 1024 * 1024

export function driverTarget(label: string, driver: StorageDriver): Target {
  const call = (signal: AbortSignal | undefined) => ({ nowMs: Date.now(), signal })
  return {
    label,
    async isEmpty(signal) {
      for await (const _ of driver.export(call(signal))) return false
      return true
    },
    async count(onDocument, signal) {
      const counts = new Map<string, number>()
      for await (const { collection } of driver.export(call(signal))) {
        counts.set(collection, (counts.get(collection) ?? 0) + 1)
        onDocument()
      }
      return counts
    },
    async read(documents, signal) {
      const found = new Map<MovedDocument, Found>()
      for (const [collection, group] of byCollection(documents))
        for (let at = 0; at < group.length; at += keysARead) {
          const part = group.slice(at, at + keysARead)
          const keys = part.map(({ imported: { id, placement } }) => ({ id, position: placement.position }))
          const stored = await patiently(signal, () => driver.read(collection, keys, call(signal)))
          part.forEach((each, place) => {
            const there = stored[place]
            if (there !== undefined) found.set(each, foundOf(collection.name, there))
          })
        }
      return documents.map((each) => found.get(each))
    },
    async uniqueHolder({ imported: { collection, id, placement } }, signal) {
      for (const { name, unique } of collection.indexes) {
        const entry = unique && Object.hasOwn(placement.entries, name) ? placement.entries[name] : undefined
        if (entry === undefined) continue
        const index = { name, partition: entry.partition }
        const query = { collection, index, order: 'asc', limit: 2 } as const
        const { documents } = await patiently(signal, () => driver.query(query, call(signal)))
        const other = documents.find((document) => document.id !== id)
        if (other !== undefined) return other.id
      }
      return undefined
    },
    async write(documents, signal) {
      for (const part of bounded(documents))
        await patiently(signal, () =>
          driver.import(
            part.map(({ imported }) => imported),
            call(signal),
          ),
        )
    },
  }
}

const foundOf = (collection: string, { id, version, value }: DriverDocument): Found => ({
  version,
  sha256: sealOf({ collection, id, version, value }),
})

function byCollection(documents: readonly MovedDocument[]): Map<CollectionInfo, MovedDocument[]> {
  const groups = new Map<CollectionInfo, MovedDocument[]>()
  for (const each of documents) {
    const group = groups.get(each.imported.collection)
    if (group === undefined) groups.set(each.imported.collection, [each])
    else group.push(each)
  }
  return groups
}

function* bounded(documents: readonly MovedDocument[]): Generator<MovedDocument[]> {
  let part: MovedDocument[] = []
  let bytes = 0
  for (const each of documents) {
    const { collection, id, value, placement } = each.imported
    const size = itemBytes(collection, id, value, placement)
    if (part.length > 0 && bytes + size > maxImportBytes) {
      yield part
      part = []
      bytes = 0
    }
    part.push(each)
    bytes += size
  }
  if (part.length > 0) yield part
}
