/** A job as it is kept: one document from `add` to its end. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { FreedaError } from '../errors.ts'
import { encode } from '../storage/codec.ts'
import { collectionInfo } from '../storage/collection-info.ts'
import { itemBytes, maxItemBytes } from '../storage/limits.ts'
import { collection, type CollectionOf, type Stored } from '../storage.ts'

export interface JobDocument {
  readonly queue: string
  /** Which of the queue's partitions it is in while it is not dead; absent: the first. */
  readonly shard?: number | undefined
  readonly value?: unknown
  /** `true`: the caller chose the id, which must not be free at once when the job has ended. */
  readonly isNamed?: true | undefined
  readonly addedAt: Date
  /** Attempts that were begun. */
  readonly attempt: number
  /** Where it stands: see {@link placeOf}. Absent once it has ended. */
  readonly place?: string | undefined
  /** Waiting: when it is due; held: since when; dead: when it died. */
  readonly at: Date
  /**
   * Of an attempt: made with its claim, and kept by all of its writes, the last one too. It is in the document only through
   * writes of that attempt: whoever else writes the document gives it another or takes it out. So after a lost answer the
   * attempt knows its own writes again; one more writer that copies it would make `commit` resolve for what was never written.
   */
  readonly claimId?: string | undefined
  /** How long a holder may be silent, in milliseconds. */
  readonly leaseMs?: number | undefined
  /** What the last attempt threw. */
  readonly error?: string | undefined
  /** When an id is free again. */
  readonly endsAt?: Date | undefined
}

export type StoredJob = Stored<JobDocument>

export type State = 'waiting' | 'held' | 'dead'

/** A partition of the one index: no state of a queue is in the way of another. Few jobs are dead: they need no shards. */
export const placeOf = (state: State, { queue, shard = 0 }: Pick<JobDocument, 'queue' | 'shard'>): string =>
  shard === 0 || state === 'dead' ? `${state}/${queue}` : `${state}/${queue}/${shard}`

export const stateOf = ({ place }: JobDocument): State | 'ended' =>
  place === undefined ? 'ended' : (place.slice(0, place.indexOf('/')) as State)

/** Ids of jobs are theirs alone within a queue. */
export const documentId = (queue: string, id: string): string => `${queue}/${id}`
export const jobId = ({ id, queue }: StoredJob): string => id.slice(queue.length + 1)

/** Schemas of values that are yet to be checked: of jobs that are added by an operation. */
const unchecked = new WeakMap<object, StandardSchemaV1>()

/** A document whose value is checked when it is written. */
export function withUncheckedValue(job: JobDocument, schema: StandardSchemaV1): JobDocument {
  unchecked.set(job, schema)
  return job
}

/** Values were checked when they were added: checking them at each claim would apply a schema's transformations again. */
const jobSchema: StandardSchemaV1<JobDocument, JobDocument> = {
  '~standard': {
    version: 1,
    vendor: 'freeda',
    validate(input) {
      const job = input as JobDocument
      const schema = unchecked.get(job)
      if (schema === undefined) return { value: job }
      const result = schema['~standard'].validate(job.value)
      return result instanceof Promise
        ? result.then((settled) => checked(job, settled))
        : checked(job, result)
    },
  },
}

function checked(
  job: JobDocument,
  result: StandardSchemaV1.Result<unknown>,
): StandardSchemaV1.Result<JobDocument> {
  if (result.issues === undefined) {
    const value = { ...job, value: result.value }
    refuseTooLarge(value)
    return { value }
  }
  return { issues: result.issues.map((issue) => ({ ...issue, path: ['value', ...(issue.path ?? [])] })) }
}

/** What a job may grow by: the claim of an attempt, and what it threw. Else one that is kept could not be begun. */
const reservedBytes = 8_192
const maxJobBytes = maxItemBytes - reservedBytes

/** @throws FREEDA_ITEM_TOO_LARGE, FREEDA_VALIDATION when the value cannot be kept */
export function refuseTooLarge({ queue, value }: Pick<JobDocument, 'queue' | 'value'>): void {
  const what = `The job for "${queue}"`
  const bytes = itemBytes(info, '', encode({ value }, what), { position: '', entries: {} })
  if (bytes > maxJobBytes)
    throw new FreedaError('FREEDA_ITEM_TOO_LARGE', { what, bytes, maxBytes: maxJobBytes })
}

/** Sixteen shards: jobs are never listed by id, and ids that are made one after the other would meet in one partition. */
export const jobsCollection = collection(jobSchema, {
  name: 'freeda.jobs',
  indexes: { byPlace: { partition: 'place', sort: 'at' } },
  ttl: 'endsAt',
  shards: 16,
})

const info = collectionInfo(jobsCollection)

export type Jobs = CollectionOf<typeof jobsCollection>
