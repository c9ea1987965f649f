/** Waiting between tries. */
import { setTimeout as sleep } from 'node:timers/promises'

const firstDelayMs = 25
const longestDelayMs = 1000

/**
 * Waits before another try.
 * Full jitter. Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param tried how many tries there were, from 1.
 */
export const backOff = (tried: number, signal: AbortSignal): Promise<void> =>
  sleep(Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** tried), undefined, { signal })
