import type { QueueDefinition } from '../queue.ts'

/**
 * How long to wait after a failed attempt, in milliseconds: anything up to a bound that doubles each time.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param attempt that failed, from 1
 */
export const backoffMs = (
  { minMs, maxMs }: QueueDefinition['backoff'],
  attempt: number,
  random: () => number = Math.random,
): number => Math.round(random() * Math.min(maxMs, minMs * 2 ** (attempt - 1)))
