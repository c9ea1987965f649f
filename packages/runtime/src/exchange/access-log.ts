import { performance } from 'node:perf_hooks'
import type { Exchange } from './exchange.ts'
import { matchedRoute } from './matched-route.ts'
import { traceOf } from './trace-context.ts'

/**
 * One line a request, when it is over. Without the query string, which holds tokens and names. A failure is told here
 * and nowhere else, with its stack and cause.
 */
export function logExchange(exchange: Exchange, aborted: boolean): void {
  const { ctx, req, res, shared, error } = exchange
  const failed = error !== undefined
  if (!failed && !shared.log.isLevelEnabled(res.statusCode >= 500 ? 'warn' : 'info')) return
  const url = ctx.originalUrl
  const query = url.indexOf('?')
  // One literal: objects of one shape cost less than half of one that grows; pino leaves out what is undefined.
  const line = {
    requestId: exchange.requestId,
    ip: ctx.ip,
    method: req.method,
    path: query === -1 ? url : url.slice(0, query),
    route: matchedRoute(ctx),
    status: res.headersSent ? res.statusCode : undefined,
    durationMs: Math.round((performance.now() - exchange.startedAt) * 1000) / 1000,
    code: exchange.code,
    aborted: aborted || undefined,
    err: error,
    ...traceOf(req),
  }
  if (failed) shared.log.error(line, 'request')
  // A handler that answers 503 on purpose, as readiness does while draining, is no failure.
  else if (res.headersSent && res.statusCode >= 500) shared.log.warn(line, 'request')
  else shared.log.info(line, 'request')
}
