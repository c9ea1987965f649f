/**
 * Where things stand in the table. Pure.
 *
 * | item | `pk` | `sk` |
 * |---|---|---|
 * | document | collection ␁ shard | position (the encoded id) |
 * | holder of a unique value | collection ␁ index ␁ encoded value | `unique` |
 * | what a collection was when the table was prepared | ␁ `catalog` | collection |
 *
 * A shard is a number and an index begins with a letter, collections have no U+0001 in their name: no two kinds meet.
 * `gsiNpk` is collection ␁ index ␁ partition, `gsiNsk` the position in the index.
 */
import { createHash } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { encodeKey, type CollectionInfo, type IndexEntry } from '@freeda/runtime/driver'

export type Item = Record<string, AttributeValue>
export interface ItemKey extends Item {
  readonly pk: AttributeValue.SMember
  readonly sk: AttributeValue.SMember
}

/** Number of global secondary indexes of the table. */
export const slotCount = 5
export const slotNumbers = [1, 2, 3, 4, 5] as const
export const slotName = (slot: number) => `gsi${slot}`

/** Which global secondary index holds an index of a collection; undefined for a unique one, which needs none. */
export type SlotOf = (collection: CollectionInfo, index: string) => number | undefined

/** By collection and index: the slot, from 1 to 5. */
export type SlotAssignment = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Slots as configured, and the free ones for the others in the order of their declaration. */
export function assignSlots(collection: CollectionInfo, configured: SlotAssignment): Map<string, number> {
  const chosen = configured[collection.name] ?? {}
  const sorted = collection.indexes.filter(({ unique }) => !unique)
  const slots = new Map(
    sorted.flatMap(({ name }) => (Object.hasOwn(chosen, name) ? [[name, chosen[name]!]] : [])),
  )
  const free = slotNumbers.filter((slot) => ![...slots.values()].includes(slot))
  for (const { name } of sorted) if (!slots.has(name)) slots.set(name, free.shift()!)
  return slots
}

/** Remembers the slots of each collection. */
export function slotsBy(configured: SlotAssignment): SlotOf {
  const known = new WeakMap<CollectionInfo, Map<string, number>>()
  return (collection, index) => {
    let slots = known.get(collection)
    if (slots === undefined) known.set(collection, (slots = assignSlots(collection, configured)))
    return slots.get(index)
  }
}

const separator = '\u0001'
const key = (pk: string, sk: string): ItemKey => ({ pk: { S: pk }, sk: { S: sk } })

/** Spread by the id's hash, so that ids made one after the other stand in all shards. */
function shardOf(id: string, shards: number): number {
  return shards === 1 ? 0 : createHash('sha256').update(id).digest().readUInt32BE() % shards
}

export const shardKey = (collection: string, shard: number): string => `${collection}${separator}${shard}`

export const documentKey = ({ name, shards }: CollectionInfo, id: string, position: string): ItemKey =>
  key(shardKey(name, shardOf(id, shards)), position)

export const documentKeyOf = (collection: CollectionInfo, id: string): ItemKey =>
  documentKey(collection, id, encodeKey(id))

export const collectionOf = (pk: string): string => pk.slice(0, pk.indexOf(separator))

export const indexKey = (collection: string, index: string, partition: string): string =>
  collection + separator + index + separator + partition

export const uniqueKey = (collection: string, index: string, partition: string): ItemKey =>
  key(indexKey(collection, index, partition), 'unique')

export const catalogPartition = `${separator}catalog`

/** The attributes that put a document in its slots. */
export function slotAttributes(
  collection: CollectionInfo,
  entries: Readonly<Record<string, IndexEntry>>,
  slotOf: SlotOf,
): Item {
  const attributes: Item = {}
  for (const { name } of collection.indexes) {
    const slot = slotOf(collection, name)
    if (slot === undefined || !Object.hasOwn(entries, name)) continue
    const { partition, position } = entries[name]!
    attributes[`${slotName(slot)}pk`] = { S: indexKey(collection.name, name, partition) }
    attributes[`${slotName(slot)}sk`] = { S: position }
  }
  return attributes
}

/** What tells one item from another in a map. */
export const keyText = ({ pk, sk }: Item): string => `${pk?.S}\0${sk?.S}`
