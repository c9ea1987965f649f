/** A queue as its plugin sees it. */
import { FreedaError, isFreedaError, type FieldError } from '../errors.ts'
import type { AddOptions, DeadJob, Queue } from '../queue.ts'
import type { CallOptions, Operation } from '../storage.ts'
import { validate } from '../validate.ts'
import type { Clock } from '../leases/clock.ts'
import {
  documentId,
  jobId,
  placeOf,
  refuseTooLarge,
  stateOf,
  withUncheckedValue,
  type JobDocument,
  type StoredJob,
} from './job-document.ts'
import { newClaim, type JobStore } from './job-store.ts'
import type { OpenedQueue } from './opened-queue.ts'
import type { QueueWorker } from './queue-worker.ts'

export interface QueueParts {
  readonly queue: OpenedQueue
  readonly store: JobStore
  readonly clock: Clock
  readonly makeId: () => string
  /** Adds a job by a write that begins it, too; undefined when the instance has no room for it. */
  readonly beginNew: QueueWorker['beginNew']
  /** Told of a job that was added, and whether it has begun. */
  readonly onAdded: (job: StoredJob, isBegun: boolean) => void
  /** Told of an operation that will add a job, with the id of its document. */
  readonly onOperation: (operation: Operation, id: string) => void
  /** Told that a dead job waits again. */
  readonly onRetried: () => void
  readonly setHandler: (handler: NonNullable<OpenedQueue['handler']>) => void
}

const maxDelayMs = 365 * 24 * 3_600_000

export function openQueue(parts: QueueParts): Queue {
  const { queue, store, onAdded, onOperation } = parts
  const { name } = queue
  const dead = deadJobs(queue, store, parts.clock)
  return {
    name,
    async add(input, options = {}) {
      const { signal, ...rest } = options
      const { id, job } = newJob(parts, rest)
      const value = await validate(queue.schema, input, `The job for "${name}"`)
      refuseTooLarge({ queue: name, value })
      const key = documentId(name, id)
      const create = (claim?: Partial<JobDocument>) =>
        store.jobs.create({ ...job, value, ...claim }, { id: key, signal })
      const createHeld = (leaseMs: number) => create(newClaim(job, leaseMs, parts.clock))
      const isDue = rest.delayMs === undefined || rest.delayMs === 0
      await named(queue, id, async () => {
        const begun = isDue ? parts.beginNew(key, createHeld) : undefined
        onAdded(await (begun ?? create()), begun !== undefined)
      })
      return { id }
    },
    op: {
      add(input, options = {}) {
        const { id, job } = newJob(parts, options)
        const document = withUncheckedValue({ ...job, value: input }, queue.schema)
        const operation = store.jobs.op.create(document, { id: documentId(name, id) })
        onOperation(operation, operation.id)
        return operation
      },
    },
    work: parts.setHandler,
    ...dead,
    async retry(job, options) {
      await dead.retry(job, options)
      parts.onRetried()
    },
  }
}

/** What operators do: nothing of it needs the plugin. */
export function deadJobs(
  { name }: Pick<OpenedQueue, 'name'>,
  { jobs, discard }: Pick<JobStore, 'jobs' | 'discard'>,
  clock: Clock,
): Pick<Queue, 'dead' | 'retry' | 'remove'> {
  const find = async (id: string, options?: CallOptions) => {
    const job = await jobs.get(documentId(name, id), options)
    return job === undefined || stateOf(job) === 'ended' ? undefined : job
  }
  const refuse = (id: string, { version }: StoredJob) =>
    new FreedaError('FREEDA_CONFLICT', { collection: name, id, currentVersion: version })

  return {
    async dead(options = {}) {
      const partition = placeOf('dead', { queue: name })
      const { items, cursor } = await jobs.query({ ...options, index: 'byPlace', partition })
      return { items: items.map(deadJob), ...(cursor === undefined ? {} : { cursor }) }
    },
    async retry(id, options) {
      const job = await find(id, options)
      if (job === undefined) throw new FreedaError('FREEDA_NOT_FOUND', { collection: name, id })
      if (stateOf(job) !== 'dead') throw refuse(id, job)
      const { claimId: _, ...unclaimed } = job
      const next: JobDocument = {
        ...unclaimed,
        place: placeOf('waiting', job),
        at: new Date(clock.wallMs()),
        attempt: 0,
      }
      await jobs.put(job.id, next, { ...options, ifVersion: job.version })
    },
    async remove(id, options) {
      const job = await find(id, options)
      if (job === undefined) return false
      if (stateOf(job) === 'held') throw refuse(id, job)
      await discard(job, options)
      return true
    },
  }
}

const deadJob = (job: StoredJob): DeadJob<unknown> => ({
  id: jobId(job),
  value: job.value,
  attempts: job.attempt,
  addedAt: job.addedAt,
  diedAt: job.at,
  error: job.error ?? '',
})

function newJob({ queue, clock, makeId }: QueueParts, options: AddOptions): { id: string; job: JobDocument } {
  const { delayMs = 0, id } = options
  const errors: FieldError[] = []
  for (const key of Object.keys(options))
    if (key !== 'delayMs' && key !== 'id')
      errors.push({ path: key, message: 'is not an option here; there are delayMs, id' })
  if (!Number.isFinite(delayMs) || delayMs < 0 || delayMs > maxDelayMs)
    errors.push({ path: 'delayMs', message: `must be a number from 0 to ${maxDelayMs}` })
  if (id !== undefined && (typeof id !== 'string' || id === ''))
    errors.push({ path: 'id', message: 'must be a text that is not empty' })
  if (errors.length > 0)
    throw new FreedaError('FREEDA_VALIDATION', { what: `The options of a job for "${queue.name}"`, errors })
  const nowMs = clock.wallMs()
  const shard = Math.floor(Math.random() * queue.shards)
  const job: JobDocument = {
    queue: queue.name,
    ...(shard === 0 ? {} : { shard }),
    ...(id === undefined ? {} : { isNamed: true }),
    addedAt: new Date(nowMs),
    attempt: 0,
    place: placeOf('waiting', { queue: queue.name, shard }),
    at: new Date(nowMs + delayMs),
  }
  return { id: id ?? makeId(), job }
}

/** Speaks of the job, where storage speaks of its document. */
async function named<T>({ name }: OpenedQueue, id: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (!isFreedaError(error, 'FREEDA_CONFLICT')) throw error
    throw new FreedaError('FREEDA_CONFLICT', { ...error.data, collection: name, id }, { cause: error })
  }
}
