/** Reads items by their keys. */
import {
  BatchGetItemCommand,
  GetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  type KeysAndAttributes,
} from '@aws-sdk/client-dynamodb'
import { FreedaError } from '@freeda/runtime/driver'
import { backOff } from './backoff.ts'
import type { Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { driverName } from './failures.ts'
import { keyText, type Item, type ItemKey } from './layout.ts'

export interface Reader {
  readonly connection: Connection
  readonly table: string
  /** Tries of what DynamoDB leaves undone, and of what others came between. */
  readonly maxAttempts: number
}

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const maxKeysARequest = 100

/** The items that are there, by {@link keyText}; strongly consistent each. */
export async function readItems(
  reader: Reader,
  exchange: Exchange,
  keys: readonly ItemKey[],
): Promise<Map<string, Item>> {
  if (keys.length === 1) {
    const item = await readItem(reader, exchange, keys[0]!)
    return new Map(item === undefined ? [] : [[keyText(item), item]])
  }
  const found = new Map<string, Item>()
  const chunks: Promise<void>[] = []
  for (let at = 0; at < keys.length; at += maxKeysARequest)
    chunks.push(readBatch(reader, exchange, keys.slice(at, at + maxKeysARequest), found))
  await Promise.all(chunks)
  return found
}

export async function readItem(
  { connection, table }: Reader,
  exchange: Exchange,
  key: ItemKey,
): Promise<Item | undefined> {
  const input = { TableName: table, Key: key, ConsistentRead: true }
  const { Item } = await connection.send(exchange, input, (options) =>
    connection.client.send(new GetItemCommand(input), options),
  )
  return Item
}

async function readBatch(
  { connection, table, maxAttempts }: Reader,
  exchange: Exchange,
  keys: ItemKey[],
  found: Map<string, Item>,
): Promise<void> {
  let asked: KeysAndAttributes | undefined = { Keys: keys, ConsistentRead: true }
  for (let tried = 1; asked !== undefined; tried++) {
    const input: BatchGetItemCommandInput = { RequestItems: { [table]: asked } }
    const { Responses, UnprocessedKeys }: BatchGetItemCommandOutput = await connection.send(
      exchange,
      input,
      (options) => connection.client.send(new BatchGetItemCommand(input), options),
    )
    const items: Item[] = Responses?.[table] ?? []
    for (const item of items) found.set(keyText(item), item)
    const left: KeysAndAttributes | undefined = UnprocessedKeys?.[table]
    const isDone = (left?.Keys?.length ?? 0) === 0
    // An answer of 16 MB leaves keys as well: only one without progress is a sign of throttling.
    if (!isDone && items.length === 0 && tried >= maxAttempts) throw leftUndone('reads', tried)
    if (!isDone && items.length === 0) await backOff(tried, exchange.signal)
    if (items.length > 0) tried = 0
    asked = isDone ? undefined : left
  }
}

export const leftUndone = (what: string, tried: number) =>
  new FreedaError('FREEDA_THROTTLED', {
    driver: driverName,
    reason: `it left ${what} undone ${tried} times.`,
  })
