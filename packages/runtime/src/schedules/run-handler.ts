/** Runs the handler of a schedule once, within its time limit and as long as the run is this instance's. */
import type { Logger } from 'pino'
import { reasonOf } from '../errors.ts'
import type { ScheduledRun, ScheduleOutcome } from '../schedule.ts'
import type { Claim } from './claim.ts'
import type { Clock } from './clock.ts'
import type { RunState } from './document.ts'

export type Handler = (run: ScheduledRun) => unknown

export interface RunHandlerParts {
  readonly handler: Handler
  readonly run: RunState
  readonly claim: Claim
  readonly timeLimitMs: number
  /** Aborts when the app has no more time. */
  readonly stopping: AbortSignal
  readonly clock: Clock
  readonly log: Logger
}

export interface Result {
  readonly outcome: ScheduleOutcome
  readonly error?: string
}

/** What a handler gets to settle in, once its signal has aborted. */
const settlingMs = 2_000
/** The rest is in the log. */
const longestError = 500

export async function runHandler(parts: RunHandlerParts): Promise<Result> {
  const { handler, run, claim, timeLimitMs, stopping, clock, log } = parts
  const done = new AbortController()
  const signal = AbortSignal.any([claim.lost, stopping, done.signal])
  const aborted = new Promise<undefined>((resolve) =>
    signal.aborted
      ? resolve(undefined)
      : signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  )
  let isOutOfTime = false
  async function watchTime(): Promise<void> {
    await clock.wait(timeLimitMs, signal)
    if (signal.aborted) return
    isOutOfTime = true
    done.abort(new DOMException(`The run took longer than ${timeLimitMs} ms.`, 'TimeoutError'))
  }
  const outOfTime = watchTime()
  const settled = call(handler, {
    slot: run.slot,
    fence: run.fence,
    attempt: run.attempt,
    signal,
    log,
    commit: (operations) => claim.commit(operations),
  })
  const inTime = await Promise.race([settled, aborted])
  if (inTime === undefined) await settledSoon(settled, parts)
  done.abort()
  await outOfTime
  if (inTime !== undefined)
    return inTime.error === undefined ? { outcome: 'ok' } : failure('failed', inTime.error, log)
  if (isOutOfTime) return failure('timeout', signal.reason, log)
  if (claim.lost.aborted) return failure('failed', claim.lost.reason, log)
  log.warn('the run was interrupted: the app stops')
  return { outcome: 'interrupted', error: 'The app had no more time: it stopped.' }
}

interface Settled {
  readonly error?: unknown
}

async function call(handler: Handler, run: ScheduledRun): Promise<Settled> {
  try {
    await handler(run)
    return {}
  } catch (error) {
    return { error: error ?? new Error('The handler threw nothing.') }
  }
}

/** A handler that listens is waited for, so that it does not overlap with the next run. */
async function settledSoon(settled: Promise<Settled>, { clock, log }: RunHandlerParts): Promise<void> {
  const isSettled = new AbortController()
  const late = clock.wait(settlingMs, isSettled.signal).then(() => undefined)
  const ended = await Promise.race([settled, late])
  isSettled.abort()
  if (ended === undefined)
    log.error(
      'the handler goes on although its signal has aborted; the schedule goes on without waiting for it. Pass `signal` to what it waits for',
    )
}

function failure(outcome: ScheduleOutcome, error: unknown, log: Logger): Result {
  log.error({ err: error }, outcome === 'timeout' ? 'the run took too long' : 'the run failed')
  return { outcome, error: reasonOf(error).slice(0, longestError) }
}
