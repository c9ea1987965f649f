/**
 * Sends what a handler left in the context, as koa does, with three differences: an error status without a body becomes
 * a problem document, a stream that fails before its first byte gets one too, and nothing listens to the response but
 * what must. Source: `respond` in koa 3's application.js, which koa does not export.
 */
import { Readable, Stream, pipeline } from 'node:stream'
import { answerError, answerStatus } from './answer-problem.ts'
import { isAbandoned, type Exchange } from './exchange.ts'
import { toJson } from './to-json.ts'

export function respond(exchange: Exchange): void {
  const { ctx, res } = exchange
  if (ctx.respond === false) return
  // Too late, or the handler wrote to `ctx.res` itself.
  if (exchange.expired || exchange.settled || res.headersSent) return discard(ctx.body)
  if (isAbandoned(exchange)) return void res.destroy()

  const { status } = ctx
  const body: unknown = ctx.body
  if (status === 204 || status === 205 || status === 304) {
    ctx.body = null // strips the headers of a body
    return void res.end()
  }
  if (body === undefined || body === null) return respondWithout(exchange, status, body)
  if (typeof body === 'string' || Buffer.isBuffer(body)) return end(exchange, body)
  const stream = streamOf(body)
  if (stream !== undefined) return sendStream(exchange, stream)
  const json = toJson(body)
  if (json === undefined) throw new TypeError(`A ${typeof body} cannot be sent as JSON.`)
  const bytes = Buffer.byteLength(json)
  if (!res.hasHeader('Transfer-Encoding')) res.setHeader('Content-Length', bytes)
  // Only ASCII has as many bytes as characters, and is the same in latin1, which is written without a conversion.
  end(exchange, json, bytes === json.length ? 'latin1' : 'utf8')
}

function end({ req, res }: Exchange, body: string | Buffer, encoding: BufferEncoding = 'utf8'): void {
  if (req.method === 'HEAD') res.end()
  else res.end(body, encoding)
}

function respondWithout(exchange: Exchange, status: number, body: null | undefined): void {
  if (status >= 400) return answerStatus(exchange, status)
  const { ctx } = exchange
  if (body === undefined) {
    ctx.type = 'text'
    ctx.length = Buffer.byteLength(ctx.message)
    return end(exchange, ctx.message)
  }
  ctx.remove('Content-Type')
  ctx.length = 0
  exchange.res.end()
}

function streamOf(body: unknown): Stream | undefined {
  // Most answers. Only the names of the classes below make Node load its whole fetch, at the first request.
  if (isPlain(body)) return isStream(body) ? body : undefined
  if (body instanceof Blob) return Readable.from(body.stream())
  if (body instanceof ReadableStream) return Readable.from(body)
  if (body instanceof Response) return Readable.from(body.body ?? [])
  return isStream(body) ? body : undefined
}

const isPlain = (body: unknown): boolean =>
  Array.isArray(body) ||
  (typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype)

const isStream = (body: unknown): body is Readable =>
  body instanceof Stream ||
  (typeof body === 'object' &&
    body !== null &&
    ['pipe', 'read', 'destroy'].every(
      (name) => typeof (body as Record<string, unknown>)[name] === 'function',
    ))

/** Frees what a stream holds, a file or a connection, when nobody will read it. */
function discard(body: unknown): void {
  if (isStream(body) && typeof body.destroy === 'function') body.destroy()
}

/** Waits for the first chunk: as long as nothing was sent, a failure and the deadline can still be told. */
function sendStream(exchange: Exchange, stream: Stream): void {
  const { req, res } = exchange
  if (req.method === 'HEAD') {
    discard(stream)
    return void res.end()
  }
  if (!(stream instanceof Readable)) return pipe(exchange, stream)
  const settle = (go: () => void) => {
    stream.off('readable', onReady).off('end', onReady).off('error', onFailed).off('close', onClosed)
    res.off('close', onAbandoned)
    go()
  }
  const onReady = () => settle(() => (exchange.expired ? discard(stream) : pipe(exchange, stream)))
  const onFailed = (error: unknown) => settle(() => answerError(exchange, error))
  // When the deadline was answered, koa destroys the body together with the response.
  const onClosed = () =>
    settle(() => {
      if (!exchange.expired && !exchange.settled && !res.writableEnded)
        answerError(exchange, new Error('The stream of the answer closed before it had an end.'))
    })
  const onAbandoned = () =>
    settle(() => {
      stream.on('error', () => undefined)
      discard(stream)
    })
  stream.on('readable', onReady).on('end', onReady).on('error', onFailed).on('close', onClosed)
  res.on('close', onAbandoned)
}

/** Unlike koa, breaks the connection when the stream fails midway, so that nobody takes a part for the whole. */
function pipe(exchange: Exchange, stream: Stream): void {
  const { res } = exchange
  // Before `pipeline` destroys the response; when that is destroyed already, it is the client who left.
  stream.once('error', (error: unknown) => {
    if (!res.destroyed) exchange.error ??= error
  })
  pipeline(stream as Readable, res, () => undefined)
}
