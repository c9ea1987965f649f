/** Decides on what was read whether a commit holds, and what it makes of each unique value. Pure. */
import {
  FreedaError,
  type CollectionInfo,
  type DriverAction,
  type Expected,
  type JsonObject,
} from '@freeda/runtime/driver'
import { fromAttribute } from './attribute-values.ts'
import { isAlive, revisionOf, versionOf } from './item.ts'
import { documentKeyOf, keyText, uniqueKey, type Item, type ItemKey } from './layout.ts'
import type { PutAction } from './requests.ts'

/** What the table held: documents and holders of unique values, by {@link keyText}. */
export interface Seen {
  readonly documents: ReadonlyMap<string, Item>
  /** Undefined: not read. The commit then stands on conditions alone. */
  readonly holders: ReadonlyMap<string, Item> | undefined
}

/** One unique value that a commit takes, frees, or passes on. */
export interface UniqueValue {
  readonly key: ItemKey
  readonly taker?: PutAction
  /** Ids of the documents that may hold it before: what the commit itself frees it from. */
  readonly freers: readonly string[]
}

export interface Staged {
  /** What the commit returns. */
  readonly versions: readonly number[]
  readonly unique: readonly UniqueValue[]
}

export const keyOfAction = (action: DriverAction): ItemKey => documentKeyOf(action.collection, action.id)

/**
 * Every action on the state before all of them.
 * @throws FREEDA_CONFLICT naming the first action that does not hold.
 */
export function stageCommit(actions: readonly DriverAction[], seen: Seen, nowMs: number): Staged {
  const freed = freedValues(actions, seen, nowMs)
  const taken = new Map<string, PutAction>()
  const versions = actions.map((action, operation) => {
    const item = seen.documents.get(keyText(keyOfAction(action)))
    const current = isAlive(item, nowMs) ? versionOf(item) : undefined
    const refuse = (index?: string) => conflict(action, operation, current, index)
    if (!holds(action.expected, current) || !isAsRead(action, item)) throw refuse()
    if (action.kind !== 'put') return current ?? 0
    for (const { index, key } of uniqueValues(action.collection, action.placement.entries)) {
      const value = keyText(key)
      const holder = seen.holders?.get(value)
      const isHeld = isAlive(holder, nowMs) && !mayTake(action, freed.get(value), holder['id']?.S)
      if (taken.has(value) || isHeld) throw refuse(index)
      taken.set(value, action)
    }
    return (current ?? 0) + 1
  })
  return { versions, unique: [...mergedValues(taken, freed, seen, nowMs)] }
}

const mayTake = (action: PutAction, freed: Freed | undefined, holder: string | undefined) =>
  holder === action.id || (freed !== undefined && holder !== undefined && freed.ids.includes(holder))

function holds(expected: Expected, current: number | undefined): boolean {
  if (expected === 'any') return true
  if (expected === 'absent') return current === undefined
  if (expected === 'present') return current !== undefined
  return current === expected
}

const isAsRead = (action: DriverAction, item: Item | undefined): boolean =>
  action.kind !== 'put' || action.revision === undefined || action.revision === revisionOf(item)

/** The refusal of one action. */
export function conflict(
  { collection, id, expected }: DriverAction,
  operation: number,
  currentVersion: number | undefined,
  index?: string,
): FreedaError<'FREEDA_CONFLICT'> {
  return new FreedaError('FREEDA_CONFLICT', {
    collection: collection.name,
    id,
    operation,
    currentVersion,
    ...(expected !== 'any' && { expected }),
    ...(index !== undefined && { index }),
  })
}

interface Freed {
  readonly key: ItemKey
  readonly ids: string[]
}

/** What living documents hold that the commit replaces or deletes, and does not keep. */
function freedValues(actions: readonly DriverAction[], seen: Seen, nowMs: number): Map<string, Freed> {
  const freed = new Map<string, Freed>()
  for (const action of actions) {
    const item = seen.documents.get(keyText(keyOfAction(action)))
    // Of an expired document nothing is freed: what it held may have another holder, and ends with it.
    if (action.kind === 'check' || !isAlive(item, nowMs)) continue
    const kept =
      action.kind === 'put'
        ? uniqueValues(action.collection, action.placement.entries).map(({ key }) => keyText(key))
        : []
    for (const { key } of heldBy(action.collection, action.id, item)) {
      const value = keyText(key)
      if (kept.includes(value)) continue
      const entry = freed.get(value)
      if (entry === undefined) freed.set(value, { key, ids: [action.id] })
      else entry.ids.push(action.id)
    }
  }
  return freed
}

function* mergedValues(
  taken: ReadonlyMap<string, PutAction>,
  freed: ReadonlyMap<string, Freed>,
  seen: Seen,
  nowMs: number,
): Generator<UniqueValue> {
  for (const [value, taker] of taken) {
    const before = seen.documents.get(keyText(keyOfAction(taker)))
    const key = toKey(value)
    if (!keeps(taker, before, value, nowMs)) yield { key, taker, freers: freed.get(value)?.ids ?? [] }
  }
  for (const [value, { key, ids }] of freed) {
    const holder = seen.holders?.get(value)
    const isOthers = holder !== undefined && !ids.includes(holder['id']?.S ?? '')
    if (!taken.has(value) && !isOthers) yield { key, freers: ids }
  }
}

const toKey = (text: string): ItemKey => {
  const at = text.lastIndexOf('\0')
  return { pk: { S: text.slice(0, at) }, sk: { S: text.slice(at + 1) } }
}

/** Tells that the holder of a value needs no write: the same document had it already, as long as now. */
function keeps(taker: PutAction, before: Item | undefined, value: string, nowMs: number): boolean {
  if (!isAlive(before, nowMs)) return false
  const sameLife = before['exp']?.N === taker.placement.expiresAtMs?.toString()
  return sameLife && heldBy(taker.collection, taker.id, before).some(({ key }) => keyText(key) === value)
}

interface IndexedKey {
  readonly index: string
  readonly key: ItemKey
}

/** The unique values of a placement, in the order of declaration. */
export function uniqueValues(
  { name, indexes }: CollectionInfo,
  entries: PutAction['placement']['entries'],
): IndexedKey[] {
  return indexes.flatMap(({ name: index, unique }) =>
    unique && Object.hasOwn(entries, index)
      ? [{ index, key: uniqueKey(name, index, entries[index]!.partition) }]
      : [],
  )
}

/** The unique values of a stored document. One that does not fit the declared indexes any more holds none. */
export function heldBy(collection: CollectionInfo, id: string, item: Item): IndexedKey[] {
  if (!hasUnique(collection)) return []
  try {
    return uniqueValues(collection, collection.place(id, fromAttribute(item['doc']!) as JsonObject).entries)
  } catch {
    return []
  }
}

export const hasUnique = ({ indexes }: CollectionInfo): boolean => indexes.some(({ unique }) => unique)
