/**
 * Writes. One document without unique indexes is one conditional request; everything else reads the documents, decides,
 * and writes on the condition that they are still the same.
 */
import {
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb'
import { FreedaError, isFreedaError, type DriverAction } from '@freeda/runtime/driver'
import { backOff } from './backoff.ts'
import type { Exchange } from './exchange.ts'
import { driverName, isNamed } from './failures.ts'
import { isAlive, makeNonce, nonceNames, versionOf, versionWrittenBy } from './item.ts'
import { keyText, type Item, type SlotOf } from './layout.ts'
import { verdict, type Attempt } from './lost-answers.ts'
import { freeLeftBehind } from './left-behind.ts'
import { readItems, type Reader } from './read.ts'
import { createInput, deleteInput, updateInput, type CommitContext } from './requests.ts'
import {
  conflict,
  hasUnique,
  heldBy,
  keyOfAction,
  stageCommit,
  uniqueValues,
  type Seen,
  type Staged,
} from './stage.ts'
import { transactionInput, writesOf } from './transaction.ts'
import type { UnbuiltIndexes } from './unbuilt-indexes.ts'

export interface Writer extends Reader {
  readonly slotOf: SlotOf
  readonly unbuilt: UnbuiltIndexes
}

/** @throws FREEDA_CONFLICT naming the first action that does not hold. */
export async function commit(
  writer: Writer,
  exchange: Exchange,
  actions: readonly DriverAction[],
  nowMs: number,
): Promise<number[]> {
  const { table, slotOf } = writer
  const context = { table, slotOf, nowMs, nonce: makeNonce(), begunMs: Date.now() }
  const [only] = actions
  if (actions.length === 1 && only!.kind !== 'check' && !hasUnique(only!.collection)) {
    const version = await writeAtOnce(writer, exchange, context, only!)
    if (version !== undefined) return [version]
  }
  return writeAsRead(writer, exchange, context, actions)
}

/** One request. Returns undefined when it takes a look at what is there to go on. */
async function writeAtOnce(
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
    const isCertain = !exchange.isUnknown || showsAllSince(expected, item)
    if (item === undefined || !isCertain || expected === 'any' || current === expected) return undefined
    throw conflict(action, 0, current)
  }
}

/** Tells that the item still shows every write since version `expected`: one that is not among them did not happen. */
const showsAllSince = (expected: DriverAction['expected'], item: Item | undefined) =>
  typeof expected === 'number' && item !== undefined && versionOf(item) - expected <= nonceNames.length

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

/** Reads, decides and writes; again when others came between. */
async function writeAsRead(
  writer: Writer,
  exchange: Exchange,
  context: CommitContext,
  actions: readonly DriverAction[],
): Promise<number[]> {
  let attempt: Attempt | undefined
  // Conditions alone say whether a unique value is free; who holds it is read once one did not hold.
  let withHolders = false
  for (let tried = 1; ;) {
    const seen = await look(writer, exchange, actions, { withHolders })
    const found = verdict(context, actions, seen, attempt)
    if (found.kind === 'done') return found.versions
    if (exchange.isUnknown && found.kind === 'unknown') throw unknownOutcome(exchange)
    const staged = await stage(writer, exchange, actions, seen, context.nowMs)
    withHolders = true
    if (staged === undefined) continue
    attempt = { seen, versions: staged.versions }
    const failure = await tryWrites(writer, exchange, writesOf(context, actions, seen, staged))
    if (failure === undefined) return [...staged.versions]
    if (tried >= writer.maxAttempts * 2) throw tooOften(tried, failure)
    await backOff(tried++, exchange.signal)
  }
}

async function look(
  writer: Writer,
  exchange: Exchange,
  actions: readonly DriverAction[],
  { withHolders }: { withHolders: boolean },
): Promise<Seen> {
  const documents = await readItems(writer, exchange, actions.map(keyOfAction))
  if (!withHolders) return { documents, holders: undefined }
  const held = stageableHolders(actions, documents)
  return { documents, holders: held.length === 0 ? new Map() : await readItems(writer, exchange, held) }
}

function stageableHolders(actions: readonly DriverAction[], documents: Seen['documents']) {
  const keys = actions.flatMap((action) => {
    const item = documents.get(keyText(keyOfAction(action)))
    const entries = action.kind === 'put' ? action.placement.entries : {}
    return [
      ...uniqueValues(action.collection, entries),
      ...(item === undefined ? [] : heldBy(action.collection, action.id, item)),
    ].map(({ key }) => key)
  })
  return [...new Map(keys.map((key) => [keyText(key), key])).values()]
}

/**
 * Stages a commit. A conflict may be the commit's own work, when the answer to an earlier request was lost: then nobody
 * knows.
 * @returns undefined when another look decides: at the holders of unique values, or after one was freed that no document has.
 */
async function stage(
  writer: Writer,
  exchange: Exchange,
  actions: readonly DriverAction[],
  seen: Seen,
  nowMs: number,
): Promise<Staged | undefined> {
  try {
    return stageCommit(actions, seen, nowMs)
  } catch (error) {
    if (!isFreedaError(error, 'FREEDA_CONFLICT')) throw error
    if (exchange.isUnknown) throw unknownOutcome(exchange)
    const { operation = 0, index } = error.data
    const action = actions[operation]!
    if (
      operation > 0 &&
      seen.holders === undefined &&
      actions.some(({ collection }) => hasUnique(collection))
    )
      return undefined
    const holder = index === undefined ? undefined : holderOf(action, index, seen)
    if (holder !== undefined && (await freeLeftBehind(writer, exchange, action.collection, holder, nowMs)))
      return undefined
    throw error
  }
}

/** Who has the value of an action in a unique index. */
function holderOf(action: DriverAction, index: string, { holders }: Seen): Item | undefined {
  if (action.kind !== 'put') return undefined
  const values = uniqueValues(action.collection, action.placement.entries)
  const value = values.find((each) => each.index === index)
  return value === undefined ? undefined : holders?.get(keyText(value.key))
}

const unknownOutcome = ({ timeoutMs, lastFailure }: Exchange) =>
  new FreedaError('FREEDA_TIMEOUT', { driver: driverName, timeoutMs }, { cause: lastFailure })

/** @returns why nothing was written, when another try may get over it. */
async function tryWrites(
  { connection }: Writer,
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

const tooOften = (tried: number, cause: unknown) =>
  new FreedaError(
    'FREEDA_THROTTLED',
    { driver: driverName, reason: `others wrote the same documents during each of ${tried} tries.` },
    { cause },
  )
