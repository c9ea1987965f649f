/** Everything out, and everything in: export and import. */
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  ScanCommand,
  type DeleteItemCommandInput,
  type ScanCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import type { ExportedDocument, StorageDriver } from '@freeda/runtime/driver'
import { backOff } from './backoff.ts'
import type { Writer } from './commit.ts'
import type { Exchange } from './exchange.ts'
import { isNamed } from './failures.ts'
import { documentOf, isAlive, itemOf, makeNonce, textAttribute } from './item.ts'
import { collectionOf, documentKey, keyText, type Item, type ItemKey } from './layout.ts'
import { leftUndone, readItems } from './read.ts'
import { hasUnique, heldBy, uniqueValues } from './stage.ts'
import { holderItem } from './transaction.ts'

type Imported = Parameters<StorageDriver['import']>[0][number]

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const maxWritesARequest = 25
const maxRequestsAtOnce = 8

/** One page of the table: documents, and where the next one begins. */
export async function exportPage(
  { connection, table }: Writer,
  exchange: Exchange,
  startKey: Item | undefined,
  nowMs: number,
): Promise<{ documents: ExportedDocument[]; next: Item | undefined }> {
  const input: ScanCommandInput = {
    TableName: table,
    ConsistentRead: true,
    FilterExpression: 'attribute_exists(doc)',
    ExclusiveStartKey: startKey,
  }
  const { Items = [], LastEvaluatedKey } = await connection.send(exchange, input, (options) =>
    connection.client.send(new ScanCommand(input), options),
  )
  const documents = Items.filter((item) => isAlive(item, nowMs)).map((item) => ({
    collection: collectionOf(item['pk']!.S!),
    ...documentOf(item),
  }))
  return { documents, next: LastEvaluatedKey }
}

/**
 * Writes documents over what is there; what they replace lets go of its unique values. Holders are there before any
 * document is: whoever goes on after an interruption takes a document that is there for done.
 */
export async function writeImported(
  writer: Writer,
  exchange: Exchange,
  documents: readonly Imported[],
): Promise<void> {
  const nonce = makeNonce()
  const replaced = await replacedHolders(writer, exchange, documents)
  // By key: two documents of one batch with the same unique value would make a request that is refused as a whole.
  const holders = new Map(documents.flatMap(holdersOf).map((item) => [keyText(item), item]))
  await writeItems(writer, exchange, [...holders.values()])
  await writeItems(
    writer,
    exchange,
    documents.map((document) => itemOf(document, document.version, nonce, writer.slotOf)),
  )
  for (const { key, id } of replaced) if (!holders.has(keyText(key))) await release(writer, exchange, key, id)
}

const holdersOf = (document: Imported): Item[] =>
  uniqueValues(document.collection, document.placement.entries).map(({ key }) => holderItem(key, document))

interface Held {
  readonly key: ItemKey
  readonly id: string
}

async function replacedHolders(
  writer: Writer,
  exchange: Exchange,
  documents: readonly Imported[],
): Promise<Held[]> {
  const targets = documents.filter(({ collection }) => hasUnique(collection))
  if (targets.length === 0) return []
  const keyOf = ({ collection, id, placement }: Imported) => documentKey(collection, id, placement.position)
  const old = await readItems(writer, exchange, targets.map(keyOf))
  return targets.flatMap((document) => {
    const item = old.get(keyText(keyOf(document)))
    if (item === undefined) return []
    return heldBy(document.collection, document.id, item).map(({ key }) => ({ key, id: document.id }))
  })
}

/** Frees a unique value, if this document still has it. */
async function release({ connection, table }: Writer, exchange: Exchange, key: ItemKey, id: string) {
  const input: DeleteItemCommandInput = {
    TableName: table,
    Key: key,
    ConditionExpression: 'id = :id',
    ExpressionAttributeValues: { ':id': textAttribute(id) },
  }
  try {
    await connection.send(exchange, input, (options) =>
      connection.client.send(new DeleteItemCommand(input), options),
    )
  } catch (error) {
    if (!isNamed(error, 'ConditionalCheckFailedException')) throw error
  }
}

/** Writes items without any condition, in parallel batches. Once it has failed, nothing of it is on its way any more. */
async function writeItems(writer: Writer, exchange: Exchange, items: readonly Item[]): Promise<void> {
  const requests = items.map((item): WriteRequest => ({ PutRequest: { Item: item } }))
  const batches = Array.from({ length: Math.ceil(requests.length / maxWritesARequest) }, (_, at) =>
    requests.slice(at * maxWritesARequest, (at + 1) * maxWritesARequest),
  )
  const writeBatches = async () => {
    try {
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop())
        await writeBatch(writer, exchange, batch)
    } catch (error) {
      batches.length = 0
      throw error
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: maxRequestsAtOnce }, writeBatches))
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason
}

async function writeBatch(
  { connection, table, maxAttempts }: Writer,
  exchange: Exchange,
  batch: readonly WriteRequest[],
): Promise<void> {
  let left: readonly WriteRequest[] = batch
  for (let tried = 1; left.length > 0; tried++) {
    const input = { RequestItems: { [table]: [...left] } }
    const { UnprocessedItems } = await connection.send(exchange, input, (options) =>
      connection.client.send(new BatchWriteItemCommand(input), options),
    )
    const undone: readonly WriteRequest[] = UnprocessedItems?.[table] ?? []
    if (undone.length > 0) {
      if (undone.length === left.length && tried >= maxAttempts) throw leftUndone('writes', tried)
      if (undone.length < left.length) tried = 0
      await backOff(Math.max(tried, 1), exchange.signal)
    }
    left = undone
  }
}
