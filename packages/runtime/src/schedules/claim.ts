/** The right to do one run: kept by signs of life, checked with each commit, given up at the end. */
import { FreedaError } from '../errors.ts'
import { inTurn } from '../leases/in-turn.ts'
import type { Operation } from '../storage.ts'
import type { Clock } from './clock.ts'
import type { Change, Found, RunState, ScheduleState } from './document.ts'
import type { StateStore } from './state-store.ts'
import { beaten, committed } from './transitions.ts'

export interface Claim {
  /** Aborts when it is lost, with FREEDA_JOB_LOST as its reason. */
  readonly lost: AbortSignal
  /** Says that the run lives, each third of the lease, until {@link Claim.end}. */
  keepAlive(): Promise<void>
  /** @throws FREEDA_JOB_LOST */
  commit(operations: readonly Operation[]): Promise<void>
  /**
   * Writes what became of the run; tries until the store takes it or `patience` aborts.
   * @returns what was written; `undefined` when another instance was first, or nobody knows
   */
  end(
    change: (state: ScheduleState, run: RunState) => Change,
    patience: AbortSignal,
  ): Promise<Found | undefined>
}

export interface ClaimParts {
  readonly name: string
  readonly leaseMs: number
  readonly store: StateStore
  readonly clock: Clock
}

/**
 * @param claimedMs when that was asked for, on the monotonic clock: others count from then on
 * @param claimed the state that was written or found, with a run of this instance
 */
export function openClaim(
  { name, leaseMs, store, clock }: ClaimParts,
  claimed: Found,
  claimedMs: number,
): Claim {
  const { slot, fence, attempt, instance } = claimed.state.run!
  const lost = new AbortController()
  const over = new AbortController()
  let current = claimed
  let aliveMs = claimedMs
  // Whoever commits knows the version for sure.
  const turns = inTurn()

  const refusal = (reason: string) =>
    new FreedaError('FREEDA_JOB_LOST', { schedule: name, slot: slot.toISOString(), fence, attempt, reason })

  function lose(reason: string): void {
    if (!lost.signal.aborted) lost.abort(refusal(reason))
  }

  /** Reads the state anew; whether the run is still this one. */
  async function isStillOwn(): Promise<boolean> {
    const found = await store.read()
    const run = found?.state.run
    if (found === undefined || run?.fence !== fence || run.instance !== instance) return false
    current = found
    return true
  }

  /** Does `write` with the state as it is now; `undefined` when the run is another one by then. */
  async function withCurrent<T>(
    write: (from: Found, run: RunState) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (;;) {
      const written = await write(current, current.state.run!)
      if (written !== undefined) return written
      // Only a write of its own that was given up, and came late, can have come between.
      if (!(await isStillOwn())) return undefined
    }
  }

  async function beat(): Promise<void> {
    const beganMs = clock.monotonicMs()
    const written = await withCurrent((from, run) =>
      store.write(from, { state: beaten(from.state, run), records: [] }),
    )
    if (written === undefined) return lose('another instance took over.')
    current = written
    aliveMs = beganMs
  }

  /** What was written before, and not acknowledged. */
  async function findWritten({ records }: Change): Promise<Found | undefined> {
    const found = await store.read()
    const { last } = found?.state ?? {}
    return last?.fence === fence && last.outcome === records.at(-1)?.outcome ? found : undefined
  }

  return {
    lost: lost.signal,

    async keepAlive() {
      while (!over.signal.aborted && !lost.signal.aborted) {
        await clock.wait(leaseMs / 3, over.signal)
        if (over.signal.aborted) return
        // Storage that does not answer is tried again; others may take over once the lease is over.
        await Promise.race([
          turns
            .take(async () => over.signal.aborted || lost.signal.aborted || (await beat()))
            .catch(() => undefined),
          clock.wait(Math.max(0, aliveMs + leaseMs - clock.monotonicMs()), over.signal),
        ])
        if (!over.signal.aborted && clock.monotonicMs() - aliveMs >= leaseMs)
          lose('its instance could not say for the whole lease that it lives.')
      }
    },

    commit: (operations) =>
      turns.take(async () => {
        if (lost.signal.aborted) throw lost.signal.reason
        if (over.signal.aborted) throw refusal('it is over.')
        const written = await withCurrent((from, run) =>
          store.transact(from, committed(from.state, run), operations),
        )
        if (written === undefined) {
          lose('another instance took over.')
          throw lost.signal.reason
        }
        current = written
      }),

    end(change, patience) {
      over.abort()
      return turns.take(async () => {
        for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, 5_000)) {
          try {
            let intended = change(current.state, current.state.run!)
            const written = await withCurrent((from, run) =>
              store.write(from, (intended = change(from.state, run))),
            )
            return written ?? (await findWritten(intended))
          } catch {
            // Not known whether it was written: the next try finds out.
          }
          if (patience.aborted) return undefined
          await clock.wait(waitMs * (0.5 + clock.random()), patience)
        }
      })
    },
  }
}
