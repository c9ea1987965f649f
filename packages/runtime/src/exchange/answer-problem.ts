/** Answers with a problem document, whatever state the exchange is in; and never twice. */
import { FreedaError, isFreedaError } from '../errors.ts'
import { httpProblem } from '../http.ts'
import { announcesBody } from './body.ts'
import { abortExchange, isAbandoned, isAbort, isIncomplete, type Exchange } from './exchange.ts'
import { errorFrom, problemFrom, problemOfStatus, type ProblemAnswer } from './problem.ts'

/** Answers what was thrown, when there is still something to answer; keeps what the log line must tell. */
export function answerError(exchange: Exchange, thrown: unknown): void {
  const { res } = exchange
  if (exchange.settled || exchange.expired || res.writableEnded) return reportLate(exchange, thrown)
  if (isAbandoned(exchange)) {
    if (!isGone(exchange, thrown) && isFailure(thrown)) exchange.error = errorFrom(thrown)
    res.destroy()
    return
  }
  if (res.headersSent) {
    // The status is out; only a connection that breaks tells the client that this is not the whole answer.
    exchange.error = errorFrom(thrown)
    res.destroy()
    return
  }
  sendError(exchange, errorFrom(thrown))
}

/** Answers a status that was set without a body. */
export const answerStatus = (exchange: Exchange, status: number): void =>
  send(exchange, problemOfStatus(status, exchange.requestId), true)

/** Answers for a handler whose time is up. While the body is still coming, the client is what is slow (RFC 9110, 15.5.9). */
export function answerTimeout(exchange: Exchange, timeoutMs: number): void {
  const error = exchange.reading
    ? httpProblem(408, { code: 'request_timeout', detail: `The body did not arrive within ${timeoutMs} ms.` })
    : new FreedaError('FREEDA_REQUEST_TIMEOUT', { timeoutMs })
  exchange.expired = true
  abortExchange(exchange, error)
  if (isAbandoned(exchange)) exchange.res.destroy()
  else if (!exchange.res.headersSent) sendError(exchange, error)
}

const isFailure = (thrown: unknown): boolean =>
  problemFrom(errorFrom(thrown), { requestId: '', production: true }).status >= 500

/** Whether `thrown` says no more than that the client left. */
const isGone = (exchange: Exchange, thrown: unknown): boolean =>
  isAbort(exchange, thrown) ||
  (thrown instanceof Error &&
    (thrown.name === 'AbortError' || ('code' in thrown && thrown.code === 'ECONNRESET')))

/** A handler that fails after its answer: nobody to tell but the log, unless it only obeyed its signal. */
function reportLate(exchange: Exchange, thrown: unknown): void {
  if (isGone(exchange, thrown) || !isFailure(thrown)) return
  const { requestId, shared } = exchange
  shared.log.error({ requestId, err: errorFrom(thrown) }, 'a handler failed after its request was over')
}

function sendError(exchange: Exchange, error: Error): void {
  const { requestId, shared } = exchange
  const problem = problemFrom(asPrecondition(exchange, error), { requestId, production: shared.production })
  // A method that nobody knows is no failure of ours: strangers must not be able to fill the log with stacks.
  if (problem.status >= 500 && problem.status !== 501) exchange.error = error
  send(exchange, problem)
}

/** A version that a client demanded by `If-Match` and that is not stored is its condition, not a conflict (RFC 9110, 13.1.1). */
export function asPrecondition({ req }: Exchange, error: Error): Error {
  if (req.headers['if-match'] === undefined) return error
  if (!isFreedaError(error, 'FREEDA_CONFLICT') || typeof error.data.expected !== 'number') return error
  const { currentVersion } = error.data
  return new FreedaError(
    'FREEDA_PRECONDITION_FAILED',
    { reason: error.message, currentVersion },
    { cause: error },
  )
}

function send(exchange: Exchange, problem: ProblemAnswer, keepHeaders = false): void {
  const { req, res } = exchange
  exchange.code = problem.code
  const text = stringify(problem)
  if (!keepHeaders) {
    // What the handler said of its own answer (type, length, ETag, caching, cookies) is not true of this one.
    for (const name of res.getHeaderNames()) res.removeHeader(name)
    exchange.shared.setBaseHeaders(exchange)
  }
  res.statusCode = problem.status
  res.statusMessage = ''
  setHeaders(exchange, problem)
  res.setHeader('Content-Type', 'application/problem+json')
  res.setHeader('Content-Length', Buffer.byteLength(text))
  res.setHeader('Cache-Control', 'no-store')
  const unread = restIsLong(exchange)
  if (unread || exchange.broken) res.setHeader('Connection', 'close')
  const body = req.method === 'HEAD' ? '' : text
  if (unread) endAfterRest(exchange, body)
  else res.end(body)
}

function stringify({ document }: ProblemAnswer): string {
  try {
    return JSON.stringify(document)
  } catch {
    // An extension that JSON cannot say: a BigInt, a cycle.
    const { type, title, status, detail, code, requestId } = document
    return JSON.stringify({ type, title, status, detail, code, requestId })
  }
}

function setHeaders({ res, shared, requestId }: Exchange, problem: ProblemAnswer): void {
  for (const [name, value] of Object.entries(problem.headers)) {
    try {
      res.setHeader(name, value)
    } catch (err) {
      shared.log.error({ requestId, err }, 'an error has a header that HTTP does not allow')
    }
  }
}

/** Whether so much of the request may still be to come that reading it only to drop it is not worth the connection. */
function restIsLong({ req, shared, expired, reading, broken }: Exchange): boolean {
  if (broken) return false
  if (!isIncomplete(req) || !announcesBody(req)) return false
  const announced = req.headers['content-length']
  return expired || reading || announced === undefined || Number(announced) > shared.bodyLimitBytes
}

const lingerMs = 500

/**
 * Ends the response only when the client stops sending, or after {@link lingerMs}. Closing at once would make the system
 * answer the bytes that still arrive with a reset, upon which many clients lose the answer (RFC 9112, 9.6).
 */
function endAfterRest(exchange: Exchange, body: string): void {
  const { req, res } = exchange
  const end = () => {
    clearTimeout(timer)
    req.off('end', end).off('close', end)
    res.end()
  }
  const timer = setTimeout(end, lingerMs)
  req.on('end', end).on('close', end)
  req.on('error', () => undefined).resume()
  exchange.answered = true
  if (body === '') res.flushHeaders()
  else res.write(body)
}
