/** OpenTelemetry spans for an app that installed an SDK; without one nothing here is even loaded. */
import type * as Otel from '@opentelemetry/api'
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api'
import type { IncomingHttpHeaders } from 'node:http'
import { outcomeOf, type StorageObserver } from './observe-storage.ts'

export interface RequestStart {
  readonly method: string
  /** Without the query string, which holds tokens and names. */
  readonly path: string
  readonly scheme: 'http' | 'https'
  readonly headers: IncomingHttpHeaders
}

export interface RequestEnd {
  readonly method: string
  readonly route: string | undefined
  /** Undefined when the client left before an answer. */
  readonly status: number | undefined
  /** Stable code of what went wrong, if anything. */
  readonly code: string | undefined
}

export interface RequestSpan {
  /** Undefined when the SDK gives none. */
  readonly ids: { readonly traceId: string; readonly spanId: string } | undefined
  /** Runs the handler with the span as the active one. */
  run(handle: () => void): void
  end(end: RequestEnd): void
}

export interface Tracing {
  startRequest(start: RequestStart): RequestSpan
  storage(driver: string): StorageObserver
}

/** Where `@opentelemetry/api` keeps what was registered. Source: its `src/internal/global-utils.ts`, any 1.x. */
const registered = Symbol.for('opentelemetry.js.api.1')

/**
 * Tracing when a tracer provider is registered, else undefined. The place where it would be is looked at first: loading
 * the API takes longer than the rest of a boot's own work.
 * @param redact hides secrets in texts
 */
export async function loadTracing(redact: (text: string) => string): Promise<Tracing | undefined> {
  const { trace } = ((globalThis as Record<symbol, unknown>)[registered] ?? {}) as { trace?: unknown }
  return trace === undefined ? undefined : createTracing(await import('@opentelemetry/api'), redact)
}

/** Others are `_OTHER`. Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/http/ */
const knownMethods: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE QUERY'.split(' '),
)

function createTracing(api: typeof Otel, redact: (text: string) => string): Tracing {
  const tracer = api.trace.getTracer('@freeda/runtime')
  return { startRequest: requestSpans(api, tracer, redact), storage: storageSpans(api, tracer) }
}

function requestSpans(
  { context, isSpanContextValid, propagation, trace, SpanKind, SpanStatusCode }: typeof Otel,
  tracer: Tracer,
  redact: (text: string) => string,
): Tracing['startRequest'] {
  function start({ method, path, scheme, headers }: RequestStart): readonly [Span, Context, owned: boolean] {
    const current = context.active()
    // An instrumentation of node:http was here before: a second server span would only repeat it.
    const outer = trace.getSpan(current)
    if (outer !== undefined && outer.spanContext().isRemote !== true) return [outer, current, false]
    const parent = propagation.extract(current, headers)
    const known = knownMethods.has(method)
    const attributes: Attributes = {
      'http.request.method': known ? method : '_OTHER',
      ...(known ? {} : { 'http.request.method_original': method }),
      'url.path': redact(path),
      'url.scheme': scheme,
    }
    const span = tracer.startSpan(nameOf(method), { kind: SpanKind.SERVER, attributes }, parent)
    return [span, trace.setSpan(parent, span), true]
  }

  function end(span: Span, { status, code }: RequestEnd): void {
    if (status !== undefined) span.setAttribute('http.response.status_code', status)
    // A refusal of the client's own making is no error of the server's.
    if (status === undefined || status >= 500) {
      span.setAttribute('error.type', code ?? (status === undefined ? 'aborted' : String(status)))
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    span.end()
  }

  return (request) => {
    const [span, within, owned] = start(request)
    const { traceId, spanId } = span.spanContext()
    return {
      ids: isSpanContextValid(span.spanContext()) ? { traceId, spanId } : undefined,
      run: (handle) => (owned ? context.with(within, handle) : handle()),
      end(how) {
        const { method, route } = how
        if (route !== undefined)
          span.updateName(`${nameOf(method)} ${route}`).setAttribute('http.route', route)
        if (owned) end(span, how)
      },
    }
  }
}

const storageSpans =
  ({ context, trace, SpanKind, SpanStatusCode }: typeof Otel, tracer: Tracer): Tracing['storage'] =>
  (driver) => ({
    async around(collection, operation, work) {
      const attributes: Attributes = { 'db.system.name': systemName(driver), 'db.operation.name': operation }
      if (collection !== undefined) attributes['db.collection.name'] = collection
      const name = collection === undefined ? operation : `${operation} ${collection}`
      const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes })
      try {
        return await context.with(trace.setSpan(context.active(), span), work)
      } catch (error) {
        span.setAttribute('error.type', outcomeOf(error)).setStatus({ code: SpanStatusCode.ERROR })
        throw error
      } finally {
        span.end()
      }
    },
  })

/** Of a span; `HTTP` for a method that nobody knows. */
const nameOf = (method: string) => (knownMethods.has(method) ? method : 'HTTP')

/** Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/ */
const systemName = (driver: string) => (driver === 'dynamodb' ? 'aws.dynamodb' : driver)
