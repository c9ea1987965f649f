/** Checks the operations of a transaction and makes its actions. */
import { FreedaError, isFreedaError, type FieldError } from '../errors.ts'
import type { DriverAction, Operation } from '../storage.ts'
import { checkTransactionSize, maxTransactionActions } from './limits.ts'
import type { PendingOperation } from './open-collection.ts'
import { preparePut } from './prepare.ts'

const what = 'The transaction'

/** @throws FREEDA_VALIDATION with every problem of every operation, FREEDA_ITEM_TOO_LARGE. */
export async function prepareTransaction(
  operations: readonly Operation[],
  pendingOf: (operation: Operation) => PendingOperation | undefined,
): Promise<DriverAction[]> {
  if (operations.length > maxTransactionActions) {
    const message = `has ${operations.length} operations; at most ${maxTransactionActions} are allowed`
    throw new FreedaError('FREEDA_VALIDATION', { what, errors: [{ path: 'operations', message }] })
  }
  const errors: FieldError[] = []
  const actions: DriverAction[] = []
  const seen = new Map<string, number>()
  for (const [at, operation] of operations.entries()) {
    const path = `operations[${at}]`
    const pending = pendingOf(operation)
    if (pending === undefined) {
      errors.push({ path, message: 'was not made by a collection of this storage; use collection.op' })
      continue
    }
    const document = `${pending.collection.info.name}/${pending.id}`
    const first = seen.get(document)
    if (first !== undefined)
      errors.push({ path, message: `is on ${document}, as operations[${first}] is; make it one operation` })
    else seen.set(document, at)
    const action = await prepareAction(pending, path, errors)
    if (action !== undefined) actions.push(action)
  }
  if (errors.length > 0) throw new FreedaError('FREEDA_VALIDATION', { what, errors })
  checkTransactionSize(actions)
  return actions
}

async function prepareAction(
  { collection, kind, id, position, expected, input }: PendingOperation,
  path: string,
  errors: FieldError[],
): Promise<DriverAction | undefined> {
  if (kind !== 'put') return { kind, collection: collection.info, id, expected, position }
  try {
    return await preparePut(collection, id, input, expected)
  } catch (error) {
    if (!isFreedaError(error, 'FREEDA_VALIDATION')) throw error
    for (const field of error.data.errors)
      errors.push({ path: field.path === '' ? path : `${path}.${field.path}`, message: field.message })
    return undefined
  }
}
