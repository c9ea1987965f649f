/** What caches count, by plugin. */
import type { MetricsRegistrar } from '../metrics.ts'

/** `shared`: asked while the same key was under way, and given what came of that. */
export type ReadOutcome = 'hit' | 'miss' | 'error' | 'shared'
/** `dropped`: loaded, but deleted or invalidated meanwhile. */
export type WriteOutcome = 'ok' | 'error' | 'too_large' | 'dropped'

export interface CacheMetrics {
  read(plugin: string, outcome: ReadOutcome): void
  write(plugin: string, outcome: WriteOutcome): void
  deletion(plugin: string, outcome: 'ok' | 'error'): void
  load(plugin: string, outcome: 'ok' | 'error'): void
}

export function cacheMetrics(metrics: MetricsRegistrar): CacheMetrics {
  const counter = (name: string, help: string) => {
    const metric = metrics.counter({ name, help, labels: ['plugin', 'outcome'] })
    return (plugin: string, outcome: string) => metric.add(1, { plugin, outcome })
  }
  return {
    read: counter(
      'reads_total',
      'Reads of caches by outcome: hit, miss, error, or shared with one under way.',
    ),
    write: counter(
      'writes_total',
      'Writes to caches by outcome: ok, error, too_large, or dropped as outdated.',
    ),
    deletion: counter('deletions_total', 'Keys deleted and tags invalidated by outcome: ok or error.'),
    load: counter('loads_total', 'Values that were made because no cache had them, by outcome: ok or error.'),
  }
}
