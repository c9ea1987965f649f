/** Makes values and puts them on the shelf, counted; what is too large stays out. */
import type { Logger } from 'pino'
import type { CacheMetrics } from './cache-metrics.ts'
import type { PackedValue } from '../storage/pack-value.ts'

export interface ValueKeeperOptions {
  readonly plugin: string
  /** Values whose text has more bytes are not kept. */
  readonly maxValueBytes: number
  readonly metrics: CacheMetrics
  readonly log: Logger
}

export interface ValueKeeper {
  /** @throws what `load` throws */
  load(load: () => unknown): Promise<unknown>
  /** @param packed undefined: too large to be packed */
  keep(
    key: string,
    packed: PackedValue | undefined,
    write: (packed: PackedValue) => boolean | Promise<boolean>,
  ): Promise<boolean>
}

export function valueKeeper({ plugin, maxValueBytes, metrics, log }: ValueKeeperOptions): ValueKeeper {
  let isTold = false

  function refuse(key: string, bytes: number | undefined): false {
    metrics.write('too_large')
    if (!isTold)
      log.warn(
        { plugin, key, bytes, maxValueBytes },
        'a value is too large for the cache and is not kept; further ones are only counted',
      )
    isTold = true
    return false
  }

  return {
    async load(load) {
      let outcome: 'ok' | 'error' = 'error'
      try {
        const value = await load()
        outcome = 'ok'
        return value
      } finally {
        metrics.load(outcome)
      }
    },
    async keep(key, packed, write) {
      if (packed === undefined || packed.bytes > maxValueBytes) return refuse(key, packed?.bytes)
      const kept = await write(packed)
      metrics.write(kept ? 'ok' : 'error')
      return kept
    },
  }
}
