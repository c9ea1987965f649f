/** Brings documents into the indexes that are declared now, while others may read and write them. */
import {
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type TransactWriteItem,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { Problem } from '@freeda/runtime'
import { FreedaError, type CollectionInfo, type JsonObject, type Placement } from '@freeda/runtime/driver'
import { fromAttribute } from './attribute-values.ts'
import { backOff } from './backoff.ts'
import { recordOf, writeRecord } from './catalog.ts'
import type { Writer } from './commit.ts'
import { exchange, type Exchange } from './exchange.ts'
import { isNamed } from './failures.ts'
import { isAlive, makeNonce, numberAttribute, textAttribute } from './item.ts'
import { shardKey, slotAttributes, slotName, slotNumbers, type Item, type ItemKey } from './layout.ts'
import { readItem } from './read.ts'
import { walk } from './sections.ts'
import { uniqueValues } from './stage.ts'
import { holderItem, transactionInput } from './transaction.ts'

type Within = <T>(work: (exchange: Exchange) => Promise<T>) => Promise<T>

const pageSize = 100
const maxDocumentsAtOnce = 8
const maxProblems = 20

export interface ReindexTableOptions {
  readonly collections: readonly CollectionInfo[]
  readonly callTimeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Told of documents that were looked at. */
  readonly advance?: ((documents: number) => void) | undefined
}

/** @throws FREEDA_STORAGE_TABLE naming documents that cannot be in an index. */
export async function reindexTable(writer: Writer, options: ReindexTableOptions): Promise<void> {
  const { collections, callTimeoutMs, signal, advance } = options
  const within: Within = (work) =>
    exchange({ signal }, { timeoutMs: callTimeoutMs, purpose: 'reindex' }, work)
  const problems: Problem[] = []
  for (const collection of collections)
    problems.push(...(await reindexCollection(writer, collection, within, advance)))
  if (problems.length > 0) throw new FreedaError('FREEDA_STORAGE_TABLE', { table: writer.table, problems })
}

/**
 * @param advance told of documents that were looked at.
 * @returns the documents that cannot be in the declared indexes; the collection counts as built when there are none.
 */
export async function reindexCollection(
  writer: Writer,
  collection: CollectionInfo,
  within: Within,
  advance: (documents: number) => void = () => {},
): Promise<Problem[]> {
  const problems: Problem[] = []
  for (let shard = 0; shard < collection.shards; shard++) {
    let from: string | undefined
    do {
      const page = await within((each) => readPage(writer, each, collection, shard, from))
      const items = page.slice(0, pageSize)
      problems.push(...(await reindexItems(writer, within, collection, items)))
      if (problems.length >= maxProblems) return problems.slice(0, maxProblems)
      advance(items.length)
      from = page[pageSize]?.['sk']?.S
    } while (from !== undefined)
  }
  if (problems.length === 0)
    await within((each) => writeRecord(writer, each, collection.name, recordOf(collection, writer.slotOf)))
  return problems
}

async function reindexItems(
  writer: Writer,
  within: Within,
  collection: CollectionInfo,
  items: readonly Item[],
): Promise<Problem[]> {
  const left = [...items]
  const problems: Problem[] = []
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      const looked = item
      const problem = await within((each) => reindexDocument(writer, each, collection, looked))
      if (problem !== undefined) problems.push(problem)
    }
  }
  await Promise.all(Array.from({ length: maxDocumentsAtOnce }, lane))
  return problems
}

async function readPage(
  writer: Writer,
  exchange: Exchange,
  { name }: CollectionInfo,
  shard: number,
  from: string | undefined,
): Promise<Item[]> {
  const section = { table: writer.table, partition: shardKey(name, shard), from, order: 'asc' as const }
  const items = walk(writer, exchange, section, { pageSize: pageSize + 1, nowMs: Date.now() })
  const page: Item[] = []
  for (
    let item = await items.peek();
    item !== undefined && page.length <= pageSize;
    item = await items.peek()
  ) {
    page.push(item)
    items.take()
  }
  return page
}

