/** CloudWatch's embedded metric format: metrics as log lines, which CloudWatch Logs turns into metrics. */

export interface EmfSettings {
  readonly namespace: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly intervalSeconds: number
}

/** A distribution as CloudWatch takes it: values, each with how often it was seen. */
export interface Distribution {
  readonly values: readonly number[]
  readonly counts: readonly number[]
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly count: number
}

/** What happened in one interval. */
export interface EmfSnapshot {
  readonly requests: number
  /** Answers with a status of 500 or more. */
  readonly errors: number
  /** Milliseconds; undefined when no request was timed. */
  readonly latency: Distribution | undefined
  /** Milliseconds; the worst of the interval. */
  readonly eventLoopLagMs: number
  readonly inFlight: number
}

const metrics = [
  { Name: 'Requests', Unit: 'Count' },
  { Name: 'Errors', Unit: 'Count' },
  { Name: 'Latency', Unit: 'Milliseconds' },
  { Name: 'EventLoopLag', Unit: 'Milliseconds' },
  { Name: 'InFlight', Unit: 'Count' },
] as const

/**
 * One document. Sources:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html and,
 * for distributions, https://github.com/open-telemetry/opentelemetry-collector-contrib/pull/22626
 */
export function emfDocument(
  { namespace, dimensions }: Pick<EmfSettings, 'namespace' | 'dimensions'>,
  { requests, errors, latency, eventLoopLagMs, inFlight }: EmfSnapshot,
  nowMs: number,
): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: metrics.filter(({ Name }) => Name !== 'Latency' || latency !== undefined),
        },
      ],
    },
    ...dimensions,
    Requests: requests,
    Errors: errors,
    ...(latency === undefined ? {} : { Latency: distribution(latency) }),
    EventLoopLag: eventLoopLagMs,
    InFlight: inFlight,
  }
}

const distribution = ({ values, counts, min, max, sum, count }: Distribution) => ({
  Values: values,
  Counts: counts,
  Min: min,
  Max: max,
  Sum: sum,
  Count: count,
})

/** CloudWatch takes no more values of a metric in one document. */
const maxValues = 100
const lowestMs = 0.1
/** A hundred steps from 0.1 ms to 100 s: each value is within 8 % of what was measured. */
const logStep = Math.log(1_000_000) / (maxValues - 2)

export interface EmfCounters {
  /** @param seconds undefined: not timed. */
  record(status: number, seconds: number | undefined): void
  /** What happened since it was last asked. */
  take(now: { readonly eventLoopLagMs: number; readonly inFlight: number }): EmfSnapshot
}

export function emfCounters(): EmfCounters {
  let counts = new Float64Array(maxValues)
  let [requests, errors, timed, sum, min, max] = [0, 0, 0, 0, Number.POSITIVE_INFINITY, 0]

  return {
    record(status, seconds) {
      requests++
      if (status >= 500) errors++
      if (seconds === undefined) return
      const ms = seconds * 1_000
      timed++
      sum += ms
      if (ms < min) min = ms
      if (ms > max) max = ms
      counts[
        ms <= lowestMs ? 0 : Math.min(maxValues - 1, 1 + Math.floor(Math.log(ms / lowestMs) / logStep))
      ]!++
    },
    take(now) {
      const latency = timed === 0 ? undefined : distributionOf(counts, { count: timed, sum, min, max })
      const snapshot = { requests, errors, latency, ...now }
      counts = new Float64Array(maxValues)
      ;[requests, errors, timed, sum, min, max] = [0, 0, 0, 0, Number.POSITIVE_INFINITY, 0]
      return snapshot
    },
  }
}

function distributionOf(
  counts: Float64Array,
  { count, sum, min, max }: { count: number; sum: number; min: number; max: number },
): Distribution {
  const seen = [...counts.keys()].filter((at) => counts[at]! > 0)
  // The middle of a step, which at the ends must not lie beyond what was measured.
  const middle = (at: number) => lowestMs * Math.exp((at - 0.5) * logStep)
  return {
    values: seen.map((at) => rounded(Math.min(max, Math.max(min, middle(at))))),
    counts: seen.map((at) => counts[at]!),
    min: rounded(min),
    max: rounded(max),
    sum: rounded(sum),
    count,
  }
}

const rounded = (ms: number) => Math.round(ms * 1_000) / 1_000
