/** The clock of schedules, which also wait by it: so that days pass in no time in a test. */
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock as clock, type Clock as LeaseClock } from '../leases/clock.ts'

export interface Clock extends LeaseClock {
  /** Resolves after `ms`, or as soon as `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** 0 ≤ n < 1. */
  random(): number
}

export const systemClock: Clock = {
  ...clock,
  wait: (ms, signal) => wait(Math.max(0, ms), undefined, { signal }).catch(() => undefined),
  random: Math.random,
}

/** The wall clock may be set meanwhile. */
const longestWaitMs = 30_000

/** Waits `ms`, in pieces, by whichever clock says first that they are over; undefined: until `signal` aborts. */
export async function pause(clock: Clock, ms: number | undefined, signal: AbortSignal): Promise<void> {
  const untilMs = ms === undefined ? Number.POSITIVE_INFINITY : ms
  const wallMs = clock.wallMs() + untilMs
  const monotonicMs = clock.monotonicMs() + untilMs
  while (!signal.aborted) {
    const leftMs = Math.min(wallMs - clock.wallMs(), monotonicMs - clock.monotonicMs())
    if (leftMs <= 0) return
    await clock.wait(Math.min(longestWaitMs, leftMs), signal)
  }
}
