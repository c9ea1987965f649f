/**
 * Writes. One document without unique indexes is one conditional request; everything else reads the documents, decides,
 * and writes on the condition that they are still the same.
 */
import { FreedaError, isFreedaError, type DriverAction } from '@freeda/runtime/driver'
import { backOff } from './backoff.ts'
import type { Exchange } from './exchange.ts'
import { driverName } from './failures.ts'
import { makeNonce } from './item.ts'
import { keyText, type Item, type SlotOf } from './layout.ts'
import { freeLeftBehind } from './left-behind.ts'
import { unknownOutcome, verdict, type Attempt } from './lost-answers.ts'
import { readItems, type Reader } from './read.ts'
import type { CommitContext } from './requests.ts'
import { sendWrites } from './send-writes.ts'
import { hasUnique, heldBy, keyOfAction, stageCommit, uniqueValues, type Seen, type Staged } from './stage.ts'
import { writesOf } from './transaction.ts'
import type { UnbuiltIndexes } from './unbuilt-indexes.ts'
import { writeAtOnce } from './write-at-once.ts'

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
    const failure = await sendWrites(writer, exchange, writesOf(context, actions, seen, staged))
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

const tooOften = (tried: number, cause: unknown) =>
  new FreedaError(
    'FREEDA_THROTTLED',
    { driver: driverName, reason: `others wrote the same documents during each of ${tried} tries.` },
    { cause },
  )
