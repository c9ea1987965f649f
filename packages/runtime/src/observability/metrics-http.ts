/** Counts requests by method, route and status; how long they took by method, route and class of status. */
import {
  addDuration,
  durations,
  getOrMake,
  histogramValues,
  readMetric,
  type Durations,
  type ReadMetric,
} from './metrics-series.ts'

export interface HttpMetrics {
  /**
   * @param route the pattern; undefined when no route handled the request.
   * @param seconds undefined: not timed.
   */
  record(method: string, route: string | undefined, status: number, seconds: number | undefined): void
  /** Counts a request that was refused for overload. */
  shed(): void
  readonly all: readonly ReadMetric[]
}

/** Clients choose method and path: what the app does not know goes into one bucket each, or they could fill the memory. */
const known: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const otherMethod = 'OTHER'
const noRoute = 'unmatched'

interface Series {
  readonly statuses: Map<number, number>
  /** By the first digit of the status. */
  readonly classes: (Durations | undefined)[]
}

/** How much is under way. */
export interface Load {
  readonly inFlight: number
  /** Event streams and WebSockets that are open. */
  readonly live: number
}

export function httpMetrics(load: () => Load): HttpMetrics {
  const routes = new Map<string, Map<string, Series>>()
  let shed = 0
  return {
    record(method, route = noRoute, status, seconds) {
      const methods = getOrMake(routes, route, newMethods)
      const one = getOrMake(methods, known.has(method) ? method : otherMethod, newSeries)
      one.statuses.set(status, (one.statuses.get(status) ?? 0) + 1)
      if (seconds !== undefined) addDuration((one.classes[Math.trunc(status / 100)] ??= durations()), seconds)
    },
    shed: () => void shed++,
    all: [
      ...requestMetrics(() =>
        [...routes].flatMap(([route, methods]) =>
          [...methods].map(([method, one]) => ({ labels: { method, route }, ...one })),
        ),
      ),
      single(
        'counter',
        'http_requests_shed_total',
        'Requests refused for overload; in no other metric.',
        () => shed,
      ),
      single('gauge', 'http_requests_in_flight', 'Requests under way.', () => load().inFlight),
      single(
        'gauge',
        'http_connections_live',
        'Event streams and WebSockets that are open.',
        () => load().live,
      ),
    ],
  }
}

const single = (type: 'counter' | 'gauge', name: string, help: string, read: () => number): ReadMetric =>
  readMetric(type, name, help, () => [{ value: read(), labels: {} }])

const durationName = 'http_request_duration_seconds'

function requestMetrics(
  series: () => readonly (Series & {
    readonly labels: { readonly method: string; readonly route: string }
  })[],
): ReadMetric[] {
  const total = readMetric(
    'counter',
    'http_requests_total',
    'Requests that are over; 499: the client left before an answer.',
    () =>
      series().flatMap(({ labels, statuses }) =>
        [...statuses].map(([status, value]) => ({ value, labels: { ...labels, status: String(status) } })),
      ),
  )
  const duration = readMetric(
    'histogram',
    durationName,
    'From the first byte of a request to the last byte of its answer.',
    () =>
      series().flatMap(({ labels, classes }) =>
        classes.flatMap((one, digit) =>
          one === undefined ? [] : histogramValues(durationName, { ...labels, status: `${digit}xx` }, one),
        ),
      ),
  )
  return [total, duration]
}

const newMethods = () => new Map<string, Series>()
const newSeries = (): Series => ({
  statuses: new Map(),
  classes: Array.from({ length: 10 }, () => undefined),
})
