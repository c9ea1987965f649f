/** Counts uses in the store that instances share; while that fails, in the memory of this instance. */
import type { Logger } from 'pino'
import { createGuard, failed } from '../circuit/guard.ts'
import { timeLimit } from '../circuit/time-limit.ts'
import type { MetricsRegistrar } from '../metrics.ts'
import type { RateLimitStore } from '../rate-limit.ts'
import { memoryStore } from './memory-rate-limits.ts'

type Consume = RateLimitStore['consume']

interface CountingOptions {
  /** Default: none, so that all is counted in memory. */
  readonly store?: RateLimitStore | undefined
  readonly metrics?: (() => MetricsRegistrar) | undefined
}

const defaultTimeLimitMs = 250

/** @returns what never fails because of the store */
export function countUses({ store, metrics }: CountingOptions, log: Logger): Consume {
  const uses = metrics?.().counter({
    name: 'uses_total',
    help: 'Requests counted by rate limits: where (store or memory), and whether they were allowed or refused.',
    labels: ['counted', 'outcome'],
  })
  const inMemory = memoryStore().consume
  const inStore = store === undefined ? undefined : guarded(store, log)
  return async (...use) => {
    const shared = inStore === undefined ? failed : await inStore(...use)
    const counted = shared === failed ? await inMemory(...use) : shared
    uses?.add(1, {
      counted: shared === failed ? 'memory' : 'store',
      outcome: counted.allowed ? 'allowed' : 'refused',
    })
    return counted
  }
}

function guarded(store: RateLimitStore, log: Logger) {
  const guard = createGuard({
    what: `uses of the rate limit store${store.name === undefined ? '' : ` ${store.name}`}`,
    meanwhile: 'requests are counted in the memory of this instance',
    within: timeLimit(store.timeLimitMs ?? defaultTimeLimitMs),
    log,
  })
  return (...use: Parameters<Consume>) => guard(() => store.consume(...use))
}
