/** Metrics: what plugins count and measure, for whoever reads `/metrics`. */

type Labels<L extends string> = [L] extends [never] ? [] : [labels: Readonly<Record<L, string | number>>]

export interface MetricOptions<L extends string = never> {
  /**
   * Words in lower case with `_` between them, the unit at the end, `_total` at the end of a counter:
   * `mails_sent_total`. The plugin's name is put before it.
   */
  readonly name: string
  /** One sentence for people. */
  readonly help: string
  /**
   * What the numbers are told apart by. Each combination of values is a series that is kept for good: a label has a
   * handful of values, never an id or a path.
   */
  readonly labels?: readonly L[]
}

export interface HistogramOptions<L extends string = never> extends MetricOptions<L> {
  /** Upper bounds, rising. Default: seconds from 0.001 to 10. */
  readonly buckets?: readonly number[]
}

/** Only goes up. */
export interface Counter<L extends string = never> {
  add(value: number, ...labels: Labels<L>): void
}

/** Goes up and down. */
export interface Gauge<L extends string = never> {
  set(value: number, ...labels: Labels<L>): void
  add(value: number, ...labels: Labels<L>): void
}

/** How often a value was how large. */
export interface Histogram<L extends string = never> {
  observe(value: number, ...labels: Labels<L>): void
}

/** A plugin's side of metrics, in its setup. Costs nothing while the app's config has no metrics. */
export interface MetricsRegistrar {
  /** @throws FREEDA_PLUGIN_DEFINITION when the name or a label is malformed, or when somebody else has the name */
  counter<const L extends string = never>(options: MetricOptions<L>): Counter<L>
  /** @throws FREEDA_PLUGIN_DEFINITION when the name or a label is malformed, or when somebody else has the name */
  gauge<const L extends string = never>(options: MetricOptions<L>): Gauge<L>
  /** @throws FREEDA_PLUGIN_DEFINITION when the name or a label is malformed, or when somebody else has the name */
  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L>
}

export interface EmfConfig {
  /** Where CloudWatch shows the metrics, e.g. `support-desk`. */
  readonly namespace: string
  /** At most 30; each set of values is a metric that is billed. Default: `{ app: name }`. */
  readonly dimensions?: Readonly<Record<string, string>>
  /** Default 60. */
  readonly intervalSeconds?: number
}

/** Who may read metrics, and where; in production either `port` or `token`. */
export interface MetricsConfig {
  /** Default `/metrics`; `false` for none. */
  readonly path?: string | false
  /** A port of its own, which nothing routes to from outside. Default: the app's port. 0 takes a free one. */
  readonly port?: number
  /** Of that port. Default `0.0.0.0` in production, `127.0.0.1` otherwise. */
  readonly host?: string
  /** At least 16 characters, to be sent as `Authorization: Bearer …`. */
  readonly token?: string
  /** Writes metrics into the log, for CloudWatch. */
  readonly emf?: EmfConfig
}
