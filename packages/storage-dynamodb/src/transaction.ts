/** The requests of a commit whose documents were read before. Pure. */
import type { TransactWriteItem, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb'
import type { DriverAction } from '@freeda/runtime/driver'
import { itemOf, lifeAttributes, numberAttribute, textAttribute } from './item.ts'
import { keyText, type Item } from './layout.ts'
import { unchanged, type CommitContext, type PutAction } from './requests.ts'
import { keyOfAction, type Seen, type Staged, type UniqueValue } from './stage.ts'

/** One for each action, then one for each unique value; all hold only while everything is as it was seen. */
export function writesOf(
  context: CommitContext,
  actions: readonly DriverAction[],
  seen: Seen,
  { versions, unique }: Staged,
): TransactWriteItem[] {
  return [
    ...actions.map((action, at) =>
      documentWrite(context, action, seen.documents.get(keyText(keyOfAction(action))), versions[at]!),
    ),
    ...unique.map((value) => uniqueWrite(context, value)),
  ]
}

function documentWrite(
  { table, slotOf, nonce }: CommitContext,
  action: DriverAction,
  before: Item | undefined,
  version: number,
): TransactWriteItem {
  const condition = unchanged(before)
  if (action.kind === 'put')
    return {
      Put: { TableName: table, Item: itemOf(action, version, nonce, slotOf, before), ...condition },
    }
  const target = { TableName: table, Key: keyOfAction(action), ...condition }
  return action.kind === 'delete' && before !== undefined ? { Delete: target } : { ConditionCheck: target }
}

function uniqueWrite(
  { table, nowMs }: CommitContext,
  { key, taker, freers }: UniqueValue,
): TransactWriteItem {
  const ids = [...new Set([...freers, ...(taker === undefined ? [] : [taker.id])])]
  const values = Object.fromEntries(ids.map((id, at) => [`:id${at}`, textAttribute(id)]))
  const isOurs = `attribute_not_exists(pk) OR id IN (${Object.keys(values).join(', ')})`
  if (taker === undefined)
    return {
      Delete: { TableName: table, Key: key, ConditionExpression: isOurs, ExpressionAttributeValues: values },
    }
  return {
    Put: {
      TableName: table,
      Item: holderItem(key, taker),
      ConditionExpression: `${isOurs} OR exp <= :now`,
      ExpressionAttributeValues: { ...values, ':now': numberAttribute(nowMs) },
    },
  }
}

/** Who has a unique value: it ends with its document. */
export const holderItem = (key: Item, { id, placement }: Pick<PutAction, 'id' | 'placement'>): Item => ({
  ...key,
  id: textAttribute(id),
  ...lifeAttributes(placement.expiresAtMs),
})

/** @param token the same for a request that is sent again, so that it is done once. */
export const transactionInput = (
  writes: TransactWriteItem[],
  token: string,
): TransactWriteItemsCommandInput => ({
  TransactItems: writes,
  ClientRequestToken: token,
})
