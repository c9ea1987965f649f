/** Decides when a snapshot is taken, and what happens when one fails. */
import { reasonOf } from './availability.ts'
import type { Log } from './log.ts'

export interface CompactionOptions {
  readonly log: Log
  /** A snapshot is due when the journals have more than this and more than the last snapshot. */
  readonly minBytes: number
  /** How long to wait after a failed snapshot; doubled each time, up to ten minutes. */
  readonly retryMs: number
  /** Bytes of the journals and of the snapshot that were found. */
  readonly journalBytes: number
  readonly snapshotBytes: number
  /** Throws when there is no room for a snapshot of at most this many bytes. */
  checkRoom(bytes: number): Promise<void>
  /** Takes a snapshot of what is there when it is called; returns its bytes. */
  take(): Promise<number>
  /** Whether the store failed: then there is nothing to be saved, and it is not the snapshot's fault. */
  hasFailed(): boolean
}

export interface Compaction {
  /** Counts what went into the journal, and starts a snapshot when it is due. */
  written(bytes: number): void
  /** Takes the last snapshot, unless `db.json` is complete already. Never throws. */
  finish(): Promise<void>
}

const maxRetryMs = 600_000

export function compaction(options: CompactionOptions): Compaction {
  const { log, minBytes, hasFailed } = options
  let { journalBytes, snapshotBytes, retryMs } = options
  let notBeforeMs = 0
  let running: Promise<void> | undefined

  const take = async () => {
    const covered = journalBytes
    journalBytes = 0
    try {
      snapshotBytes = await options.take()
    } catch (error) {
      journalBytes += covered
      throw error
    }
  }
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
      retryMs = options.retryMs
    } catch (error) {
      if (hasFailed()) return
      notBeforeMs = performance.now() + retryMs
      const data = { err: error, retryInMs: retryMs }
      log.error(data, `could not take a snapshot (${reasonOf(error)}); nothing is lost, the journal goes on`)
      retryMs = Math.min(retryMs * 2, maxRetryMs)
    }
  }
  const takeIfRoom = async () => {
    // While a snapshot fills a disk, a commit may find it full; that would stop the store.
    await options.checkRoom(snapshotBytes + journalBytes + minBytes)
    await take()
  }
  return {
    written(bytes) {
      journalBytes += bytes
      if (running !== undefined || journalBytes <= Math.max(minBytes, snapshotBytes)) return
      if (performance.now() < notBeforeMs) return
      running = attempt(takeIfRoom).finally(() => (running = undefined))
    },
    async finish() {
      await running
      if (!hasFailed() && (journalBytes > 0 || snapshotBytes === 0)) await attempt(take)
    },
  }
}
