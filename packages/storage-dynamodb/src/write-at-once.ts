/** A write of one document without unique indexes: one conditional request. */
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { DriverAction } from '@freeda/runtime/driver'
import type { Writer } from './commit.ts'
import type { Exchange } from './exchange.ts'
import { isNamed } from './failures.ts'
import { isAlive, versionOf, versionWrittenBy } from './item.ts'
import type { Item } from './layout.ts'
import { isByOthers } from './lost-answers.ts'
import { createInput, deleteInput, updateInput, type CommitContext } from './requests.ts'
import { conflict } from './stage.ts'

/**
 * One request.
 * @returns the version; undefined when it takes a look at what is there to go on.
 * @throws FREEDA_CONFLICT
 */
export async function writeAtOnce(
  writer: Writer,
  exchange: Exchange,
  context: CommitContext,
  action: DriverAction,
): Promise<number | undefined> {
  try {
    return action.kind === 'put'
      ? await putAtOnce(writer, exchange, context, action)
      : await deleteAtOnce(writer, exchange, context, action)
  } catch (error) {
    if (isNamed(error, 'TransactionConflictException', 'AnswerLostError')) return undefined
    if (!isNamed(error, 'ConditionalCheckFailedException')) throw error
    const { Item: item } = error as { Item?: Item }
    const written = versionWrittenBy(context.nonce, item)
    if (written !== undefined) return written
    const { expected } = action
    const current = isAlive(item, context.nowMs) ? versionOf(item) : undefined
    if (item === undefined || expected === 'any' || current === expected) return undefined
    if (exchange.isUnknown && !isByOthers(action, item)) return undefined
    throw conflict(action, 0, current)
  }
}

async function putAtOnce(
  { connection }: Writer,
  exchange: Exchange,
  context: CommitContext,
  action: Extract<DriverAction, { kind: 'put' }>,
): Promise<number> {
  if (action.expected === 'absent') {
    const input = createInput(context, action)
    await connection.send(exchange, input, (options) =>
      connection.client.send(new PutItemCommand(input), options),
    )
    return 1
  }
  const input = updateInput(context, action)
  const { Attributes } = await connection.send(
    exchange,
    input,
    (options) => connection.client.send(new UpdateItemCommand(input), options),
    // The version makes it hold once. Without one, only the nonces of the last writes do: a look at more than those decides.
    { isRepeatable: typeof action.expected === 'number' },
  )
  return typeof action.expected === 'number' ? action.expected + 1 : versionOf(Attributes!)
}

/** A deletion leaves no nonce behind: when its answer is lost, it is not sent again before the table was looked at. */
async function deleteAtOnce(
  { connection }: Writer,
  exchange: Exchange,
  context: CommitContext,
  action: Exclude<DriverAction, { kind: 'put' }>,
): Promise<number | undefined> {
  const { expected } = action
  if (expected === 'absent' || expected === 'present') return undefined
  const input = deleteInput(context, action)
  const { Attributes } = await connection.send(
    exchange,
    input,
    (options) => connection.client.send(new DeleteItemCommand(input), options),
    { isRepeatable: false },
  )
  if (typeof expected === 'number') return expected
  return isAlive(Attributes, context.nowMs) ? versionOf(Attributes) : 0
}
