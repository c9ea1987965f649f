/** One attempt at a job, from the claim to what comes next. Never throws. */
import type { Logger } from 'pino'
import { FreedaError, isFreedaError, reasonOf } from '../errors.ts'
import { inTurn } from '../leases/in-turn.ts'
import type { Job } from '../queue.ts'
import type { Operation } from '../storage.ts'
import type { Clock } from '../leases/clock.ts'
import { jobId, type StoredJob } from './job-document.ts'
import type { Held, JobStore } from './job-store.ts'
import type { OpenedQueue } from './opened-queue.ts'

/** `taken`: somebody else began it. `interrupted`: given back. `lost`: taken over by somebody else meanwhile. */
export type Outcome = 'done' | 'failed' | 'dead' | 'interrupted' | 'lost' | 'taken'

export interface AttemptParts {
  readonly queue: OpenedQueue
  readonly store: JobStore
  readonly clock: Clock
  readonly log: Logger
  /** Told of operations that were committed. */
  readonly committed: (operations: readonly Operation[]) => void
  /** Told why a job could not be begun: the store is away. */
  readonly onTrouble: (error: unknown) => void
}

export interface Attempt {
  /** Of the document. */
  readonly id: string
  readonly settled: Promise<Outcome>
  /** Aborts the signal and gives the job back. */
  interrupt(): void
}

/** How an attempt came to its end, before that is written down. */
type End =
  { readonly kind: 'done' | 'interrupted' | 'lost' } | { readonly kind: 'failed'; readonly error: unknown }

/** At a third of the lease, so that two renewals may fail. */
const renewalsALease = 3

export function attemptAt(candidate: StoredJob, parts: AttemptParts): Attempt {
  const interruption = new AbortController()
  return {
    id: candidate.id,
    settled: claimAndRun(candidate, parts, interruption.signal),
    interrupt: () => interruption.abort(stopping()),
  }
}

/**
 * An attempt at a job that is added in the very write that claims it.
 * @param add writes the job as held
 */
export function attemptAtNew(
  id: string,
  add: (leaseMs: number) => Promise<StoredJob>,
  parts: AttemptParts,
): Attempt & { readonly added: Promise<StoredJob> } {
  const { queue, clock } = parts
  const interruption = new AbortController()
  const untilMs = clock.monotonicMs() + queue.leaseMs
  const added = add(queue.leaseMs)
  async function settle(): Promise<Outcome> {
    try {
      return await run({ job: await added, untilMs }, parts, interruption.signal)
    } catch {
      // Told to whoever adds it.
      return 'taken'
    }
  }
  return { id, added, settled: settle(), interrupt: () => interruption.abort(stopping()) }
}

const stopping = () => new Error('The app is stopping.')

async function claimAndRun(job: StoredJob, parts: AttemptParts, stop: AbortSignal): Promise<Outcome> {
  const { queue, store } = parts
  try {
    if (job.attempt >= queue.attempts) return await buryLost(job, parts)
    const held = await store.claim(job, queue.leaseMs)
    return held === undefined ? 'taken' : await run(held, parts, stop)
  } catch (error) {
    parts.onTrouble(error)
    return 'taken'
  }
}

/** The process that did it is gone, and with it why. */
async function buryLost(job: StoredJob, { queue, store, log }: AttemptParts): Promise<Outcome> {
  const error = job.error ?? 'its worker was lost.'
  if (!(await store.buryLapsed(job, error))) return 'taken'
  log.error(
    { queue: queue.name, job: jobId(job), attempt: job.attempt },
    `job ${jobId(job)} of "${queue.name}" is dead after ${job.attempt} attempts: ${error}`,
  )
  return 'dead'
}

async function run(claimed: Held, parts: AttemptParts, stop: AbortSignal): Promise<Outcome> {
  const { queue } = parts
  const controller = new AbortController()
  const hold = keepHold(claimed, parts, (error) => controller.abort(error))
  const log = parts.log.child({ queue: queue.name, job: jobId(claimed.job), attempt: claimed.job.attempt })
  const outOfTime = setTimeout(
    () => controller.abort(new Error(`The time limit of ${queue.timeLimitMs} ms is over.`)),
    queue.timeLimitMs,
  )
  const onStop = () => controller.abort(stop.reason)
  if (stop.aborted) onStop()
  else stop.addEventListener('abort', onStop, { once: true })
  try {
    const { signal } = controller
    const end = await Promise.race([handle(hold, signal, parts, log), aborted(signal, stop)])
    // What a handler throws since it was interrupted is no failure of its own.
    return await hold.settle(end.kind === 'failed' && signal.aborted ? endOf(signal, stop) : end, log)
  } finally {
    clearTimeout(outOfTime)
    hold.release()
    stop.removeEventListener('abort', onStop)
    // A handler that goes on all the same is told that it does so in vain.
    controller.abort(new Error('The attempt is over.'))
  }
}

