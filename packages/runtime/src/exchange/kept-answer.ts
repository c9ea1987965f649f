/** An answer that can be given again. */
import { Readable } from 'node:stream'
import { httpProblem } from '../http.ts'
import { asPrecondition } from './answer-problem.ts'
import { exchangeOf, type ExchangeContext } from './exchange.ts'
import { errorFrom, problemFrom } from './problem.ts'
import { toJson } from './to-json.ts'

export interface KeptAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  /** `false`: not kept. */
  readonly body: string | null | false
}

/** Far below what storage takes in one document. */
const maxBytes = 200_000
/** What an answer says of itself; the rest every answer has anyway. */
const kept = [
  'content-type',
  'content-language',
  'content-disposition',
  'location',
  'etag',
  'link',
  'retry-after',
]

/** A cookie is for the one who asked first. */
const neverKept = 'set-cookie'

/** The answer that stands in the context, before it goes out, with the headers that the handler named. */
export function capture(ctx: ExchangeContext, named: readonly string[]): KeptAnswer {
  const headers: Record<string, string> = {}
  for (const name of new Set([...kept, ...named.map((name) => name.toLowerCase())])) {
    const value = name === neverKept ? undefined : ctx.res.getHeader(name)
    if (value !== undefined) headers[name] = String(value)
  }
  return { status: ctx.status, headers, body: ctx.respond === false ? false : textOf(ctx.body) }
}

/** An answer that nobody waited for any more, as it would have been sent. Ends a stream: nobody reads it. */
export function answerUnsent(
  status: number,
  body: unknown,
  given: Readonly<Record<string, unknown>>,
): KeptAnswer {
  const headers = Object.fromEntries(
    Object.entries(given)
      .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
      .filter(([name]) => name !== neverKept),
  )
  if (body === undefined || body === null) return { status, headers, body: null }
  if (body instanceof Readable) body.destroy()
  if (body instanceof ReadableStream) body.cancel().catch(() => undefined)
  const text = typeof body === 'string' ? (toJson(body) ?? null) : body
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: textOf(text),
  }
}

export function answerOfError(ctx: ExchangeContext, thrown: unknown): KeptAnswer {
  const exchange = ctx[exchangeOf]
  const { requestId, shared } = exchange
  const { status, headers, document } = problemFrom(asPrecondition(exchange, errorFrom(thrown)), {
    requestId,
    production: shared.production,
  })
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
    body: toJson(document) ?? false,
  }
}

function textOf(body: unknown): string | null | false {
  if (body === undefined || body === null) return null
  if (typeof body !== 'string' && isBinary(body)) return false
  const text = typeof body === 'string' ? body : toJson(body)
  return text === undefined || Buffer.byteLength(text) > maxBytes ? false : text
}

const isBinary = (body: unknown): boolean =>
  Buffer.isBuffer(body) ||
  body instanceof Blob ||
  body instanceof ReadableStream ||
  body instanceof Response ||
  (typeof body === 'object' && body !== null && 'pipe' in body)

/** @throws a 409 problem when the body was not kept */
export function replay(ctx: ExchangeContext, { status, headers, body }: KeptAnswer): void {
  if (body === false)
    throw httpProblem(409, {
      code: 'idempotency_answer_not_kept',
      detail: `A request with this Idempotency-Key was answered with ${status}; the answer was too large to be kept.`,
      extensions: { answered: status },
    })
  ctx.status = status
  ctx.body = body
  if (ctx.status !== status) ctx.status = status
  ctx.set(headers)
  ctx.set('Idempotency-Replayed', 'true')
}
