/** The metrics of an app: the runtime's own, those of the process, and those of plugins, in one registry. */
import type { Logger } from 'pino'
import type { Metric, Registry } from 'prom-client'
import type { MetricsRegistrar } from '../metrics.ts'
import { httpMetrics, type HttpMetrics, type Load } from './metrics-http.ts'
import { metricsRegistrar, type MetricOwners } from './metrics-registrar.ts'
import { storageMetrics, type StorageMetrics } from './metrics-storage.ts'
import type { ReadMetric } from './metrics-series.ts'

export interface Metrics {
  readonly http: HttpMetrics
  readonly storage: StorageMetrics
  registrar(plugin: string): MetricsRegistrar
  /** As text, in OpenMetrics when `accept` asks for it. */
  render(accept: string | undefined): Promise<{ readonly type: string; readonly text: string }>
}

interface Surroundings {
  readonly load: () => Load
  /** Hides secrets: what a plugin takes for a label may be one. */
  readonly redact: (text: string) => string
  readonly log: Logger
}

/** Loads prom-client, which an app without metrics never does. */
export async function createMetrics({ load, redact, log }: Surroundings): Promise<Metrics> {
  const prom = await import('prom-client')
  const registry = new prom.Registry()
  prom.collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 })
  const http = httpMetrics(load)
  const storage = storageMetrics()
  for (const metric of [...http.all, ...storage.all]) register(registry, metric)
  const owners: MetricOwners = new Map(registry.getMetricsAsArray().map(({ name }) => [name, 'freeda']))
  return {
    http,
    storage,
    registrar: (plugin) => metricsRegistrar(plugin, owners, { prom, registry }, log),
    async render(accept = '') {
      const open = wantsOpenMetrics(accept)
      const views = new prom.Registry()
      // Its types know of the other format only when the registry was made for it.
      if (open) views.setContentType(prom.Registry.OPENMETRICS_CONTENT_TYPE as never)
      for (const metric of registry.getMetricsAsArray() as unknown as ReadMetric[])
        register(views, viewOf(metric, open))
      return { type: views.contentType, text: redact(await views.metrics()) }
    },
  }
}

/** What setups get while metrics are off: names are checked, nothing is counted. */
export function noMetrics(log: Logger): (plugin: string) => MetricsRegistrar {
  const owners: MetricOwners = new Map()
  return (plugin) => metricsRegistrar(plugin, owners, undefined, log)
}

/** prom-client asks no more of a metric than this; its types name its own classes. */
const register = (registry: Pick<Registry, 'registerMetric'>, metric: ReadMetric) =>
  registry.registerMetric(metric as unknown as Metric)

/** Prometheus sends both, with weights; it prefers OpenMetrics when it names it at all. */
const wantsOpenMetrics = (accept: string) =>
  /application\/openmetrics-text\s*(;(?!\s*q=0(\.0*)?\s*(,|$))[^,]*)?(,|$)/.test(accept)

/**
 * A throw-away view for one printing. OpenMetrics names a counter without its `_total`, and prom-client takes it off the
 * metric itself, for good; and it prints NaN, of a lag that was not measured yet, as `Nan`, which neither format knows.
 * Source: `metrics` of Registry and `getValueAsString` in prom-client 15.
 */
const viewOf = (metric: ReadMetric, open: boolean): ReadMetric => ({
  name: metric.name,
  help: metric.help,
  type: metric.type,
  async get() {
    const read = await metric.get()
    const name = open && read.type === 'counter' ? read.name.replace(/_total$/, '') : read.name
    return { ...read, name, values: read.values.filter(({ value }) => !Number.isNaN(value)) }
  },
})