async function reindexDocument(
  writer: Writer,
  exchange: Exchange,
  collection: CollectionInfo,
  item: Item,
  tried = 1,
): Promise<Problem | undefined> {
  const id = item['id']?.S ?? ''
  const refuse = (message: string): Problem => ({
    code: 'index_not_built',
    at: `${collection.name}/${id}`,
    message,
    fix: 'Correct the document with a version of the app that does not declare the index, then build it again.',
  })
  let placement: Placement
  try {
    placement = collection.place(id, fromAttribute(item['doc']!) as JsonObject)
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
  const update = slotsInput(writer, collection, item, placement)
  const holders = uniqueValues(collection, placement.entries).map(({ key }) =>
    holderPut(writer.table, holderItem(key, { id, placement }), id),
  )
  try {
    await write(writer, exchange, update, holders)
    return undefined
  } catch (error) {
    if (!isNamed(error, ...notWritten)) throw error
    const now = await readItem(writer, exchange, keyOf(item))
    if (!isAlive(now, Date.now())) return undefined
    if (isHeldByAnother(error)) {
      if (now['n']?.S === item['n']?.S)
        return refuse('another document has the same value in a unique index.')
    } else if (now['n']?.S === item['n']?.S) await backOff(tried, exchange.signal)
    return reindexDocument(writer, exchange, collection, now, tried + 1)
  }
}

const notWritten = [
  'ConditionalCheckFailedException',
  'TransactionCanceledException',
  // A transaction of the app is writing the same items.
  'TransactionConflictException',
]

/** The first part of a transaction is the document, the others are its unique values. */
const isHeldByAnother = (error: unknown) =>
  (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons?.slice(1).some(
    ({ Code }) => Code === 'ConditionalCheckFailed',
  ) === true

const keyOf = (item: Item): ItemKey => ({ pk: { S: item['pk']!.S! }, sk: { S: item['sk']!.S! } })

/** No new version and no new nonce: for readers and writers the document stays the same. */
function slotsInput(
  { table, slotOf }: Writer,
  collection: CollectionInfo,
  item: Item,
  placement: Placement,
): UpdateItemCommandInput & { UpdateExpression: string } {
  const wanted = slotAttributes(collection, placement.entries, slotOf)
  const names = slotNumbers.flatMap((slot) => [`${slotName(slot)}pk`, `${slotName(slot)}sk`])
  const sets = names.filter((name) => wanted[name] !== undefined)
  const removes = names.filter((name) => wanted[name] === undefined)
  const values: Item = { ':seen': item['n']! }
  for (const name of sets) values[`:${name}`] = wanted[name]!
  const set = sets.length > 0 ? `SET ${sets.map((name) => `${name} = :${name}`).join(', ')} ` : ''
  return {
    TableName: table,
    Key: keyOf(item),
    UpdateExpression: set + (removes.length > 0 ? `REMOVE ${removes.join(', ')}` : ''),
    ConditionExpression: 'n = :seen',
    ExpressionAttributeValues: values,
  }
}

const holderPut = (table: string, holder: Item, id: string): TransactWriteItem => ({
  Put: {
    TableName: table,
    Item: holder,
    ConditionExpression: 'attribute_not_exists(pk) OR id = :id OR exp <= :now',
    ExpressionAttributeValues: { ':id': textAttribute(id), ':now': numberAttribute(Date.now()) },
  },
})

async function write(
  { connection }: Writer,
  exchange: Exchange,
  update: UpdateItemCommandInput & { UpdateExpression: string },
  holders: TransactWriteItem[],
): Promise<void> {
  if (holders.length === 0)
    await connection.send(exchange, update, (options) =>
      connection.client.send(new UpdateItemCommand(update), options),
    )
  else {
    const input = transactionInput([{ Update: update }, ...holders], makeNonce())
    await connection.send(exchange, input, (options) =>
      connection.client.send(new TransactWriteItemsCommand(input), options),
    )
  }
}
