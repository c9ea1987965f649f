/** Counts what the app does with its collections, by collection, operation and outcome. */
import {
  addDuration,
  durations,
  getOrMake,
  histogramValues,
  readMetric,
  type Durations,
  type ReadMetric,
} from './metrics-series.ts'

export interface StorageMetrics {
  /** @param collection undefined for a transaction, which may touch several. */
  record(collection: string | undefined, operation: string, outcome: string, seconds: number): void
  readonly all: readonly ReadMetric[]
}

interface Series {
  readonly outcomes: Map<string, number>
  readonly durations: Durations
}

export function storageMetrics(): StorageMetrics {
  const collections = new Map<string, Map<string, Series>>()

  const lines = <T>(each: (labels: { collection: string; operation: string }, series: Series) => T[]): T[] =>
    [...collections].flatMap(([collection, operations]) =>
      [...operations].flatMap(([operation, series]) => each({ collection, operation }, series)),
    )

  return {
    record(collection = '', operation, outcome, seconds) {
      const operations = getOrMake(collections, collection, newOperations)
      const series = getOrMake(operations, operation, newSeries)
      series.outcomes.set(outcome, (series.outcomes.get(outcome) ?? 0) + 1)
      addDuration(series.durations, seconds)
    },
    all: [
      readMetric(
        'counter',
        'storage_operations_total',
        'Operations of collections by outcome: ok, or the error.',
        () =>
          lines((labels, { outcomes }) =>
            [...outcomes].map(([outcome, value]) => ({ value, labels: { ...labels, outcome } })),
          ),
      ),
      readMetric(
        'histogram',
        'storage_operation_duration_seconds',
        'How long operations of collections took.',
        () =>
          lines((labels, series) =>
            histogramValues('storage_operation_duration_seconds', labels, series.durations),
          ),
      ),
    ],
  }
}

const newOperations = () => new Map<string, Series>()
const newSeries = (): Series => ({ outcomes: new Map(), durations: durations() })
