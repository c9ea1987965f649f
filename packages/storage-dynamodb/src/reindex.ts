/** Brings documents into the indexes that are declared now, while others may read and write them. */
import {
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type TransactWriteItem,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { Problem } from '@freeda/runtime'
import type { CollectionInfo, JsonObject, Placement } from '@freeda/runtime/driver'
import { fromAttribute } from './attribute-values.ts'
import { recordOf, writeRecord } from './catalog.ts'
import type { Writer } from './commit.ts'
import type { Exchange } from './exchange.ts'
import { isNamed } from './failures.ts'
import { isAlive, makeNonce, numberAttribute, textAttribute } from './item.ts'
import { shardKey, slotAttributes, slotName, slotNumbers, type Item, type ItemKey } from './layout.ts'
import { readItem } from './read.ts'
import { walk } from './sections.ts'
import { uniqueValues } from './stage.ts'
import { holderItem, transactionInput } from './transaction.ts'

type Within = <T>(work: (exchange: Exchange) => Promise<T>) => Promise<T>

const pageSize = 100
const maxProblems = 20

/** @returns the documents that cannot be in the declared indexes; the collection counts as built when there are none. */
export async function reindexCollection(
  writer: Writer,
  collection: CollectionInfo,
  within: Within,
): Promise<Problem[]> {
  const problems: Problem[] = []
  for (let shard = 0; shard < collection.shards; shard++) {
    let from: string | undefined
    do {
      const page = await within((each) => readPage(writer, each, collection, shard, from))
      for (const item of page.slice(0, pageSize)) {
        const problem = await within((each) => reindexDocument(writer, each, collection, item))
        if (problem !== undefined && problems.push(problem) >= maxProblems) return problems
      }
      from = page[pageSize]?.['sk']?.S
    } while (from !== undefined)
  }
  if (problems.length === 0)
    await within((each) => writeRecord(writer, each, collection.name, recordOf(collection, writer.slotOf)))
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
    if (!isNamed(error, 'ConditionalCheckFailedException', 'TransactionCanceledException')) throw error
    const now = await readItem(writer, exchange, keyOf(item))
    if (!isAlive(now, Date.now())) return undefined
    if (now['n']?.S !== item['n']?.S) return reindexDocument(writer, exchange, collection, now)
    return refuse('another document has the same value in a unique index.')
  }
}

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
