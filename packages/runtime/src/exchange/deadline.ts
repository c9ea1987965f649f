import { performance } from 'node:perf_hooks'
import type { Exchange } from './exchange.ts'

/**
 * Watches over all requests under way with one timer: all have the same time, so the oldest is the next to run out of
 * it. A timer a request would cost a hash-map entry and a list node each, to be removed again within milliseconds.
 * @returns to be called whenever an exchange was opened
 */
export function createDeadline(
  timeoutMs: number,
  inFlight: ReadonlySet<Exchange>,
  expire: (exchange: Exchange) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined

  function sweep(): void {
    timer = undefined
    const now = performance.now()
    for (const exchange of inFlight) {
      // Once the headers are out nothing better can be said, and an event stream may take hours.
      if (exchange.res.headersSent || exchange.expired) continue
      const leftMs = exchange.startedAt + timeoutMs - now
      if (leftMs > 0) return arm(leftMs)
      expire(exchange)
    }
  }

  function arm(ms: number): void {
    // Node turns anything longer into 1 ms.
    timer = setTimeout(sweep, Math.min(Math.ceil(ms), 2 ** 31 - 1))
    timer.unref()
  }

  return () => {
    if (timer === undefined) arm(timeoutMs)
  }
}
