/** Calls something outside that may be down or slow: bounded waits, and a circuit that opens when it keeps failing. */
import type { Logger } from 'pino'
import type { TimeLimit } from './time-limit.ts'

/** It did not do it: down, slow, or left alone for a while. */
export const failed: unique symbol = Symbol('failed')

export interface Guard {
  /** Never rejects: what fails, is late, or comes while the circuit is open is {@link failed}. */
  <T>(call: () => Promise<T>): Promise<T | typeof failed>
}

export interface GuardOptions {
  /** For messages: `reads of the cache store redis`. */
  readonly what: string
  /** For messages, what becomes of calls that fail: `the app goes on without`. */
  readonly meanwhile: string
  readonly within: TimeLimit
  readonly log: Logger
  /** How long it is left alone once it kept failing. Default 1,000. */
  readonly restMs?: number
}

const defaultRestMs = 1_000
/** One late answer is a pause of somebody's garbage collector; three in a row are not. */
const failuresToOpen = 3

export function createGuard({ what, meanwhile, within, log, restMs = defaultRestMs }: GuardOptions): Guard {
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
      log.error({ err }, `${what} keep failing; ${meanwhile}, and one is tried every ${restMs} ms`)
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
