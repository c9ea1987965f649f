/** Requests that write one document. Pure. */
import type {
  AttributeValue,
  DeleteItemCommandInput,
  PutItemCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { DriverAction } from '@freeda/runtime/driver'
import { contentAttributes, itemOf, nonceNames, numberAttribute, textAttribute } from './item.ts'
import { documentKey, slotName, slotNumbers, type Item, type SlotOf } from './layout.ts'

export type PutAction = Extract<DriverAction, { kind: 'put' }>

/** What every request of one commit is made with. */
export interface CommitContext {
  readonly table: string
  readonly slotOf: SlotOf
  readonly nowMs: number
  readonly nonce: string
  /** Unix milliseconds by this process's own clock. */
  readonly begunMs: number
}

interface Condition {
  readonly ConditionExpression: string
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>
}

const lives = '(attribute_not_exists(exp) OR exp > :now)'
const isMine = `(${nonceNames.map((name) => `${name} = :n`).join(' OR ')})`

/** Holds while the item is as it was seen: the same write, or still none. */
export const unchanged = (seen: Item | undefined): Condition =>
  seen === undefined
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : { ConditionExpression: 'n = :seen', ExpressionAttributeValues: { ':seen': seen['n']! } }

/** A new document: over nothing, or over an expired one. */
export function createInput(context: CommitContext, action: PutAction): PutItemCommandInput {
  const { table, slotOf, nowMs, nonce } = context
  return {
    TableName: table,
    Item: itemOf(action, 1, nonce, slotOf),
    ConditionExpression: 'attribute_not_exists(pk) OR exp <= :now',
    ExpressionAttributeValues: { ':now': numberAttribute(nowMs) },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }
}

/**
 * A document over a living one, or (expected `any`) over nothing. Never twice: it does not hold where its nonce is.
 * It does not hold over an expired document either, whose version cannot be set back in the same expression.
 */
export function updateInput(context: CommitContext, action: PutAction): UpdateItemCommandInput {
  const { table, slotOf, nowMs, nonce } = context
  const { collection, id, placement, expected } = action
  const content = contentAttributes(action, slotOf)
  const names: Record<string, string> = {}
  const values: Item = {
    ':n': textAttribute(nonce),
    ':now': numberAttribute(nowMs),
    ':one': numberAttribute(1),
  }
  const sets: string[] = []
  const removes: string[] = []
  for (const name of contentNames) {
    names[`#${name}`] = name
    const value = content[name]
    if (value === undefined) removes.push(`#${name}`)
    else {
      sets.push(`#${name} = :${name}`)
      values[`:${name}`] = value
    }
  }
  values[':zero'] = numberAttribute(0)
  values[':none'] = textAttribute('')
  sets.push('v = if_not_exists(v, :zero) + :one', ...shiftedNonces)
  return {
    TableName: table,
    Key: documentKey(collection, id, placement.position),
    UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
    ConditionExpression: `${lives} AND ${conditionOf(action, values)}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    // The new version, when it cannot be told from what was expected; the document comes with it.
    ReturnValues: typeof expected === 'number' ? 'NONE' : 'UPDATED_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }
}

const contentNames = [
  'id',
  'doc',
  'exp',
  'ttl',
  ...slotNumbers.flatMap((slot) => [`${slotName(slot)}pk`, `${slotName(slot)}sk`]),
]

/** Every right side is read before anything is set. */
const shiftedNonces = [
  'n = :n',
  ...nonceNames.slice(1).map((name, at) => `${name} = if_not_exists(${nonceNames[at]}, :none)`),
]

function conditionOf({ expected, revision }: PutAction, values: Item): string {
  if (typeof expected === 'number') {
    values[':expected'] = numberAttribute(expected)
    if (typeof revision !== 'string') return 'v = :expected'
    values[':revision'] = textAttribute(revision)
    return 'v = :expected AND n = :revision'
  }
  return expected === 'present' ? `attribute_exists(pk) AND NOT ${isMine}` : `NOT ${isMine}`
}

/** The end of a document. */
export function deleteInput(
  { table, nowMs }: CommitContext,
  { collection, id, position, expected }: Exclude<DriverAction, PutAction>,
): DeleteItemCommandInput {
  const target = { TableName: table, Key: documentKey(collection, id, position) }
  if (typeof expected !== 'number') return { ...target, ReturnValues: 'ALL_OLD' }
  return {
    ...target,
    ConditionExpression: `v = :expected AND ${lives}`,
    ExpressionAttributeValues: { ':expected': numberAttribute(expected), ':now': numberAttribute(nowMs) },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }
}
