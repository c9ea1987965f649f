/** Time, as an instance has it: its wall clock may be wrong, its monotonic one only measures. */
import { setTimeout as wait } from 'node:timers/promises'

export interface Clock {
  /** Unix milliseconds: when something is due. */
  nowMs(): number
  /** Milliseconds since any moment: how long something lasts. */
  monotonicMs(): number
  /** Resolves after `ms`, or as soon as `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** 0 ≤ n < 1. */
  random(): number
}

export const systemClock: Clock = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  wait: (ms, signal) => wait(Math.max(0, ms), undefined, { signal }).catch(() => undefined),
  random: Math.random,
}
