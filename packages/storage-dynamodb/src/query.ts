/** Answers the contract's queries: listings, index queries, and unique values. */
import type { DriverDocument, DriverQuery } from '@freeda/runtime/driver'
import { byteOrdered } from '@freeda/runtime/driver'
import type { Writer } from './commit.ts'
import type { Exchange } from './exchange.ts'
import { documentOf, isAlive } from './item.ts'
import { documentKeyOf, indexKey, shardKey, slotName, uniqueKey, type Item } from './layout.ts'
import type { Section } from './query-input.ts'
import { readItem } from './read.ts'
import { merge, walk } from './sections.ts'
import { heldBy } from './stage.ts'

interface Page {
  readonly documents: DriverDocument[]
  readonly more: boolean
}

export async function query(
  writer: Writer,
  exchange: Exchange,
  asked: DriverQuery,
  nowMs: number,
): Promise<Page> {
  const { collection, index, limit } = asked
  const declared = collection.indexes.find(({ name }) => name === index?.name)
  if (index !== undefined && declared?.unique === true)
    return { documents: await findUnique(writer, exchange, asked, index, nowMs), more: false }
  if (index !== undefined) await writer.unbuilt.pass(writer, exchange, collection, index.name)
  const sections = sectionsOf(writer, asked)
  const pageSize = pageSizeFor(limit, sections.length)
  const walks = sections.map((section) => walk(writer, exchange, section, { pageSize, nowMs }))
  const items = await merge(walks, asked.order, limit + 1)
  return { documents: items.slice(0, limit).map(documentOf), more: items.length > limit }
}

/** A shard has its share of a page, and some more: what it gives too much was read in vain. */
export const pageSizeFor = (limit: number, shards: number): number =>
  shards === 1 ? limit + 1 : Math.ceil((limit + 1) / shards) + Math.ceil(Math.sqrt(limit / shards))

/** One for each shard of a listing, or the one of an index. */
export function sectionsOf({ table, slotOf }: Writer, asked: DriverQuery): Section[] {
  const { collection, index, from, to, order } = asked
  if (index === undefined)
    return Array.from({ length: collection.shards }, (_, shard) => ({
      table,
      partition: shardKey(collection.name, shard),
      from,
      to,
      order,
    }))
  const slot = slotName(slotOf(collection, index.name)!)
  const partition = indexKey(collection.name, index.name, index.partition)
  return [{ table, slot, partition, from, to, order }]
}

/** Two strongly consistent reads: who has the value, and the document. */
async function findUnique(
  reader: Writer,
  exchange: Exchange,
  { collection, from, to }: DriverQuery,
  { name, partition }: NonNullable<DriverQuery['index']>,
  nowMs: number,
): Promise<DriverDocument[]> {
  const key = uniqueKey(collection.name, name, partition)
  const holder = await readItem(reader, exchange, key)
  const id = isAlive(holder, nowMs) ? holder['id']?.S : undefined
  if (id === undefined) return []
  const item = await readItem(reader, exchange, documentKeyOf(collection, id))
  if (!isAlive(item, nowMs) || !isWithin(item, from, to)) return []
  // Between the two reads the document may have let go of the value.
  const holdsIt = heldBy(collection, id, item).some((held) => held.key.pk.S === key.pk.S)
  return holdsIt ? [documentOf(item)] : []
}

function isWithin(item: Item, from: string | undefined, to: string | undefined): boolean {
  const position = byteOrdered(item['sk']?.S ?? '')
  return (
    (from === undefined || position >= byteOrdered(from)) && (to === undefined || position < byteOrdered(to))
  )
}
