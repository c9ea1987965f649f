/** What node:http calls `clientError`: bytes that are no request, or that come too slowly. */
import type { Duplex } from 'node:stream'
import { httpProblem } from '../http.ts'
import { answerError } from '../exchange/answer-problem.ts'
import type { Exchange, Shared } from '../exchange/exchange.ts'
import { problemFrom } from '../exchange/problem.ts'
import { makeRequestId } from '../exchange/request-id.ts'

type ParserError = Error & { readonly code?: string; readonly rawPacket?: Buffer }

/** How long the client may take to read the refusal before the connection is cut. */
const lingerMs = 500

const refused = new WeakSet<Duplex>()

/**
 * Answers with a problem document and closes. `current` is the request under way on that connection, if any: it is
 * answered when the fault is in its body; when the fault comes behind it, it gets its own answer first.
 */
export function refuseConnection(
  shared: Shared,
  headers: readonly string[],
  current: Exchange | undefined,
  error: ParserError,
  socket: Duplex,
): void {
  // After the first fault the parser finds another in every packet.
  if (refused.has(socket)) return
  refused.add(socket)
  // HPE_INVALID_EOF_STATE: the client ended the connection in the middle of a request. It left.
  if (error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE' || !socket.writable)
    return void socket.destroy()
  const problem = problemOf(error)
  if (current !== undefined && !current.settled) return refuseBehind(current, problem, socket)

  const requestId = makeRequestId()
  const answer = problemFrom(problem, { requestId, production: shared.production })
  shared.log.info(
    { requestId, status: answer.status, code: answer.code, reason: error.code },
    'connection refused',
  )
  const body = JSON.stringify(answer.document)
  const lines = [
    `HTTP/1.1 ${answer.status} ${answer.document.title}`,
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ]
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}

function refuseBehind(current: Exchange, problem: Error, socket: Duplex): void {
  const { req, res } = current
  res.once('close', () => socket.destroy())
  if (req.complete) {
    if (!res.headersSent) res.setHeader('Connection', 'close')
  } else if (!res.headersSent) {
    current.broken = true
    answerError(current, problem)
  } else socket.destroy()
}

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) \S+ HTTP\/1\.[01]\r?\n/

/** A packet that begins with a request whose first line does not end. */
const longTarget = /^[A-Z]{3,10} [^\r\n]{1024,}$/

function problemOf(error: ParserError): Error {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refusal(408, 'request_timeout', 'The request did not arrive in time.')
    case 'HPE_HEADER_OVERFLOW':
      if (longTarget.test(error.rawPacket?.toString('latin1', 0, 2048) ?? ''))
        return refusal(414, 'uri_too_long', 'The URL is too long.')
      return refusal(431, 'request_header_fields_too_large', 'The headers of the request are too large.')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refusal(413, 'content_too_large', 'The chunk extensions of the request are too large.')
    case 'HPE_INVALID_METHOD':
      if (error.rawPacket === undefined || requestLine.test(error.rawPacket.toString('latin1', 0, 1024)))
        return refusal(501, 'not_implemented', 'The method is not implemented.')
  }
  return refusal(400, 'bad_request', 'This is not a valid HTTP request.')
}

const refusal = (status: number, code: string, detail: string) => httpProblem(status, { code, detail })
