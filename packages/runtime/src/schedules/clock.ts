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
