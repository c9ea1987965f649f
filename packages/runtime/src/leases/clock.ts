/** Time as queues and schedules see it: the wall clock of an instance may be wrong, its monotonic one only measures. */
export interface Clock {
  /** Unix milliseconds: decides when something is due, and nothing else. Other machines may say otherwise. */
  wallMs(): number
  /** Milliseconds that only go on: decide how long something has lasted here. */
  monotonicMs(): number
}

export const systemClock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }
