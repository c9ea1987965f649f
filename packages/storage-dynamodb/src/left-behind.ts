/**
 * Unique values that are kept for a document which does not have them: an import ended before what it replaced had let go of
 * them, or a version of the app that knows nothing of the index wrote the document.
 */
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import type { CollectionInfo, JsonObject } from '@freeda/runtime/driver'
import { fromAttribute } from './attribute-values.ts'
import { backOff } from './backoff.ts'
import type { Writer } from './commit.ts'
import type { Exchange } from './exchange.ts'
import { isNamed } from './failures.ts'
import { isAlive, makeNonce, textAttribute } from './item.ts'
import { documentKeyOf, keyText, type Item, type ItemKey } from './layout.ts'
import { readItem } from './read.ts'
import { unchanged } from './requests.ts'
import { uniqueValues } from './stage.ts'
import { transactionInput } from './transaction.ts'

/** The document that a unique value is kept for. */
export interface Claim {
  readonly id: string
  readonly key: ItemKey
  readonly document: Item | undefined
  /** False: the value is left behind, for as long as the document stays the same. */
  readonly holds: boolean
}

export async function claimOf(
  writer: Writer,
  exchange: Exchange,
  collection: CollectionInfo,
  holder: Item,
  nowMs: number,
): Promise<Claim> {
  const id = holder['id']?.S ?? ''
  const key = documentKeyOf(collection, id)
  const document = await readItem(writer, exchange, key)
  const holds = isAlive(document, nowMs) && mayHold(collection, id, document, keyText(holder))
  return { id, key, document, holds }
}

/** One that does not fit the declared indexes may be of another version of the app: nothing is taken from it. */
function mayHold(collection: CollectionInfo, id: string, document: Item, value: string): boolean {
  try {
    const { entries } = collection.place(id, fromAttribute(document['doc']!) as JsonObject)
    return uniqueValues(collection, entries).some(({ key }) => keyText(key) === value)
  } catch {
    return true
  }
}

/**
 * Frees a unique value that is left behind.
 * @returns false when a document has it.
 */
export async function freeLeftBehind(
  writer: Writer,
  exchange: Exchange,
  collection: CollectionInfo,
  holder: Item,
  nowMs: number,
): Promise<boolean> {
  const { id, key, document, holds } = await claimOf(writer, exchange, collection, holder, nowMs)
  if (holds) return false
  const { connection, table } = writer
  const free = {
    TableName: table,
    Key: { pk: holder['pk']!, sk: holder['sk']! },
    ConditionExpression: 'id = :id',
    ExpressionAttributeValues: { ':id': textAttribute(id) },
  }
  const check = { TableName: table, Key: key, ...unchanged(document) }
  const input = transactionInput([{ Delete: free }, { ConditionCheck: check }], makeNonce())
  try {
    await connection.send(exchange, input, (options) =>
      connection.client.send(new TransactWriteItemsCommand(input), options),
    )
  } catch (error) {
    if (!isNamed(error, 'TransactionCanceledException')) throw error
    // Somebody writes one of the two: what is there now decides.
    await backOff(1, exchange.signal)
  }
  return true
}
