/** The states of a job and the writes between them, each a compare-and-set on the version that was seen. */
import { randomUUID } from 'node:crypto'
import { FreedaError, isFreedaError } from '../errors.ts'
import type { CallOptions, Operation, Storage } from '../storage.ts'
import type { Clock } from '../leases/clock.ts'
import {
  jobId,
  placeOf,
  stateOf,
  type JobDocument,
  type Jobs,
  type State,
  type StoredJob,
} from './job-document.ts'
import type { OpenedQueue } from './opened-queue.ts'

/** A job that an attempt holds. `untilMs`, monotonic: others may take it from then on, unless a renewal comes before. */
export interface Held {
  readonly job: StoredJob
  readonly untilMs: number
}

export interface JobStore {
  readonly jobs: Jobs
  /** Jobs of a queue that are due until then (Unix milliseconds), the longest due first. */
  waiting(queue: Sharded, untilMs: number, limit: number): Promise<{ items: StoredJob[]; hasMore: boolean }>
  held(queue: Sharded): Promise<StoredJob[]>
  /** Begins an attempt; `undefined` when somebody else came first. */
  claim(job: StoredJob, leaseMs: number): Promise<Held | undefined>
  /** Gives a sign of life. @throws FREEDA_JOB_LOST */
  renew(held: Held): Promise<Held>
  /** The end of a job that was done. @throws FREEDA_JOB_LOST */
  finish(held: Held): Promise<void>
  /** The end of a job, together with `operations`. @throws FREEDA_JOB_LOST, and what `transact` throws */
  commit(held: Held, operations: readonly Operation[]): Promise<void>
  /** Lets others begin it, `delayMs` from now. @throws FREEDA_JOB_LOST */
  release(held: Held, next: { readonly delayMs: number; readonly error?: string }): Promise<void>
  /** As if the attempt had not begun. @throws FREEDA_JOB_LOST */
  giveBack(held: Held): Promise<void>
  /** Puts it aside. @throws FREEDA_JOB_LOST */
  bury(held: Held, error: string): Promise<void>
  /** Puts aside a job that nobody holds any more. @returns whether nobody else came first */
  buryLapsed(job: StoredJob, error: string): Promise<boolean>
  /** Ends a job that is dead or waits, on the condition that nobody came between. */
  discard(job: StoredJob, options?: CallOptions): Promise<void>
}

/** Of a queue: its name, and in how many partitions its jobs are. */
type Sharded = Pick<OpenedQueue, 'name' | 'shards'>

export interface JobStoreParts {
  readonly jobs: Jobs
  readonly transact: Storage['transact']
  readonly clock: Clock
}

/** Longer than any attempt can go on, so that a late one never meets another job of the same id. */
const namedForMs = 24 * 3_600_000
const maxErrorLength = 2_000

export function jobStore({ jobs, transact, clock }: JobStoreParts): JobStore {
  const now = () => new Date(clock.wallMs())
  const write = claimedWrites(jobs, clock)
  const put = (held: Held, leaves: State | 'ended', next: (job: StoredJob) => JobDocument) =>
    write(held, leaves, (job) => jobs.put(job.id, next(job), { ifVersion: job.version }))

  /** What is left of a job that has ended, by the attempt that holds it. */
  const ended = ({ claimId, ...job }: StoredJob): JobDocument => ({ ...removed(job), claimId })
  /** The same, by somebody else. */
  const removed = ({ queue, addedAt, attempt }: JobDocument): JobDocument => {
    const endsAt = new Date(clock.wallMs() + namedForMs)
    return { queue, addedAt, attempt, isNamed: true, at: now(), endsAt }
  }

  return {
    jobs,
    async waiting(queue, untilMs, limit) {
      const range = { lte: new Date(untilMs) }
      const found = await Promise.all(
        placesOf('waiting', queue).map((partition) =>
          jobs.query({ index: 'byPlace', partition, range, limit: Math.ceil(limit / queue.shards) }),
        ),
      )
      const items = found.flatMap((page) => page.items)
      if (found.length > 1) items.sort((a, b) => a.at.getTime() - b.at.getTime())
      return { items, hasMore: found.some(({ cursor }) => cursor !== undefined) }
    },
    async held(queue) {
      const items: StoredJob[] = []
      const read = async (partition: string) => {
        for await (const job of jobs.iterate({ index: 'byPlace', partition })) items.push(job)
      }
      await Promise.all(placesOf('held', queue).map(read))
      return items
    },
    async claim(job, leaseMs) {
      const beganMs = clock.monotonicMs()
      const next: JobDocument = {
        ...job,
        ...newClaim(job, leaseMs, clock),
        attempt: job.attempt + 1,
      }
      const untilMs = beganMs + leaseMs
      try {
        return { job: await jobs.put(job.id, next, { ifVersion: job.version }), untilMs }
      } catch (error) {
        if (isFreedaError(error, 'FREEDA_CONFLICT')) return undefined
        if (!isFreedaError(error, 'FREEDA_TIMEOUT')) throw error
        const current = await jobs.get(job.id)
        return current?.claimId === next.claimId ? { job: current!, untilMs } : undefined
      }
    },
    async renew(held) {
      const untilMs = clock.monotonicMs() + held.job.leaseMs!
      return { job: (await put(held, 'held', (job) => job)) ?? held.job, untilMs }
    },
    async finish(held) {
      if (held.job.isNamed === true) await put(held, 'ended', ended)
      else
        await write(held, 'ended', async ({ id, version }) => {
          await jobs.delete(id, { ifVersion: version })
        })
    },
    async commit(held, operations) {
      await write(held, 'ended', (job) => {
        const condition = { ifVersion: job.version }
        const end =
          job.isNamed === true
            ? jobs.op.put(job.id, ended(job), condition)
            : jobs.op.delete(job.id, condition)
        return transact([...operations, end])
      })
    },
    async release(held, { delayMs, error }) {
      const at = new Date(clock.wallMs() + delayMs)
      await put(held, 'waiting', (job) => ({
        ...job,
        place: placeOf('waiting', job),
        at,
        error: cut(error),
      }))
    },
    async giveBack(held) {
      await put(held, 'waiting', (job) => ({
        ...job,
        place: placeOf('waiting', job),
        at: now(),
        attempt: job.attempt - 1,
      }))
    },
    async bury(held, error) {
      await put(held, 'dead', (job) => ({
        ...job,
        place: placeOf('dead', job),
        at: now(),
        error: cut(error),
      }))
    },
    async buryLapsed({ claimId: _, ...job }, error) {
      const next: JobDocument = { ...job, place: placeOf('dead', job), at: now(), error: cut(error) }
      try {
        await jobs.put(job.id, next, { ifVersion: job.version })
        return true
      } catch (failure) {
        if (isFreedaError(failure, 'FREEDA_CONFLICT')) return false
        throw failure
      }
    },
    async discard(job, options) {
      const condition = { ...options, ifVersion: job.version }
      if (job.isNamed === true) await jobs.put(job.id, removed(job), condition)
      else await jobs.delete(job.id, condition)
    },
  }
}

