/** Sends the writes of a commit that was read before: one request when there is one, a transaction otherwise. */
import {
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb'
import type { Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { isNamed } from './failures.ts'
import { makeNonce } from './item.ts'
import { transactionInput } from './transaction.ts'

/** @returns why nothing was written, when another try may get over it. */
export async function sendWrites(
  { connection }: { readonly connection: Connection },
  exchange: Exchange,
  writes: TransactWriteItem[],
): Promise<unknown> {
  try {
    const [only] = writes
    if (writes.length === 1 && only!.Put !== undefined) {
      const input = only!.Put as ConstructorParameters<typeof PutItemCommand>[0]
      await connection.send(exchange, input, (options) =>
        connection.client.send(new PutItemCommand(input), options),
      )
    } else if (writes.length === 1 && only!.Delete !== undefined) {
      const input = only!.Delete as ConstructorParameters<typeof DeleteItemCommand>[0]
      await connection.send(exchange, input, (options) =>
        connection.client.send(new DeleteItemCommand(input), options),
      )
    } else {
      const input = transactionInput(writes, makeNonce())
      await connection.send(exchange, input, (options) =>
        connection.client.send(new TransactWriteItemsCommand(input), options),
      )
    }
    return undefined
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException', 'TransactionConflictException')) return error
    if (isNamed(error, 'TransactionCanceledException') && isPassing(error)) return error
    throw error
  }
}

const passing: ReadonlySet<string> = new Set([
  'None',
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
])

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
function isPassing(error: unknown): boolean {
  const { CancellationReasons = [] } = error as { CancellationReasons?: { Code?: string }[] }
  return CancellationReasons.every(({ Code = 'None' }) => passing.has(Code))
}
