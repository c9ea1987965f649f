/** Calls a store that may be down or slow: bounded waits, and a circuit that opens when it keeps failing. */
import type { Logger } from 'pino'
import { failed } from './shelf.ts'

export interface Guard {
  /** Never rejects: what fails, is late, or comes while the circuit is open is {@link failed}. */
  <T>(call: () => Promise<T>): Promise<T | typeof failed>
}

export interface GuardOptions {
  /** For messages: `reads of the cache store redis`. */
  readonly what: string
  readonly within: TimeLimit
  readonly log: Logger
  /** How long the store is left alone once it kept failing. Default 1,000. */
  readonly restMs?: number
}

const defaultRestMs = 1_000
/** One late answer is a pause of somebody's garbage collector; three in a row are not. */
const failuresToOpen = 3

export function createGuard({ what, within, log, restMs = defaultRestMs }: GuardOptions): Guard {
  let failures = 0
  let restsUntilMs = 0

  function succeed<T>(answer: T): T {
    if (failures >= failuresToOpen) log.warn(`${what} work again`)
    failures = 0
    return answer
  }

  function fail(err: unknown): typeof failed {
    failures++
    if (failures < failuresToOpen) return failed
    restsUntilMs = performance.now() + restMs
    if (failures === failuresToOpen)
      log.error({ err }, `${what} keep failing; the app goes on without, and tries again every ${restMs} ms`)
    return failed
  }

  function isResting(): boolean {
    if (failures < failuresToOpen) return false
    const nowMs = performance.now()
    if (nowMs < restsUntilMs) return true
    // One call finds out for all.
    restsUntilMs = nowMs + restMs
    return false
  }

  return (call) => {
    if (isResting()) return Promise.resolve(failed)
    try {
      return within(call()).then(succeed, fail)
    } catch (error) {
      // A store that is not made of async functions.
      return Promise.resolve(fail(error))
    }
  }
}

export interface TimeLimit {
  /** @throws what the promise throws, or an error when it takes too long */
  <T>(promise: Promise<T>): Promise<T>
}

interface Waiting {
  readonly untilMs: number
  readonly giveUp: () => void
}

/** One timer for any number of calls: all have the same limit, so the first to begin is the first to end. */
export function timeLimit(limitMs: number): TimeLimit {
  const waiting = new Set<Waiting>()
  let timer: NodeJS.Timeout | undefined

  const watch = (delayMs: number) => {
    // Answers that came while the event loop was blocked are read before the immediate runs.
    timer = setTimeout(() => setImmediate(sweep), delayMs).unref()
  }

  function sweep(): void {
    timer = undefined
    const nowMs = performance.now()
    for (const one of waiting) {
      if (one.untilMs > nowMs) return watch(one.untilMs - nowMs)
      waiting.delete(one)
      one.giveUp()
    }
  }

  return (promise) =>
    new Promise((resolve, reject) => {
      const one: Waiting = {
        untilMs: performance.now() + limitMs,
        giveUp: () => reject(new Error(`no answer within ${limitMs} ms`)),
      }
      waiting.add(one)
      if (timer === undefined) watch(limitMs)
      // Not `finally`, which makes three more promises of a call.
      const end =
        <R>(settle: (result: R) => void) =>
        (result: R): void => {
          waiting.delete(one)
          settle(result)
        }
      promise.then(end(resolve), end(reject))
    })
}
