/** One call of the driver and the requests that it makes: how long it may take, and what became of its requests. */
import type { DriverCall } from '@freeda/runtime/driver'
import { failureOf, isRefusal } from './failures.ts'
import type { Purpose } from './request-channel.ts'

export interface Exchange {
  readonly purpose: Purpose
  /** Aborts when the caller gives up or the time is over. */
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** Writes that are on their way. */
  pendingWrites: number
  /** A write was sent, and its answer never came: it may have happened. */
  isUnknown: boolean
  /** Why the last request failed, those that were tried again included. */
  lastFailure: unknown
}

const writes: ReadonlySet<string> = new Set([
  'PutItemCommand',
  'UpdateItemCommand',
  'DeleteItemCommand',
  'TransactWriteItemsCommand',
])

/** Runs one attempt of a request, and notes how it fails. */
export async function watched<T>(exchange: Exchange, command: string, attempt: () => Promise<T>): Promise<T> {
  const isWrite = writes.has(command)
  if (isWrite) exchange.pendingWrites++
  try {
    return await attempt()
  } catch (error) {
    exchange.lastFailure = error
    if (isWrite && !isRefusal(error)) exchange.isUnknown = true
    throw error
  } finally {
    if (isWrite) exchange.pendingWrites--
  }
}

/**
 * Runs one call within its time: it settles by then, whatever the network does.
 * @throws FREEDA_THROTTLED, FREEDA_UNAVAILABLE, FREEDA_TIMEOUT, or the reason of the caller's signal.
 */
export function exchange<T>(
  { signal: caller }: Pick<DriverCall, 'signal'>,
  { timeoutMs, purpose = 'work' }: { readonly timeoutMs: number; readonly purpose?: Purpose | undefined },
  work: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted()
  const controller = new AbortController()
  const state: Exchange = {
    purpose,
    signal: controller.signal,
    timeoutMs,
    pendingWrites: 0,
    isUnknown: false,
    lastFailure: undefined,
  }
  return new Promise<T>((resolve, reject) => {
    const end = (error: unknown) => {
      if (state.pendingWrites > 0) state.isUnknown = true
      // Before aborting: the abort is a failure of a request that is on its way, and tells nothing new.
      const failure = failureOf(state, { isTimeOver: true })
      controller.abort(error)
      reject(error ?? failure)
    }
    const giveUp = () => end(caller?.reason)
    const timer = setTimeout(() => end(undefined), timeoutMs)
    caller?.addEventListener('abort', giveUp, { once: true })
    work(state)
      .then(resolve, (error: unknown) => {
        if (error !== undefined) state.lastFailure = error
        reject(failureOf(state, { isTimeOver: false }))
      })
      .finally(() => {
        clearTimeout(timer)
        caller?.removeEventListener('abort', giveUp)
      })
  })
}
