/** What plugins register: names checked and kept apart, series bounded, on prom-client when metrics are on. */
import type { Logger } from 'pino'
import type * as Prom from 'prom-client'
import { FreedaError } from '../errors.ts'
import type { HistogramOptions, MetricOptions, MetricsRegistrar } from '../metrics.ts'
import { durationBounds } from './metrics-series.ts'

/** prom-client and the registry to put metrics into. */
export interface PromTarget {
  readonly prom: typeof Prom
  readonly registry: Prom.Registry
}

/** More combinations of labels than this are a mistake, usually an id as a label: they would grow until memory ends. */
const maxSeries = 1_000
const overflow = 'OTHER'

type LabelValues = Readonly<Record<string, string | number>>
type AnyOptions = MetricOptions<string> & { readonly buckets?: readonly number[] | undefined }
type Kind = 'counter' | 'gauge' | 'histogram'

/** What all registrars of an app share: who has which name. */
export type MetricOwners = Map<string, string>

/**
 * The registrar of one plugin. Without a target names are checked all the same, so that a mistake shows in any test, and
 * what comes back does nothing.
 */
export function metricsRegistrar(
  plugin: string,
  owners: MetricOwners,
  target: PromTarget | undefined,
  log: Logger,
): MetricsRegistrar {
  const claim = (kind: Kind, options: AnyOptions) => claimName(kind, options, plugin, owners)

  return {
    counter(options) {
      const checked = claim('counter', options)
      if (target === undefined) return off
      const metric = new target.prom.Counter(config(checked, target))
      const series = seriesOf(checked, (labels) => metric.labels(labels), log)
      // In braces: prom-client gives back what its types do not tell of, and setups return what they call last.
      return {
        add: (value: number, labels?: LabelValues) => {
          series(labels).inc(value)
        },
      }
    },
    gauge(options) {
      const checked = claim('gauge', options)
      if (target === undefined) return off
      const metric = new target.prom.Gauge(config(checked, target))
      const series = seriesOf(checked, (labels) => metric.labels(labels), log)
      return {
        set: (value: number, labels?: LabelValues) => {
          series(labels).set(value)
        },
        add: (value: number, labels?: LabelValues) => {
          series(labels).inc(value)
        },
      }
    },
    histogram(options: HistogramOptions) {
      const checked = claim('histogram', options)
      if (target === undefined) return off
      const buckets = [...(options.buckets ?? durationBounds)]
      const metric = new target.prom.Histogram({ ...config(checked, target), buckets })
      const series = seriesOf(checked, (labels) => metric.labels(labels), log)
      return {
        observe: (value: number, labels?: LabelValues) => {
          series(labels).observe(value)
        },
      }
    },
  }
}

/** @throws FREEDA_PLUGIN_DEFINITION */
function claimName(kind: Kind, options: AnyOptions, plugin: string, owners: MetricOwners): AnyOptions {
  const refuse = (reason: string) =>
    new FreedaError('FREEDA_PLUGIN_DEFINITION', { plugin, reason: `the metric "${options.name}" ${reason}` })
  const wrong = problemOf(kind, options)
  if (wrong !== undefined) throw refuse(wrong)
  const prefix = `${plugin.toLowerCase().replaceAll('-', '_')}_`
  const name = options.name.startsWith(prefix) ? options.name : prefix + options.name
  const owner = owners.get(name)
  if (owner !== undefined) throw refuse(`is ${name}, which "${owner}" has registered already.`)
  owners.set(name, plugin)
  return { ...options, name }
}

const off = Object.freeze({ add: () => undefined, set: () => undefined, observe: () => undefined })

const config = ({ name, help, labels = [] }: AnyOptions, { registry }: PromTarget) => ({
  name,
  help,
  labelNames: [...labels],
  registers: [registry],
})

const word = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/
/** Of histograms; `le` of prom-client itself. */
const reservedLabels: ReadonlySet<string> = new Set(['le', 'quantile'])

/** Source: https://prometheus.io/docs/practices/naming/ */
function problemOf(kind: Kind, { name, help, labels = [], buckets }: AnyOptions): string | undefined {
  if (typeof name !== 'string' || !word.test(name))
    return 'has a name that is not words in lower case with "_" between them.'
  if ((kind === 'counter') !== name.endsWith('_total'))
    return kind === 'counter'
      ? 'is a counter: let its name end with "_total".'
      : 'ends with "_total", as counters do.'
  if (/_(bucket|sum|count)$/.test(name)) return 'ends as the parts of a histogram do; choose another name.'
  if (typeof help !== 'string' || help.trim() === '')
    return 'has no `help`: say in one sentence what it counts.'
  const label = labels.find((one) => !word.test(one) || reservedLabels.has(one))
  if (label !== undefined)
    return `has the label "${label}"; use words in lower case, and neither "le" nor "quantile".`
  if (new Set(labels).size < labels.length) return 'has a label twice.'
  if (
    buckets?.every((bound, at) => Number.isFinite(bound) && (at === 0 || bound > buckets[at - 1]!)) === false
  )
    return 'has buckets that do not rise.'
  return undefined
}

/** Finds the series of a combination of labels by one key, and puts those that are too many into one. */
function seriesOf<S>(
  { name, labels: names = [] }: AnyOptions,
  make: (labels: Record<string, string>) => S,
  log: Logger,
): (labels: LabelValues | undefined) => S {
  const found = new Map<string, S>()
  let other: S | undefined
  if (names.length === 0) {
    const only = make({})
    return () => only
  }

  function add(key: string, values: LabelValues): S {
    if (found.size >= maxSeries) {
      if (other === undefined)
        log.warn(
          { metric: name, labels: names },
          `the metric ${name} has more than ${maxSeries} series; further ones are counted as ${overflow}`,
        )
      return (other ??= make(Object.fromEntries(names.map((label) => [label, overflow]))))
    }
    const series = make(Object.fromEntries(names.map((label) => [label, String(values[label] ?? '')])))
    found.set(key, series)
    return series
  }

  return (values = {}) => {
    let key = ''
    for (const label of names) key += `${String(values[label] ?? '')}\u0000`
    return found.get(key) ?? add(key, values)
  }
}