const placesOf = (state: State, { name: queue, shards }: Sharded): string[] =>
  Array.from({ length: shards }, (_, shard) => placeOf(state, { queue, shard }))

/** What makes a job that of an attempt, the first one. */
export const newClaim = (job: Pick<JobDocument, 'queue' | 'shard'>, leaseMs: number, clock: Clock) => ({
  place: placeOf('held', job),
  at: new Date(clock.wallMs()),
  attempt: 1,
  claimId: randomUUID(),
  leaseMs,
})

const cut = (error: string | undefined): string | undefined => error?.slice(0, maxErrorLength).toWellFormed()

/**
 * After its lease, an attempt whose job nobody has taken yet may still end it; but not so late that the job may have ended
 * and its id be in use again, at the same version.
 */
const lateMs = 3_600_000
const maxTries = 6
const maxDelayMs = 2_000

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const written = Symbol('written')

type ClaimedWrite = (
  held: Held,
  leaves: State | 'ended',
  write: (job: StoredJob) => Promise<StoredJob | void>,
) => Promise<StoredJob | void>

/**
 * Writes that hold only as long as the claim does. When a write fails, the job tells whether it happened all the same, by
 * {@link JobDocument.claimId}. Tried again while the lease lasts.
 */
function claimedWrites(jobs: Jobs, clock: Clock): ClaimedWrite {
  const lost = ({ job }: Held, reason: string, cause: unknown) => {
    const { queue, attempt } = job
    return new FreedaError('FREEDA_JOB_LOST', { queue, id: jobId(job), attempt, reason }, { cause })
  }

  /** @returns the job when it is held as before, by this or by an earlier renewal; `written` when the write did happen */
  async function lookUp(
    held: Held,
    leaves: State | 'ended',
    error: unknown,
  ): Promise<StoredJob | typeof written> {
    const current = await jobs.get(held.job.id)
    if (current === undefined) {
      // Nobody else can have ended it while the lease lasted.
      if (leaves === 'ended' && clock.monotonicMs() < held.untilMs) return written
      throw lost(held, 'it has been ended.', error)
    }
    if (current.claimId !== held.job.claimId) throw lost(held, 'it was taken over or put aside.', error)
    const state = stateOf(current)
    if (state === 'held') return current
    if (state === leaves) return written
    throw lost(held, `an earlier write of the attempt has left it ${state}.`, error)
  }

  return async (held, leaves, write) => {
    let { job } = held
    for (let tried = 1; ; tried++) {
      if (clock.monotonicMs() > held.untilMs + lateMs)
        throw lost(held, 'nothing was heard of it for too long.', undefined)
      try {
        return await write(job)
      } catch (error) {
        const isConflict = isFreedaError(error, 'FREEDA_CONFLICT')
        if (!isConflict && !(isFreedaError(error) && error.retryable)) throw error
        const found = await lookUp(held, leaves, error).catch((failure: unknown) => {
          // The store is away: whether the claim holds will be seen at the next try.
          if (!isConflict && isFreedaError(failure) && failure.retryable) return job
          throw failure
        })
        if (found === written) return undefined
        // A renewal that was given up has arrived after all: what was refused is the version, which is known now.
        const isLate = found.version !== job.version
        job = found
        if (tried >= maxTries) throw error
        if (isLate) continue
        // The claim holds: what does not is an operation of the caller.
        if (isConflict || clock.monotonicMs() >= held.untilMs) throw error
        await pause(Math.random() * Math.min(maxDelayMs, 50 * 2 ** tried))
      }
    }
  }
}
