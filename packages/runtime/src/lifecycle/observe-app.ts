/** Puts metrics, EMF and tracing together, and between the layers that they watch. */
import type { IncomingMessage } from 'node:http'
import { performance } from 'node:perf_hooks'
import { symbols, type DestinationStream, type Logger } from 'pino'
import type { Http, HttpOptions } from '../http/create-http.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { matchedRoute } from '../exchange/matched-route.ts'
import { setTrace } from '../exchange/trace-context.ts'
import type { MetricsRegistrar } from '../metrics.ts'
import { emfReporter, type EmfReporter } from '../observability/emf-reporter.ts'
import { logLevelControl, type LogLevelControl } from '../observability/log-level.ts'
import { createMetrics, noMetrics, type Metrics } from '../observability/metrics.ts'
import { observeStorage, outcomeOf, type StorageObserver } from '../observability/observe-storage.ts'
import { redactor } from '../observability/redaction.ts'
import { loadTracing, type RequestSpan, type Tracing } from '../observability/tracing.ts'
import type { Plan } from '../plugins/plan.ts'
import type { Storage } from '../storage.ts'

export interface Observers {
  readonly metrics: Metrics | undefined
  readonly logLevel: LogLevelControl
  registrar(plugin: string): MetricsRegistrar
  storage(storage: Storage, driver: string): Storage
  /** Looks for an OpenTelemetry SDK: one that was loaded before the app, or that a plugin's setup has registered. */
  findSdk(): Promise<void>
  /** What the HTTP layer calls; all undefined when nothing watches. */
  hooks(): Pick<HttpOptions, 'onSettled' | 'onShed' | 'around'>
  /** From now on requests under way are those of `http`. */
  watch(http: Http): void
  close(): void
}

export async function observeApp(plan: Plan, log: Logger): Promise<Observers> {
  let http: Http | undefined
  const redact = redactor(plan.secrets)
  let tracing = await loadTracing(redact)
  const load = () => http ?? idle
  const metrics = plan.metrics === false ? undefined : await createMetrics({ load, redact, log })
  const emf = startEmf(plan, { inFlight: () => load().inFlight, write: lineWriter(log, redact) })
  const logLevel = logLevelControl(log)
  return {
    metrics,
    logLevel,
    registrar: metrics === undefined ? noMetrics(log) : metrics.registrar,
    storage: (storage, driver) =>
      observeStorage(
        storage,
        storageObserver(metrics, () => tracing, driver),
      ),
    async findSdk() {
      tracing ??= await loadTracing(redact)
    },
    hooks: () => httpHooks(metrics, emf, tracing),
    watch: (watched) => void (http = watched),
    close() {
      logLevel.close()
      emf?.close()
    },
  }
}

function startEmf(plan: Plan, surroundings: Parameters<typeof emfReporter>[1]): EmfReporter | undefined {
  const settings = plan.metrics === false ? undefined : plan.metrics.emf
  if (settings === undefined) return undefined
  return emfReporter({ ...settings, dimensions: settings.dimensions ?? { app: plan.name } }, surroundings)
}

/** Past the logger's level and format: a metric is no message, and CloudWatch wants the document as it is. */
function lineWriter(log: Logger, redact: (text: string) => string): (line: string) => void {
  const stream = (log as unknown as Record<symbol, DestinationStream>)[symbols.streamSym]
  return (line) => stream?.write(`${redact(line)}\n`)
}

const idle = { inFlight: 0, live: 0 }

/** Of a client that left before an answer, as nginx counts it. */
const clientClosedRequest = 499

function httpHooks(
  metrics: Metrics | undefined,
  emf: EmfReporter | undefined,
  tracing: Tracing | undefined,
): ReturnType<Observers['hooks']> {
  if (metrics === undefined && tracing === undefined) return {}
  const spans = new WeakMap<IncomingMessage, RequestSpan>()

  function onSettled(exchange: Exchange): void {
    const { req, res, ctx, startedAt } = exchange
    const route = matchedRoute(ctx)
    const method = req.method ?? ''
    const answered = res.headersSent
    if (metrics !== undefined) {
      const status = answered ? res.statusCode : clientClosedRequest
      const seconds = isEventStream(exchange) ? undefined : (performance.now() - startedAt) / 1_000
      metrics.http.record(method, route, status, seconds)
      emf?.record(status, seconds)
    }
    if (tracing === undefined) return
    const status = answered ? res.statusCode : undefined
    spans.get(req)?.end({ method, route, status, code: exchange.code })
  }

  function onShed(req: IncomingMessage): void {
    metrics?.http.shed()
    emf?.record(503, undefined)
    spans
      .get(req)
      ?.end({ method: req.method ?? '', route: undefined, status: 503, code: 'FREEDA_OVERLOADED' })
  }

  if (tracing === undefined) return { onSettled, onShed }
  return {
    onSettled,
    onShed,
    around(req, _res, handle) {
      const path = (req.url ?? '').split('?', 1)[0]!
      const scheme = 'encrypted' in req.socket ? 'https' : 'http'
      const span = tracing.startRequest({ method: req.method ?? '', path, scheme, headers: req.headers })
      spans.set(req, span)
      if (span.ids !== undefined) setTrace(req, span.ids)
      span.run(handle)
    },
  }
}

/** How long somebody listened says nothing about how fast the app is. */
const isEventStream = ({ res }: Exchange): boolean =>
  String(res.getHeader('content-type')).startsWith('text/event-stream')

/** @returns what to ask at each call; one observer for both, made once */
function storageObserver(
  metrics: Metrics | undefined,
  tracing: () => Tracing | undefined,
  driver: string,
): () => StorageObserver | undefined {
  const counting = metrics === undefined ? undefined : countStorage(metrics)
  let both: StorageObserver | undefined
  return () => {
    const found = tracing()
    if (found === undefined) return counting
    return (both ??= nested(counting, found.storage(driver)))
  }
}

const nested = (outer: StorageObserver | undefined, inner: StorageObserver): StorageObserver =>
  outer === undefined
    ? inner
    : {
        around: (collection, operation, work) =>
          outer.around(collection, operation, () => inner.around(collection, operation, work)),
      }

const countStorage = ({ storage }: Metrics): StorageObserver => ({
  async around(collection, operation, work) {
    const startedMs = performance.now()
    let outcome = 'ok'
    try {
      return await work()
    } catch (error) {
      outcome = outcomeOf(error)
      throw error
    } finally {
      storage.record(collection, operation, outcome, (performance.now() - startedMs) / 1_000)
    }
  },
})
