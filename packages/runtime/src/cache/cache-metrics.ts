/** What caches count, by plugin. */
import type { MetricsRegistrar } from '../metrics.ts'

/** `shared`: asked while the same key was under way, and given what came of that. */
export type ReadOutcome = 'hit' | 'miss' | 'error' | 'shared'
/** `dropped`: loaded, but deleted or invalidated meanwhile. */
export type WriteOutcome = 'ok' | 'error' | 'too_large' | 'dropped'

export interface CacheMetrics {
  read(outcome: ReadOutcome): void
  write(outcome: WriteOutcome): void
  deletion(outcome: 'ok' | 'error'): void
  load(outcome: 'ok' | 'error'): void
}

/** @returns what counts for one plugin */
export function cacheMetrics(metrics: MetricsRegistrar): (plugin: string) => CacheMetrics {
  const counter = <O extends string>(name: string, help: string, outcomes: readonly O[]) => {
    const metric = metrics.counter({ name, help, labels: ['plugin', 'outcome'] })
    return (plugin: string) => {
      // Made once: a hit in memory is so short that an object more is seen.
      const labels = Object.fromEntries(outcomes.map((outcome) => [outcome, { plugin, outcome }])) as Record<
        O,
        { readonly plugin: string; readonly outcome: O }
      >
      return (outcome: O) => metric.add(1, labels[outcome])
    }
  }
  const read = counter<ReadOutcome>(
    'reads_total',
    'Reads of caches by outcome: hit, miss, error, or shared with one under way.',
    ['hit', 'miss', 'error', 'shared'],
  )
  const write = counter<WriteOutcome>(
    'writes_total',
    'Writes to caches by outcome: ok, error, too_large, or dropped as outdated.',
    ['ok', 'error', 'too_large', 'dropped'],
  )
  const deletion = counter('deletions_total', 'Keys deleted and tags invalidated by outcome: ok or error.', [
    'ok',
    'error',
  ])
  const load = counter('loads_total', 'Values loaded because no cache had them, by outcome: ok or error.', [
    'ok',
    'error',
  ])
  return (plugin) => ({
    read: read(plugin),
    write: write(plugin),
    deletion: deletion(plugin),
    load: load(plugin),
  })
}
