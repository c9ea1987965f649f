/** One collection in memory: its documents by id, and sorted lists of where they stand. */
import sortedBtree from 'sorted-btree'
import type { Placement } from '../storage.ts'
import { byteOrdered, successor } from './keys.ts'

/** A stored document, as JSON text. Never changes: a write makes a new one. */
export interface TableEntry {
  readonly id: string
  readonly version: number
  readonly text: string
  readonly placement: Placement
}

/** One effect of a commit: a whole document or its end. */
export type TableChange =
  | {
      readonly kind: 'put'
      readonly collection: string
      readonly id: string
      readonly version: number
      /** `JSON.stringify` of the encoded value. */
      readonly text: string
      readonly placement: Placement
    }
  | { readonly kind: 'delete'; readonly collection: string; readonly id: string; readonly position: string }

/** A part of a sorted list: `from` ≤ position < `to`. */
export interface Section {
  /** Absent: the collection by id. */
  readonly index?: { readonly name: string; readonly partition: string } | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly order: 'asc' | 'desc'
}

export interface Table {
  readonly size: number
  get(id: string): TableEntry | undefined
  put(entry: TableEntry): void
  delete(id: string): void
  /** Expired documents too. The table must not change while it is walked. */
  walk(section: Section): Iterable<TableEntry>
  /** Up to `limit` ids of documents with `expiresAtMs <= nowMs`, the longest expired first. */
  expired(nowMs: number, limit: number): string[]
  entries(): readonly TableEntry[]
}

/** Tells whether a document counts as absent. */
export const hasExpired = (entry: TableEntry, nowMs: number): boolean =>
  entry.placement.expiresAtMs !== undefined && entry.placement.expiresAtMs <= nowMs

interface Expiry {
  readonly atMs: number
  readonly id: string
}

// The package is CommonJS: Node gives its exports object as the default import, bundlers and test runners may unwrap it.
type BTreeModule = typeof sortedBtree
const BTree =
  (sortedBtree as Partial<BTreeModule>).default ?? (sortedBtree as unknown as BTreeModule['default'])
type BTree<K, V> = InstanceType<typeof BTree<K, V>>

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const compareExpiry = (a: Expiry, b: Expiry) => a.atMs - b.atMs || compareText(a.id, b.id)

/** The documents, packed into one array: a snapshot of a million of them is one copy of memory, a few milliseconds. */
function packedDocuments() {
  const entries: TableEntry[] = []
  const slots = new Map<string, number>()
  return {
    entries,
    get(id: string): TableEntry | undefined {
      const slot = slots.get(id)
      return slot === undefined ? undefined : entries[slot]
    },
    set(entry: TableEntry): void {
      const slot = slots.get(entry.id)
      if (slot !== undefined) entries[slot] = entry
      else slots.set(entry.id, entries.push(entry) - 1)
    },
    delete(id: string): void {
      const slot = slots.get(id)
      if (slot === undefined) return
      slots.delete(id)
      const last = entries.pop()!
      if (last.id === id) return
      entries[slot] = last
      slots.set(last.id, slot)
    },
  }
}

/** An empty table. Lists hold ids, so that a write that moves nothing touches no list. */
export function table(): Table {
  const documents = packedDocuments()
  const listing = new BTree<string, string>(undefined, compareText)
  const indexes = new Map<string, BTree<string, string>>()
  const expiries = new BTree<Expiry, undefined>(undefined, compareExpiry)

  const indexList = (name: string) => {
    let list = indexes.get(name)
    if (list === undefined) indexes.set(name, (list = new BTree<string, string>(undefined, compareText)))
    return list
  }

  const moveEntries = (id: string, old: Placement['entries'], next: Placement['entries']) => {
    for (const name of Object.keys(old)) {
      const before = old[name]!
      const after = Object.hasOwn(next, name) ? next[name] : undefined
      if (after?.partition !== before.partition || after.position !== before.position)
        indexList(name).delete(byteOrdered(before.partition + before.position))
    }
    for (const name of Object.keys(next)) {
      const after = next[name]!
      const before = Object.hasOwn(old, name) ? old[name] : undefined
      if (before?.partition !== after.partition || before.position !== after.position)
        indexList(name).set(byteOrdered(after.partition + after.position), id)
    }
  }

  const moveExpiry = (id: string, old: number | undefined, next: number | undefined) => {
    if (old === next) return
    if (old !== undefined) expiries.delete({ atMs: old, id })
    if (next !== undefined) expiries.set({ atMs: next, id }, undefined)
  }

  return {
    get size() {
      return documents.entries.length
    },
    get: (id) => documents.get(id),
    put(entry) {
      const { id, placement } = entry
      const old = documents.get(id)
      documents.set(entry)
      if (old === undefined) listing.set(byteOrdered(placement.position), id)
      moveEntries(id, old?.placement.entries ?? {}, placement.entries)
      moveExpiry(id, old?.placement.expiresAtMs, placement.expiresAtMs)
    },
    delete(id) {
      const old = documents.get(id)
      if (old === undefined) return
      documents.delete(id)
      listing.delete(byteOrdered(old.placement.position))
      moveEntries(id, old.placement.entries, {})
      moveExpiry(id, old.placement.expiresAtMs, undefined)
    },
    *walk({ index, from = '', to, order }) {
      const list = index === undefined ? listing : indexes.get(index.name)
      if (list === undefined) return
      const partition = index?.partition ?? ''
      const first = byteOrdered(partition + from)
      const last = to === undefined ? successor(partition) : partition + to
      const past = last === undefined ? undefined : byteOrdered(last)
      const pair: [string, string] = ['', '']
      if (order === 'asc') {
        for (const [key, id] of list.entries(first, pair)) {
          if (past !== undefined && key >= past) return
          yield documents.get(id)!
        }
      } else {
        for (const [key, id] of list.entriesReversed(past, pair, true)) {
          if (key < first) return
          yield documents.get(id)!
        }
      }
    },
    expired(nowMs, limit) {
      const ids: string[] = []
      for (const { atMs, id } of expiries.keys()) {
        if (atMs > nowMs || ids.length === limit) break
        ids.push(id)
      }
      return ids
    },
    entries: () => documents.entries.slice(),
  }
}
