/** An answer that can be given again. */
import { httpProblem } from '../http.ts'
import { isReply } from '../route.ts'
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

/** The answer that stands in the context, before it goes out. */
export function capture(ctx: ExchangeContext): KeptAnswer {
  const headers: Record<string, string> = {}
  for (const name of kept) {
    const value = ctx.res.getHeader(name)
    if (value !== undefined) headers[name] = String(value)
  }
  return { status: ctx.status, headers, body: ctx.respond === false ? false : textOf(ctx.body) }
}

/** What a handler returned when nobody waited any more. */
export function answerOfReturned(returned: unknown, defaultStatus: number): KeptAnswer {
  const { status, body, headers } = isReply(returned)
    ? returned
    : { status: defaultStatus, body: returned, headers: {} }
  if (body === undefined || body === null) return { status, headers: { ...headers }, body: null }
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: typeof body === 'string' ? (toJson(body) ?? false) : textOf(body),
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
