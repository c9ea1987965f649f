/**
 * Own counters for what happens often: prom-client makes a key of all labels at each observation, which costs more than
 * all the rest of a request's bookkeeping. They are handed to its registry only when somebody reads.
 */

/** Seconds. */
export const durationBounds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

export interface Durations {
  /** For each bound how many were at most that and above the one before; at the end those above all bounds. */
  readonly counts: number[]
  sum: number
}

export const durations = (): Durations => ({
  counts: Array.from({ length: durationBounds.length + 1 }, () => 0),
  sum: 0,
})

export function addDuration(to: Durations, seconds: number): void {
  let at = 0
  while (at < durationBounds.length && seconds > durationBounds[at]!) at++
  to.counts[at]!++
  to.sum += seconds
}

type LabelValues = Readonly<Record<string, string>>

/** One line of a metric, as prom-client's registry prints it. */
export interface Value {
  readonly value: number
  readonly labels: LabelValues
  readonly metricName?: string
}

/** Something of the shape of a prom-client metric, read when it is printed. */
export interface ReadMetric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  get(): Promise<{
    readonly name: string
    readonly help: string
    readonly type: string
    readonly aggregator: 'sum'
    readonly values: readonly Value[]
  }>
}

export const readMetric = (
  type: ReadMetric['type'],
  name: string,
  help: string,
  read: () => readonly Value[],
): ReadMetric => ({
  name,
  help,
  type,
  get: async () => ({ name, help, type, aggregator: 'sum', values: read() }),
})

/** The lines of one series of a histogram: cumulative buckets, sum and count. */
export function histogramValues(name: string, labels: LabelValues, { counts, sum }: Durations): Value[] {
  let count = 0
  const buckets = counts.map((inBucket, at): Value => {
    count += inBucket
    return {
      value: count,
      labels: { le: String(durationBounds[at] ?? '+Inf'), ...labels },
      metricName: `${name}_bucket`,
    }
  })
  return [
    ...buckets,
    { value: sum, labels, metricName: `${name}_sum` },
    { value: count, labels, metricName: `${name}_count` },
  ]
}

/** `map.get(key)`, made when it is not there yet. */
export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
