/** Whether the store can serve, and if not, why. */
import { FreedaError } from '@freeda/runtime/driver'
import { errnoOf } from './files.ts'
import { CommitFailure } from './journal.ts'
import type { Log } from './log.ts'

/** The text of anything that was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export interface Availability {
  /**
   * Ends all service: a write or a sync failed. What the disk holds is unknown from then on (a sync that is
   * tried again may succeed without having written anything), and memory holds what may never be durable.
   * Source: https://lwn.net/Articles/752063/ ("PostgreSQL's fsync() surprise").
   */
  fail(error: unknown): void
  hasFailed(): boolean
  /** Ends all service, as wished. */
  close(): void
  /** @throws FREEDA_UNAVAILABLE when the store failed or is closed. */
  check(): void
  /** Waits, and checks again; for what memory may only tell when it is durable. */
  after(durable: Promise<unknown> | undefined, signal: AbortSignal | undefined): Promise<void>
  /**
   * Waits for a commit of the journal.
   * @throws FREEDA_TIMEOUT when the next start may bring it back, FREEDA_UNAVAILABLE when it cannot.
   */
  afterCommit(durable: Promise<void>, signal: AbortSignal | undefined): Promise<void>
}

export function availability(directory: string, log: Log): Availability {
  let failure: { readonly reason: string; readonly cause?: unknown } | undefined
  let isClosed = false

  const checkFailure = () => {
    if (failure === undefined) return
    const { reason, cause } = failure
    throw new FreedaError('FREEDA_UNAVAILABLE', { driver: 'json', reason }, { cause })
  }
  return {
    fail(error) {
      if (failure !== undefined) return
      failure = { reason: failureReason(directory, error), cause: error }
      log.error({ err: error, directory }, `the store stopped serving: ${failure.reason}`)
    },
    hasFailed: () => failure !== undefined,
    close: () => void (isClosed = true),
    check() {
      checkFailure()
      if (isClosed) throw new FreedaError('FREEDA_UNAVAILABLE', { driver: 'json', reason: 'it is closed.' })
    },
    async after(durable, signal) {
      signal?.throwIfAborted()
      if (durable === undefined) return
      // A commit fails only by what made the store fail.
      await unlessAborted(
        durable.catch(() => {}),
        signal,
      )
      checkFailure()
    },
    async afterCommit(durable, signal) {
      signal?.throwIfAborted()
      let isRefused = false
      const settled = durable.catch((error: unknown) => {
        isRefused = error instanceof CommitFailure && !error.mayBeWritten
      })
      await unlessAborted(settled, signal)
      if (failure === undefined) return
      if (isRefused) checkFailure()
      // Also when the journal says that it is durable: without the lock, the folder may be another process's by now.
      const { reason, cause } = failure
      throw new FreedaError('FREEDA_TIMEOUT', { driver: 'json', reason }, { cause })
    },
  }
}

function failureReason(directory: string, error: unknown): string {
  const errno = errnoOf(error)
  if (errno === 'ENOSPC' || errno === 'EDQUOT')
    return `the disk of ${directory} is full (${errno}). Free space, then restart; acknowledged writes are safe.`
  return `writing to ${directory} failed: ${reasonOf(error)}. Look at the disk, then restart; acknowledged writes are safe.`
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await work)
  let stop = () => {}
  const aborted = new Promise<void>((resolve) => {
    stop = resolve
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
  signal.throwIfAborted()
}