async function handle(hold: Hold, signal: AbortSignal, { queue }: AttemptParts, log: Logger): Promise<End> {
  const { job } = hold
  try {
    signal.throwIfAborted()
    const given: Job<unknown> = {
      id: jobId(job),
      value: job.value,
      attempt: job.attempt,
      addedAt: job.addedAt,
      signal,
      log,
      commit: (operations) => hold.commit(operations),
    }
    await queue.handler!(given)
    return { kind: 'done' }
  } catch (error) {
    return isFreedaError(error, 'FREEDA_JOB_LOST') ? { kind: 'lost' } : { kind: 'failed', error }
  }
}

function endOf(signal: AbortSignal, stop: AbortSignal): End {
  const error: unknown = signal.reason
  if (isFreedaError(error, 'FREEDA_JOB_LOST')) return { kind: 'lost' }
  return stop.aborted && error === stop.reason ? { kind: 'interrupted' } : { kind: 'failed', error }
}

const aborted = (signal: AbortSignal, stop: AbortSignal) =>
  new Promise<End>((resolve) => {
    const end = () => resolve(endOf(signal, stop))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

/** The job of an attempt while that goes on. */
interface Hold {
  readonly job: StoredJob
  commit(operations: readonly Operation[]): Promise<void>
  /** Writes down how the attempt ended. */
  settle(end: End, log: Logger): Promise<Outcome>
  /** Ends the renewals. */
  release(): void
}

/** Renews the claim while the attempt goes on; its writes are one after the other. */
function keepHold(claimed: Held, parts: AttemptParts, lose: (error: FreedaError) => void): Hold {
  const { queue, store, clock } = parts
  const beganMs = clock.monotonicMs()
  let held = claimed
  let state: 'open' | 'committed' | 'over' = 'open'
  const turns = inTurn()
  const lost = (reason: string) => {
    const { attempt } = held.job
    return new FreedaError('FREEDA_JOB_LOST', { queue: queue.name, id: jobId(held.job), attempt, reason })
  }

  async function renew(): Promise<void> {
    if (state !== 'open') return
    try {
      held = await store.renew(held)
    } catch (error) {
      if (isFreedaError(error, 'FREEDA_JOB_LOST')) lose(error)
      else if (clock.monotonicMs() >= held.untilMs) lose(lost('its lease could not be renewed in time.'))
    }
  }
  let isRenewing = false
  const renewal = setInterval(() => {
    // While the store does not answer, renewals must not pile up.
    if (isRenewing) return
    isRenewing = true
    void turns.take(renew).finally(() => (isRenewing = false))
  }, queue.leaseMs / renewalsALease)

  return {
    job: claimed.job,
    release: () => clearInterval(renewal),
    commit: (operations) =>
      turns.take(async () => {
        if (state === 'committed') throw lost('it was committed already.')
        if (state === 'over') throw lost('the attempt is over.')
        // Timers of a process that stood still come late.
        if (clock.monotonicMs() - beganMs > queue.timeLimitMs) throw lost('its time limit is over.')
        await store.commit(held, operations)
        state = 'committed'
        parts.committed(operations)
      }),
    settle: (end, log) =>
      turns.take(async () => {
        if (state === 'committed') {
          if (end.kind === 'failed')
            log.warn({ err: end.error }, 'it was done, but its handler failed afterwards')
          return 'done'
        }
        state = 'over'
        try {
          return await writeEnd(held, end, parts, log)
        } catch (error) {
          if (isFreedaError(error, 'FREEDA_JOB_LOST')) return logLost(log, queue, error)
          log.error(
            { err: error },
            `how the attempt ended cannot be kept: it begins again in ${queue.leaseMs} ms or later`,
          )
          return 'lost'
        }
      }),
  }
}

function logLost(log: Logger, { name }: OpenedQueue, error?: unknown): Outcome {
  log.warn({ err: error }, `a job of "${name}" was taken over while it was done`)
  return 'lost'
}

async function writeEnd(held: Held, end: End, { queue, store }: AttemptParts, log: Logger): Promise<Outcome> {
  const { job } = held
  const what = `job ${jobId(job)} of "${queue.name}"`
  switch (end.kind) {
    case 'done':
      await store.finish(held)
      return 'done'
    case 'lost':
      return logLost(log, queue)
    case 'interrupted':
      await store.giveBack(held)
      log.info(`${what} was interrupted and given back`)
      return 'interrupted'
    case 'failed': {
      const reason = reasonOf(end.error)
      if (job.attempt >= queue.attempts) {
        await store.bury(held, reason)
        log.error({ err: end.error }, `${what} is dead after ${job.attempt} attempts`)
        return 'dead'
      }
      const delayMs = queue.retryMs(job.attempt)
      await store.release(held, { delayMs, error: reason })
      log.warn(
        { err: end.error, retryInMs: delayMs },
        `${what} failed; attempt ${job.attempt + 1} of ${queue.attempts} begins in ${delayMs} ms`,
      )
      return 'failed'
    }
  }
}
