/**
 * What became of a commit whose answer was lost, by what the table shows afterwards (docs/decisions/023). Pure.
 *
 * | where the commit writes, the table has                                 | verdict  |
 * |------------------------------------------------------------------------|----------|
 * | a document with the commit's nonce                                     | done     |
 * | a document with a write from before the commit, and without its nonce  | not done |
 * | no document for a put, or one that shows all its writes; no deletions  | not done |
 * | anything else: nothing where it deletes, a young document, many writes | unknown  |
 */
import { FreedaError, type DriverAction } from '@freeda/runtime/driver'
import type { Exchange } from './exchange.ts'
import { driverName } from './failures.ts'
import { nonceNames, showsEveryWriteSince, showsWriteBefore, versionOf, versionWrittenBy } from './item.ts'
import { keyText, type Item } from './layout.ts'
import type { CommitContext } from './requests.ts'
import { keyOfAction, type Seen } from './stage.ts'

/** What was seen and decided before the commit was sent the last time. */
export interface Attempt {
  readonly seen: Seen
  readonly versions: readonly number[]
}

export type Verdict =
  { readonly kind: 'done'; readonly versions: number[] } | { readonly kind: 'notDone' | 'unknown' }

/** @param attempt absent for a commit that was sent without a look before. */
export function verdict(
  { nonce, begunMs }: CommitContext,
  actions: readonly DriverAction[],
  { documents }: Seen,
  attempt: Attempt | undefined,
): Verdict {
  const written = actions.map((action) =>
    action.kind === 'put' ? versionWrittenBy(nonce, documents.get(keyText(keyOfAction(action)))) : undefined,
  )
  if (written.some((version) => version !== undefined))
    return { kind: 'done', versions: written.map((version, at) => version ?? attempt?.versions[at] ?? 0) }
  const writes = actions.filter(({ kind }) => kind !== 'check')
  const deletes = writes.some(({ kind }) => kind === 'delete')
  const tells = (action: DriverAction) => {
    const key = keyText(keyOfAction(action))
    return isUntouched(documents.get(key), attempt?.seen.documents.get(key), begunMs, deletes)
  }
  return { kind: writes.length === 0 || writes.some(tells) ? 'notDone' : 'unknown' }
}

/**
 * Tells that a document which does not show the commit was not written by it. A deletion leaves nothing that would show it,
 * and whoever writes the document anew begins from nothing: only a write from before tells that it is still the same one.
 */
function isUntouched(
  item: Item | undefined,
  before: Item | undefined,
  begunMs: number,
  deletes: boolean,
): boolean {
  if (deletes) return item !== undefined && showsWriteBefore(begunMs, item, before)
  return item === undefined || showsEveryWriteSince(begunMs, item, before)
}

/**
 * Tells that a document which refuses an action was not written by an earlier try of it: it still shows every write since
 * the version that the action expects. Without such a version a refusal after a lost answer leaves the outcome unknown.
 */
export const isByOthers = ({ kind, expected }: DriverAction, item: Item): boolean =>
  kind === 'put' && typeof expected === 'number' && versionOf(item) - expected <= nonceNames.length

export const unknownOutcome = ({ timeoutMs, lastFailure }: Exchange): FreedaError<'FREEDA_TIMEOUT'> =>
  new FreedaError('FREEDA_TIMEOUT', { driver: driverName, timeoutMs }, { cause: lastFailure })
