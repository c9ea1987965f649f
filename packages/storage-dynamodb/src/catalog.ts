/**
 * What each collection was when its documents were written, kept in the table: a number of shards or a slot that changes
 * later would hide documents. These records are this driver's own, plain values, so lib-dynamodb reads and writes them.
 */
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { Problem } from '@freeda/runtime'
import type { CollectionInfo } from '@freeda/runtime/driver'
import type { Writer } from './commit.ts'
import type { Exchange } from './exchange.ts'
import { catalogPartition, slotName, type SlotOf } from './layout.ts'

export interface CatalogRecord {
  readonly shards: number
  /** By index: its slot (`gsi1`), or `unique`. */
  readonly indexes: Readonly<Record<string, string>>
}

export const recordOf = (collection: CollectionInfo, slotOf: SlotOf): CatalogRecord => ({
  shards: collection.shards,
  indexes: Object.fromEntries(
    collection.indexes.map(({ name, unique }) => [
      name,
      unique ? 'unique' : slotName(slotOf(collection, name)!),
    ]),
  ),
})

export async function readRecord(
  { connection, table }: Writer,
  exchange: Exchange,
  collection: string,
): Promise<CatalogRecord | undefined> {
  const input = { TableName: table, Key: { pk: catalogPartition, sk: collection }, ConsistentRead: true }
  const { Item } = await connection.send(exchange, input, (options) =>
    connection.documents.send(new GetCommand(input), options),
  )
  return Item === undefined ? undefined : { shards: Item['shards'], indexes: Item['indexes'] }
}

export async function writeRecord(
  { connection, table }: Writer,
  exchange: Exchange,
  collection: string,
  record: CatalogRecord,
): Promise<void> {
  const input = { TableName: table, Item: { pk: catalogPartition, sk: collection, ...record } }
  await connection.send(exchange, input, (options) =>
    connection.documents.send(new PutCommand(input), options),
  )
}

export const isSameRecord = (a: CatalogRecord, b: CatalogRecord): boolean =>
  a.shards === b.shards && newIndexes(a, b).length === 0 && newIndexes(b, a).length === 0

/** Indexes of `next` that documents written by `before` are not in. */
export const newIndexes = (before: CatalogRecord, next: CatalogRecord): string[] =>
  Object.keys(next.indexes).filter((name) => before.indexes[name] !== next.indexes[name])

/**
 * Tells that `next` only adds indexes that no version of the app had before: everything else works without them. Not unique
 * ones, of which every write depends.
 */
export const onlyAddsIndexes = (before: CatalogRecord, next: CatalogRecord): boolean =>
  before.shards === next.shards &&
  newIndexes(before, next).every(
    (name) => !Object.hasOwn(before.indexes, name) && next.indexes[name] !== 'unique',
  )

/** Every difference that documents do not follow by themselves. Pure. */
export function catalogDrift(collection: string, before: CatalogRecord, next: CatalogRecord): Problem[] {
  const problems: Problem[] = newIndexes(before, next).map((name) => {
    const found = before.indexes[name]
    const place = (slot: string | undefined) => (slot === 'unique' ? 'a unique index' : `in ${slot}`)
    return {
      code: 'index_not_built',
      at: `${collection}.${name}`,
      message:
        found === undefined
          ? 'the index is new; documents that were written before are not in it.'
          : `the index was ${place(found)} and is declared ${place(next.indexes[name])}; documents that were written before are not there.`,
      fix: 'Build it with `freeda reindex`.',
    }
  })
  if (before.shards !== next.shards)
    problems.push({
      code: 'shards_changed',
      at: collection,
      message: `its documents stand in ${before.shards} shards, but ${next.shards} are declared.`,
      fix: `Declare \`shards: ${before.shards}\`, or export the documents and import them into an empty table.`,
    })
  return problems
}
