/** Does the jobs of one queue on this instance: takes what it finds, so many at a time. */
import type { Logger } from 'pino'
import { reasonOf } from '../errors.ts'
import type { Operation } from '../storage.ts'
import { attemptAt, attemptAtNew, type Attempt, type Outcome } from './attempt.ts'
import type { Clock } from '../leases/clock.ts'
import type { StoredJob } from './job-document.ts'
import type { JobStore } from './job-store.ts'
import { createLookout } from './lookout.ts'
import type { OpenedQueue } from './opened-queue.ts'
import type { QueueMetrics } from './queue-metrics.ts'

export interface WorkerParts {
  readonly queue: OpenedQueue
  readonly store: JobStore
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: QueueMetrics
  readonly committed: (operations: readonly Operation[]) => void
}

export interface QueueWorker {
  /** Why it cannot ask the store; undefined when it can. */
  readonly trouble: string | undefined
  /** Attempts that are under way. */
  readonly running: number
  /** How long the job that has been due for longest had waited at the last look. */
  readonly oldestMs: number
  start(): void
  /**
   * Begins a job in the very write that adds it, which saves the write that would claim it.
   * @returns undefined when there is no room for it, or others wait
   */
  beginNew(id: string, add: (leaseMs: number) => Promise<StoredJob>): Promise<StoredJob> | undefined
  /** A job was added here. @returns whether it is begun here, or not yet due */
  offer(job: StoredJob): boolean
  /** A job of this id was added here, by a transaction. @returns whether it is begun here */
  offerId(id: string): boolean
  /** There may be jobs that others have added. */
  wake(): void
  /** Begins nothing any more; what runs may end until then, and is given back after that. */
  stop(budgetMs: number): Promise<void>
  /** Without being started: does the jobs that are due within `aheadMs`. For tests. */
  doDue(aheadMs: number, count: (outcome: Outcome) => void): Promise<void>
}

/** Of the time that stopping may take, what is left for giving back. */
const giveBackShare = 0.2

export function createWorker(parts: WorkerParts): QueueWorker {
  const { queue, store, clock, log, metrics } = parts
  const running = new Map<string, Attempt>()
  const lookout = createLookout({
    queue,
    store,
    clock,
    isOwn: (id) => running.has(id),
    onOldest(ageMs) {
      oldestMs = ageMs
      metrics.oldest(queue.name, ageMs)
    },
  })
  const bell = createBell()
  let working: Promise<void> | undefined
  let isStopping = false
  let trouble: { readonly reason: string; readonly isReading: boolean } | undefined
  let oldestMs = 0

  /** Said once: an outage would fill the log. */
  function onTrouble(error: unknown, isReading = false): void {
    if (trouble === undefined)
      log.warn({ err: error, queue: queue.name }, `queue "${queue.name}" cannot be worked on`)
    trouble = { reason: reasonOf(error), isReading }
    lookout.pause()
  }
  function isWell(): void {
    if (trouble !== undefined) log.info({ queue: queue.name }, `queue "${queue.name}" can be worked on again`)
    trouble = undefined
  }
  const attemptParts = { ...parts, onTrouble: (error: unknown) => onTrouble(error) }

  const hasRoom = () => running.size < queue.concurrency

  const begin = (job: StoredJob): Promise<Outcome> => follow(attemptAt(job, attemptParts))

  async function follow(attempt: Attempt): Promise<Outcome> {
    const beganMs = clock.monotonicMs()
    running.set(attempt.id, attempt)
    const outcome = await attempt.settled
    running.delete(attempt.id)
    if (outcome !== 'taken') isWell()
    metrics.attempt(queue.name, outcome, clock.monotonicMs() - beganMs)
    bell.ring()
    return outcome
  }

  async function look(): Promise<void> {
    try {
      const isIdle = await lookout.look()
      // A store that answers may still take no writes.
      if (trouble?.isReading === true || isIdle) isWell()
    } catch (error) {
      onTrouble(error, true)
    }
  }

  async function work(): Promise<void> {
    while (!isStopping) {
      const job = hasRoom() ? lookout.take() : undefined
      if (job !== undefined) void begin(job)
      else if (!hasRoom()) await bell.rung()
      else if (lookout.waitMs() === 0) await look()
      else await bell.rung(lookout.waitMs())
    }
  }

  const isWorking = () => working !== undefined && !isStopping
  const isFree = () => isWorking() && hasRoom()

  function offer(job: StoredJob): boolean {
    const isTaken = isFree() || job.at.getTime() > clock.wallMs()
    if (isWorking()) {
      lookout.offer(job)
      bell.ring()
    }
    return isTaken
  }

  function wake(): void {
    if (!isWorking()) return
    lookout.expect()
    bell.ring()
  }

  /** The next look finds it, should this fail. */
  async function fetchOffered(id: string): Promise<void> {
    try {
      const job = await store.jobs.get(id)
      if (job !== undefined) offer(job)
    } catch {
      wake()
    }
  }

  return {
    get trouble() {
      return trouble?.reason
    },
    get running() {
      return running.size
    },
    get oldestMs() {
      return oldestMs
    },
    start: () => void (working ??= work()),
    beginNew(id, add) {
      // A write of which nobody knows whether it happened would leave a job whose only attempt never began.
      if (!isFree() || lookout.othersMayWait() || queue.attempts === 1 || running.has(id)) return undefined
      const attempt = attemptAtNew(id, add, attemptParts)
      void follow(attempt)
      return attempt.added
    },
    offer,
    wake,
    offerId(id) {
      const isTaken = isFree()
      if (isTaken) void fetchOffered(id)
      else wake()
      return isTaken
    },
    async stop(budgetMs) {
      isStopping = true
      bell.ring()
      const interrupt = () => {
        for (const attempt of running.values()) attempt.interrupt()
      }
      const late = setTimeout(interrupt, budgetMs * (1 - giveBackShare))
      const ended = [...running.values()].map(({ settled }) => settled)
      // A store that does not answer must not keep the app from its end: then the lease gives the jobs to others.
      let over: NodeJS.Timeout | undefined
      const isOver = new Promise((resolve) => (over = setTimeout(resolve, budgetMs)))
      await Promise.race([Promise.all([working, ...ended]), isOver])
      clearTimeout(late)
      clearTimeout(over)
      if (running.size > 0)
        log.warn(
          { queue: queue.name, jobs: running.size },
          `${running.size} jobs of "${queue.name}" could not be given back: they begin again once their lease is over`,
        )
    },
    async doDue(aheadMs, count) {
      const due = await store.waiting(queue, clock.wallMs() + aheadMs, 100)
      const left = due.items
      const lane = async () => {
        for (let job = left.shift(); job !== undefined && !isStopping; job = left.shift())
          count(await begin(job))
      }
      await Promise.all(Array.from({ length: queue.concurrency }, lane))
    },
  }
}

/** Wakes the one who waits; a ring that nobody waits for is kept for the next. */
function createBell() {
  let isRung = false
  let wake: (() => void) | undefined
  return {
    ring() {
      isRung = true
      wake?.()
    },
    async rung(withinMs?: number): Promise<void> {
      if (!isRung) {
        let timer: NodeJS.Timeout | undefined
        await new Promise<void>((resolve) => {
          wake = resolve
          if (withinMs !== undefined) timer = setTimeout(resolve, withinMs)
        })
        clearTimeout(timer)
        wake = undefined
      }
      isRung = false
    },
  }
}
