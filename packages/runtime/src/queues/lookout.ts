/** Finds jobs that an instance may begin: those that are due, and those whose workers were lost. */
import { watchLeases } from '../leases/watch-leases.ts'
import type { Clock } from '../leases/clock.ts'
import type { StoredJob } from './job-document.ts'
import type { JobStore } from './job-store.ts'
import type { OpenedQueue } from './opened-queue.ts'

export interface Lookout {
  /** A job to try; `undefined` when none is known. */
  take(): StoredJob | undefined
  /** A job that was just added here: nobody need look for it. */
  offer(job: StoredJob): void
  /** Whether jobs wait, or may do so: nobody has looked for as long as that is worth. A job of now is not to overtake them. */
  othersMayWait(): boolean
  /** There may be something to find. */
  expect(): void
  /** The store is away: forgets what it found, and looks again later. */
  pause(): void
  /** How long until it is worth looking, in milliseconds; 0 is now. */
  waitMs(): number
  /** Asks the store. @returns whether it is known that nothing is due; @throws what it throws */
  look(): Promise<boolean>
}

export interface LookoutParts {
  readonly queue: OpenedQueue
  readonly store: JobStore
  readonly clock: Clock
  /** Of documents: attempts of this instance. */
  readonly isOwn: (id: string) => boolean
  /** Told how long the oldest job that is due has waited, in milliseconds. */
  readonly onOldest: (ageMs: number) => void
}

/** Looking again finds what an index did not show a moment ago. */
const minIdleMs = 200
/** How late a job begins at worst that another instance has added. */
const maxIdleMs = 5_000
/** What was found longer ago has probably been begun by others. */
const freshForMs = 1_000
const maxPage = 100
/** How long an index may still show a job as it was before this instance began it. */
const forgetAfterMs = 10_000

interface Candidate {
  readonly job: StoredJob
  readonly foundMs: number
}

export function createLookout({ queue, store, clock, isOwn, onOldest }: LookoutParts): Lookout {
  const { concurrency, leaseMs } = queue
  const leases = watchLeases()
  const begun = recentlyBegun(clock)
  let candidates: Candidate[] = []
  let pageSize = concurrency * 2
  // Two questions are put to the store, each at its time on the monotonic clock: which jobs are due (`nextLookMs`), and
  // which are held by workers that are silent (`nextSweepMs`). Looks in vain become rarer: `idleMs` is what lies between two of
  // them, doubled by each, and short again once something was found or is expected.
  let idleMs = minIdleMs
  let nextLookMs = 0
  let nextSweepMs = 0

  function take(): StoredJob | undefined {
    const nowMs = clock.monotonicMs()
    while (candidates.length > 0) {
      // Not in order: instances that found the same page should not meet at each of its jobs.
      const at = Math.floor(Math.random() * candidates.length)
      const { job, foundMs } = candidates[at]!
      candidates[at] = candidates.at(-1)!
      candidates.pop()
      if (nowMs - foundMs > freshForMs) {
        candidates = []
        pageSize = Math.max(concurrency, Math.ceil(pageSize / 2))
        nextLookMs = 0
        return undefined
      }
      if (begun.knows(job)) continue
      begun.add(job)
      if (candidates.length === 0) pageSize = Math.min(maxPage, pageSize * 2)
      return job
    }
    return undefined
  }

  /** @returns whether nothing is due */
  async function lookForWaiting(): Promise<boolean> {
    const wallMs = clock.wallMs()
    const { items, hasMore } = await store.waiting(queue, wallMs + maxIdleMs, Math.min(maxPage, pageSize))
    const foundMs = clock.monotonicMs()
    const due = items.filter(({ at }) => at.getTime() <= wallMs)
    const fresh = due.filter((job) => !begun.knows(job))
    onOldest(fresh.length === 0 ? 0 : wallMs - fresh[0]!.at.getTime())
    candidates.push(...fresh.map((job) => ({ job, foundMs })))
    idleMs = fresh.length > 0 ? minIdleMs : Math.min(maxIdleMs, idleMs * 2)
    const next = items[due.length]
    const nextDueMs = next === undefined ? idleMs : Math.max(1, next.at.getTime() - wallMs)
    nextLookMs = hasMore && fresh.length > 0 ? 0 : foundMs + Math.min(idleMs, nextDueMs)
    return due.length === 0
  }

  async function sweep(): Promise<void> {
    const beganMs = clock.monotonicMs()
    const held = await store.held(queue)
    const endedMs = clock.monotonicMs()
    const others = held.filter(({ id }) => !isOwn(id))
    const seen = others.map((job) => ({
      id: job.id,
      version: job.version,
      leaseMs: job.leaseMs ?? leaseMs,
      job,
    }))
    for (const { job } of leases.lapsed(seen, { beganMs, endedMs }))
      candidates.push({ job, foundMs: endedMs })
    nextSweepMs = endedMs + leaseMs / (others.length > 0 ? 4 : 2)
  }

  return {
    take,
    offer(job) {
      if (job.at.getTime() > clock.wallMs()) {
        const dueInMs = job.at.getTime() - clock.wallMs()
        nextLookMs = Math.min(nextLookMs, clock.monotonicMs() + dueInMs)
      } else if (candidates.length < concurrency) candidates.push({ job, foundMs: clock.monotonicMs() })
      else nextLookMs = 0
    },
    othersMayWait: () => candidates.length > 0 || clock.monotonicMs() >= nextLookMs,
    expect() {
      idleMs = minIdleMs
      nextLookMs = 0
    },
    pause() {
      candidates = []
      begun.forget()
      idleMs = Math.min(maxIdleMs, idleMs * 2)
      nextLookMs = clock.monotonicMs() + idleMs
    },
    waitMs: () => Math.max(0, Math.min(nextLookMs, nextSweepMs) - clock.monotonicMs()),
    async look() {
      const nowMs = clock.monotonicMs()
      // Put off first: what throws is not asked again at once.
      if (nowMs >= nextSweepMs) {
        nextSweepMs = nowMs + leaseMs / 2
        await sweep()
      }
      if (nowMs < nextLookMs) return false
      nextLookMs = nowMs + maxIdleMs
      return lookForWaiting()
    },
  }
}

/** An index may show a job for a moment as it was before it was begun here: trying it again is a write in vain. */
function recentlyBegun(clock: Clock) {
  const versions = new Map<string, { readonly version: number; readonly atMs: number }>()
  return {
    knows({ id, version }: StoredJob): boolean {
      const known = versions.get(id)
      return (
        known !== undefined && known.version >= version && clock.monotonicMs() - known.atMs < forgetAfterMs
      )
    },
    forget: () => versions.clear(),
    add(job: StoredJob) {
      const nowMs = clock.monotonicMs()
      for (const [id, { atMs }] of versions) {
        if (nowMs - atMs < forgetAfterMs) break
        versions.delete(id)
      }
      versions.delete(job.id)
      versions.set(job.id, { version: job.version, atMs: nowMs })
    },
  }
}
