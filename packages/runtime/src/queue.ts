/** Queues: work that must be done, kept in the app's storage until it is. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Logger } from 'pino'
import { FreedaError } from './errors.ts'
import type { CallOptions, Operation } from './storage.ts'

// ───────────────────────────────────────────── what a plugin declares ─────────────────────────────────────────────

export interface BackoffOptions {
  /** Upper bound of the wait after the first failure, in milliseconds. Default 1,000. */
  readonly minMs?: number
  /** The bound doubles with each failure up to this, in milliseconds. Default 300,000. */
  readonly maxMs?: number
}

export interface QueueOptions {
  /** Name in the store. Default: the key under which a plugin declares it. Letters, digits, `.`, `_` and `-`. */
  readonly name?: string
  /** How many jobs one instance does at a time, 1–100. Default 4. */
  readonly concurrency?: number
  /** How often a job is begun before it is put aside as dead, 1–100. Default 5. */
  readonly attempts?: number
  /** Wait before the next attempt: anything up to a bound, which doubles with each failure. */
  readonly backoff?: BackoffOptions
  /** How long one attempt may take, in milliseconds, at most 12 h; then its signal aborts, and it has failed. Default 30,000. */
  readonly timeLimitMs?: number
  /** How long nothing must be heard of a worker before its jobs go to others, 1,000–600,000 ms. Default 30,000. */
  readonly leaseMs?: number
  /**
   * Over how many partitions a driver spreads its jobs, 1–16; it may only grow, since jobs beyond the last one are not
   * looked for. Default 1.
   */
  readonly shards?: number
}

/** A queue as declared by a plugin: pure data. */
export interface QueueDefinition<S extends StandardSchemaV1 = StandardSchemaV1> {
  readonly schema: S
  readonly name: string | undefined
  readonly concurrency: number
  readonly attempts: number
  readonly backoff: Required<BackoffOptions>
  readonly timeLimitMs: number
  readonly leaseMs: number
  readonly shards: number
}

/**
 * Declares a queue of jobs.
 * @param schema any Standard Schema of what a job is about; checked when a job is added.
 * @throws FREEDA_PLUGIN_DEFINITION when the options cannot be honoured.
 */
export function queue<S extends StandardSchemaV1>(schema: S, options: QueueOptions = {}): QueueDefinition<S> {
  const {
    name,
    concurrency = 4,
    attempts = 5,
    backoff = {},
    timeLimitMs = 30_000,
    leaseMs = 30_000,
  } = options
  const { shards = 1 } = options
  const { minMs = 1_000, maxMs = 300_000 } = backoff
  const refuse = (reason: string) => {
    throw new FreedaError('FREEDA_PLUGIN_DEFINITION', { plugin: `queue ${name ?? '(unnamed)'}`, reason })
  }
  if (typeof schema?.['~standard']?.validate !== 'function')
    refuse('its first argument is not a Standard Schema.')
  const known = ['name', 'concurrency', 'attempts', 'backoff', 'timeLimitMs', 'leaseMs', 'shards']
  for (const key of Object.keys(options))
    if (!known.includes(key)) refuse(`"${key}" is not an option; there are ${known.join(', ')}.`)
  if (name !== undefined && !queueName.test(name)) refuse(`"${name}" is not a queue name (${queueName}).`)
  const bounds: readonly [string, number, number, number][] = [
    ['concurrency', concurrency, 1, 100],
    ['attempts', attempts, 1, 100],
    ['backoff.minMs', minMs, 0, maxDelayMs],
    ['backoff.maxMs', maxMs, minMs, maxDelayMs],
    ['timeLimitMs', timeLimitMs, 1, maxTimeLimitMs],
    ['leaseMs', leaseMs, 1_000, 600_000],
    ['shards', shards, 1, 16],
  ]
  for (const [option, value, least, most] of bounds)
    if (!Number.isInteger(value) || value < least || value > most)
      refuse(`${option} is ${value}; use a whole number from ${least} to ${most}.`)
  return { schema, name, concurrency, attempts, backoff: { minMs, maxMs }, timeLimitMs, leaseMs, shards }
}

const queueName = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
/** An id stays taken for longer than any attempt can go on. */
const maxTimeLimitMs = 12 * 3_600_000
const maxDelayMs = 365 * 24 * 3_600_000

// ──────────────────────────────────────────────── what a plugin uses ────────────────────────────────────────────────

/** One attempt at a job. */
export interface Job<T> {
  readonly id: string
  readonly value: T
  /** 1 for the first. */
  readonly attempt: number
  readonly addedAt: Date
  /** Aborts when the attempt is out of time, when the job was taken over, and when the app has no more time to stop. */
  readonly signal: AbortSignal
  /** Says which job and attempt. */
  readonly log: Logger
  /**
   * Does `operations`, at most 99, and ends the job, all or nothing: what a job writes this way is written once, however
   * often it is begun. Call it once, as the last thing.
   * @throws FREEDA_JOB_LOST when the job is no longer this attempt's; and what {@link Storage.transact} throws
   */
  commit(operations: readonly Operation[]): Promise<void>
}

export interface AddOptions {
  /** Not before so many milliseconds, at most a year. Default 0. */
  readonly delayMs?: number
  /**
   * Of this job in the queue. It stays taken for a day after the job has ended: adding it again is a FREEDA_CONFLICT.
   * Default: made.
   */
  readonly id?: string
}

/** A job that was given up. */
export interface DeadJob<T> {
  readonly id: string
  readonly value: T
  /** How often it was begun. */
  readonly attempts: number
  readonly addedAt: Date
  readonly diedAt: Date
  /** Message of what the last attempt threw. */
  readonly error: string
}

export interface DeadPageOptions extends CallOptions {
  /** Jobs a page, 1–1000. Default 100. */
  readonly limit?: number
  /** The `cursor` of the page before. */
  readonly cursor?: string
}

/** A queue of the plugin that declared it. Jobs are done at least once, in no particular order. */
export interface Queue<T = unknown, Input = T> {
  readonly name: string
  /**
   * Resolves when the job is kept.
   * @throws FREEDA_VALIDATION, FREEDA_CONFLICT when the id is taken, FREEDA_ITEM_TOO_LARGE, and what storage throws
   */
  add(value: Input, options?: AddOptions & CallOptions): Promise<{ readonly id: string }>
  /** For `transact`: the job is kept together with the documents of the transaction, or not at all. */
  readonly op: { add(value: Input, options?: AddOptions): Operation }
  /**
   * Says how a job is done; in `setup`, once. What it throws is a failed attempt. Begins once the app listens.
   * @throws FREEDA_PLUGIN_DEFINITION when it was said already
   */
  work(handler: (job: Job<T>) => unknown): void
  /** Jobs that were given up, the oldest first. */
  dead(options?: DeadPageOptions): Promise<{ readonly items: DeadJob<T>[]; readonly cursor?: string }>
  /**
   * Lets a dead job begin again, with all its attempts.
   * @throws FREEDA_NOT_FOUND, FREEDA_CONFLICT when it is not dead
   */
  retry(id: string, options?: CallOptions): Promise<void>
  /**
   * Removes a job that is dead or waits.
   * @returns whether there was one
   * @throws FREEDA_CONFLICT when it is being done
   */
  remove(id: string, options?: CallOptions): Promise<boolean>
}

/** The queue that a definition gives. */
export type QueueOf<D extends QueueDefinition> = Queue<
  StandardSchemaV1.InferOutput<D['schema']>,
  StandardSchemaV1.InferInput<D['schema']>
>
