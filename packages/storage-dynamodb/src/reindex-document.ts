/**
 * Brings one document into the indexes that are declared now, and to the end of life, while others may write it and what
 * competes with it.
 */
import {
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type TransactWriteItem,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { Problem } from '@freeda/runtime'
import type { CollectionInfo, JsonObject, Placement } from '@freeda/runtime/driver'
import { fromAttribute } from './attribute-values.ts'
import { backOff } from './backoff.ts'
import type { Writer } from './commit.ts'
import type { Exchange } from './exchange.ts'
import { isNamed } from './failures.ts'
import { isAlive, lifeAttributes, makeNonce, numberAttribute, revisionOf, textAttribute } from './item.ts'
import { slotAttributes, slotName, slotNumbers, type Item, type ItemKey } from './layout.ts'
import { claimOf, type Claim } from './left-behind.ts'
import { readItem } from './read.ts'
import { unchanged } from './requests.ts'
import { uniqueValues } from './stage.ts'
import { holderItem, transactionInput } from './transaction.ts'

/**
 * @param item as it was read.
 * @param leftBehind who has its unique values by name only; see {@link othersOf}.
 * @returns why it cannot be in the indexes.
 */
export async function reindexDocument(
  writer: Writer,
  exchange: Exchange,
  collection: CollectionInfo,
  item: Item,
  leftBehind: readonly Claim[] = [],
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
  const update = placementInput(writer, collection, item, placement)
  // What has ended, by the field that is declared now, has no value any more: it may have another holder.
  const hasEnded = placement.expiresAtMs !== undefined && placement.expiresAtMs <= Date.now()
  const holders = hasEnded
    ? []
    : uniqueValues(collection, placement.entries).map(({ key }) => holderItem(key, { id, placement }))
  try {
    await write(writer, exchange, update, holdersInput(writer.table, holders, leftBehind))
    return undefined
  } catch (error) {
    if (!isNamed(error, ...notWritten)) throw error
    const now = await readItem(writer, exchange, keyOf(item))
    if (!isAlive(now, Date.now())) return undefined
    const isSame = revisionOf(now) === revisionOf(item)
    if (isSame && isHeldByAnother(error)) {
      const others = await othersOf(writer, exchange, collection, holders)
      if (others.some(({ holds }) => holds))
        return refuse('another document has the same value in a unique index.')
      await backOff(tried, exchange.signal)
      return reindexDocument(writer, exchange, collection, now, others, tried + 1)
    }
    if (isSame) await backOff(tried, exchange.signal)
    return reindexDocument(writer, exchange, collection, now, [], tried + 1)
  }
}

/** The documents that unique values of another are kept for. */
async function othersOf(
  writer: Writer,
  exchange: Exchange,
  collection: CollectionInfo,
  wanted: readonly Item[],
): Promise<Claim[]> {
  const others: Claim[] = []
  for (const { pk, sk, id } of wanted) {
    const holder = await readItem(writer, exchange, keyOf({ pk: pk!, sk: sk! }))
    if (isAlive(holder, Date.now()) && holder['id']?.S !== id?.S)
      others.push(await claimOf(writer, exchange, collection, holder, Date.now()))
  }
  return others
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
function placementInput(
  { table, slotOf }: Writer,
  collection: CollectionInfo,
  item: Item,
  placement: Placement,
): UpdateItemCommandInput & { UpdateExpression: string } {
  const wanted: Item = {
    ...slotAttributes(collection, placement.entries, slotOf),
    ...lifeAttributes(placement.expiresAtMs),
  }
  const sets = placementNames.filter((name) => wanted[name] !== undefined)
  const removes = placementNames.filter((name) => wanted[name] === undefined)
  const values: Item = { ':seen': item['n']! }
  for (const name of sets) values[`:${name}`] = wanted[name]!
  const set = sets.length > 0 ? `SET ${sets.map((name) => `#${name} = :${name}`).join(', ')} ` : ''
  return {
    TableName: table,
    Key: keyOf(item),
    UpdateExpression:
      set + (removes.length > 0 ? `REMOVE ${removes.map((name) => `#${name}`).join(', ')}` : ''),
    ConditionExpression: 'n = :seen',
    ExpressionAttributeNames: Object.fromEntries(placementNames.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: values,
  }
}

const placementNames = [
  ...slotNumbers.flatMap((slot) => [`${slotName(slot)}pk`, `${slotName(slot)}sk`]),
  'exp',
  'ttl',
]

/** Takes unique values: free ones, and those of `leftBehind` as long as these do not hold them again. */
function holdersInput(
  table: string,
  holders: readonly Item[],
  leftBehind: readonly Claim[],
): TransactWriteItem[] {
  const stale = Object.fromEntries(leftBehind.map(({ id }, at) => [`:stale${at}`, textAttribute(id)]))
  const isOurs = `id IN (${[':id', ...Object.keys(stale)].join(', ')})`
  const puts = holders.map((holder) => ({
    Put: {
      TableName: table,
      Item: holder,
      ConditionExpression: `attribute_not_exists(pk) OR ${isOurs} OR exp <= :now`,
      ExpressionAttributeValues: { ':id': holder['id']!, ':now': numberAttribute(Date.now()), ...stale },
    },
  }))
  // One document may have left several values behind, and a transaction names an item once.
  const documents = new Map(leftBehind.map((other) => [other.id, other]))
  const checks = [...documents.values()].map(({ key, document }) => ({
    ConditionCheck: { TableName: table, Key: key, ...unchanged(document) },
  }))
  return [...puts, ...checks]
}

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
