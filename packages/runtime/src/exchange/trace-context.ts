/** The trace that a request belongs to, for its log lines. */
import type { IncomingMessage } from 'node:http'

export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits: the span that handles the request, or without an SDK the caller's. */
  readonly spanId: string
}

const ownSpan = Symbol('freeda.span')
type Traced = IncomingMessage & { [ownSpan]?: TraceContext }

/** Says which span handles a request; without that it is the caller's that counts. */
export function setTrace(req: IncomingMessage, trace: TraceContext): void {
  const traced: Traced = req
  traced[ownSpan] = trace
}

/** Looked up when a line is written; parsed only when the header is there. */
export function traceOf(req: IncomingMessage): TraceContext | undefined {
  const own = (req as Traced)[ownSpan]
  if (own !== undefined) return own
  const header = req.headers['traceparent']
  return typeof header === 'string' ? parseTraceparent(header) : undefined
}

const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/

/**
 * Parses a `traceparent` header; undefined when it is not well formed. A version newer than 00 may go on after a dash.
 * Source: https://www.w3.org/TR/trace-context/#traceparent-header-field-values
 */
export function parseTraceparent(header: string): TraceContext | undefined {
  const match = traceparent.exec(header)
  if (match === null) return undefined
  const [, version, traceId, spanId, rest] = match as unknown as [string, string, string, string, string?]
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId }
}
