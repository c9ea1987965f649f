/**
 * What each collection was when its documents were written, kept in the table: a number of shards, a slot or a field that
 * changes later would hide documents. These records are this driver's own, plain values, so lib-dynamodb reads and writes them.
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
  /** By index: the fields that it is by. Absent in a record of before, as {@link life} is: then they are not compared. */
  readonly fields?: Readonly<Record<string, readonly string[]>> | undefined
  /** The field with the end of a document's life; null without one. */
  readonly life?: string | null | undefined
}

export const recordOf = (collection: CollectionInfo, slotOf: SlotOf): CatalogRecord => ({
  shards: collection.shards,
  indexes: Object.fromEntries(
    collection.indexes.map(({ name, unique }) => [
      name,
      unique ? 'unique' : slotName(slotOf(collection, name)!),
    ]),
  ),
  fields: Object.fromEntries(collection.indexes.map(({ name, fields }) => [name, fields])),
  life: collection.ttl ?? null,
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
  if (Item === undefined) return undefined
  return { shards: Item['shards'], indexes: Item['indexes'], fields: Item['fields'], life: Item['life'] }
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

/** Not the same as any is a record of before, without fields: it is written anew. */
export const isSameRecord = (a: CatalogRecord, b: CatalogRecord): boolean =>
  a.shards === b.shards &&
  a.fields !== undefined &&
  a.life === b.life &&
  newIndexes(a, b).length === 0 &&
  newIndexes(b, a).length === 0

/** Indexes of `next` that documents written by `before` are not in, or not where they are looked for. */
export const newIndexes = (before: CatalogRecord, next: CatalogRecord): string[] =>
  Object.keys(next.indexes).filter(
    (name) => before.indexes[name] !== next.indexes[name] || hasOtherFields(name, before, next),
  )

function hasOtherFields(name: string, before: CatalogRecord, next: CatalogRecord): boolean {
  const [was, is] = [before.fields?.[name], next.fields?.[name]]
  return was !== undefined && is !== undefined && was.join('\0') !== is.join('\0')
}

const hasOtherLife = (before: CatalogRecord, next: CatalogRecord): boolean =>
  before.life !== undefined && before.life !== next.life

/**
 * Tells that `next` only adds indexes that no version of the app had before: everything else works without them. Not unique
 * ones, of which every write depends.
 */
export const onlyAddsIndexes = (before: CatalogRecord, next: CatalogRecord): boolean =>
  before.shards === next.shards &&
  !hasOtherLife(before, next) &&
  newIndexes(before, next).every(
    (name) => !Object.hasOwn(before.indexes, name) && next.indexes[name] !== 'unique',
  )

/** Every difference that documents do not follow by themselves. Pure. */
export function catalogDrift(collection: string, before: CatalogRecord, next: CatalogRecord): Problem[] {
  const problems = newIndexes(before, next).map((name): Problem => ({
    code: 'index_not_built',
    at: `${collection}.${name}`,
    message: indexDrift(name, before, next),
    fix: 'Build it with `freeda reindex`.',
  }))
  if (hasOtherLife(before, next)) problems.push(lifeDrift(collection, before, next))
  if (before.shards !== next.shards)
    problems.push({
      code: 'shards_changed',
      at: collection,
      message: `its documents stand in ${before.shards} shards, but ${next.shards} are declared.`,
      fix: `Declare \`shards: ${before.shards}\`, or export the documents and import them into an empty table.`,
    })
  return problems
}

function indexDrift(name: string, before: CatalogRecord, next: CatalogRecord): string {
  const found = before.indexes[name]
  const place = (slot: string | undefined) => (slot === 'unique' ? 'a unique index' : `in ${slot}`)
  const by = ({ fields }: CatalogRecord) => fields?.[name]?.join(', ')
  if (found === undefined) return 'the index is new; documents that were written before are not in it.'
  if (found !== next.indexes[name])
    return `the index was ${place(found)} and is declared ${place(next.indexes[name])}; documents that were written before are not there.`
  return `the index was by ${by(before)} and is declared by ${by(next)}; documents that were written before stand in it as it was.`
}

function lifeDrift(collection: string, before: CatalogRecord, next: CatalogRecord): Problem {
  const named = ({ life }: CatalogRecord) =>
    life === null || life === undefined ? 'no `ttl`' : `\`ttl: '${life}'\``
  return {
    code: 'ttl_changed',
    at: collection,
    message: `its documents were written with ${named(before)}, but ${named(next)} is declared; they live and end as they did.`,
    fix: 'Bring them in line with `freeda reindex`.',
  }
}
