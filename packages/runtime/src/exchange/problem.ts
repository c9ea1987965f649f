/** What a client is told of an error: RFC 9457. Pure. */
import { STATUS_CODES } from 'node:http'
import { inspect } from 'node:util'
import { FreedaError, isFreedaError, type ErrorCode, type FieldError } from '../errors.ts'
import { isHttpProblem, type HttpProblem } from '../http.ts'

export interface ProblemDocument {
  /** Always `about:blank`: `code` says more, and a title of its own would need a page that stays (RFC 9457, 4.2.1). */
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly code: string
  readonly requestId: string
  /** Of FREEDA_VALIDATION. */
  readonly errors?: readonly FieldError[]
  /** Of FREEDA_CONFLICT, when the document is there. */
  readonly currentVersion?: number
  /** Of an unexpected error, in development. */
  readonly stack?: readonly string[]
}

export interface ProblemAnswer {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  readonly document: ProblemDocument
}

export interface ProblemContext {
  readonly requestId: string
  readonly production: boolean
}

/** What was thrown, as an Error: JavaScript lets one throw anything. */
export const errorFrom = (thrown: unknown): Error =>
  thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
    ? (thrown as Error)
    : new Error(`Something was thrown that is not an Error: ${inspect(thrown, { depth: 1 }).slice(0, 500)}`)

export function problemFrom(error: Error, context: ProblemContext): ProblemAnswer {
  if (isFreedaError(error)) return fromFreedaError(error, context)
  if (isHttpProblem(error)) return fromHttpProblem(error, context)
  return fromHttpError(error, context)
}

/** A problem of `status` about which nothing else is known. */
export const problemOfStatus = (status: number, requestId: string): ProblemAnswer =>
  answer(status, { code: codeOfStatus(status), requestId })

type Members = Omit<ProblemDocument, 'type' | 'title' | 'status'>

function answer(
  status: number,
  members: Members,
  headers: Readonly<Record<string, string>> = {},
): ProblemAnswer {
  const { detail, code, ...rest } = members
  const document: ProblemDocument = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? (status < 500 ? 'Client Error' : 'Server Error'),
    status,
    ...(detail === undefined ? {} : { detail }),
    code,
    ...rest,
  }
  return { status, code, headers, document }
}

/** `404` → `not_found`. */
const codeOfStatus = (status: number): string =>
  (STATUS_CODES[status] ?? `http_${status}`)
    .toLowerCase()
    .replaceAll("'", '')
    .replaceAll(/[^a-z0-9]+/g, '_')

const isErrorStatus = (status: unknown): status is number =>
  Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599

// ─────────────────────────────────────────────── the kinds of error ───────────────────────────────────────────────

/** What production says of failures that may pass; their own messages name tables, hosts and drivers. */
const generic: Partial<Record<ErrorCode, string>> = {
  FREEDA_THROTTLED: 'The service is busy. Try again in a moment.',
  FREEDA_UNAVAILABLE: 'The service cannot do this at the moment. Try again later.',
  FREEDA_TIMEOUT: 'The service took too long, or failed. Whether something was changed is unknown.',
  FREEDA_AUTH_UNAVAILABLE: 'Your credentials cannot be checked at the moment. Try again later.',
  FREEDA_REQUEST_TIMEOUT: 'The service took too long. Whether something was changed is unknown.',
  FREEDA_OVERLOADED: 'The service is busy. Try again in a moment.',
}

/** Seconds. Clients with a retry policy of their own back off from there. */
const retryAfter = '1'

function fromFreedaError(error: FreedaError, context: ProblemContext): ProblemAnswer {
  const { requestId, production } = context
  const { status } = error
  if (status >= 500 && !error.retryable) return internal(error, context)
  const headers: Record<string, string> = error.retryable ? { 'Retry-After': retryAfter } : {}
  if (isFreedaError(error, 'FREEDA_RATE_LIMITED'))
    headers['Retry-After'] = String(error.data.retryAfterSeconds)
  if (isFreedaError(error, 'FREEDA_METHOD_NOT_ALLOWED')) headers['Allow'] = error.data.allow.join(', ')
  if (isFreedaError(error, 'FREEDA_UNAUTHENTICATED') && error.data.challenges !== undefined)
    headers['WWW-Authenticate'] = error.data.challenges.join(', ')
  const detail =
    status >= 500 && production ? (generic[error.code] ?? generic.FREEDA_UNAVAILABLE!) : error.message
  const members: Members = { detail, code: error.code, requestId }
  if (isFreedaError(error, 'FREEDA_VALIDATION'))
    return answer(status, { ...members, errors: error.data.errors }, headers)
  if (
    (isFreedaError(error, 'FREEDA_CONFLICT') || isFreedaError(error, 'FREEDA_PRECONDITION_FAILED')) &&
    error.data.currentVersion !== undefined
  )
    return answer(status, { ...members, currentVersion: error.data.currentVersion }, headers)
  return answer(status, members, headers)
}

function fromHttpProblem(problem: HttpProblem, context: ProblemContext): ProblemAnswer {
  if (!isErrorStatus(problem.status)) return internal(problem, context)
  const { status, code, detail, headers, extensions } = problem
  const members: Members = { ...(detail === undefined ? {} : { detail }), code, requestId: context.requestId }
  const given = answer(status, members, headers)
  // The standard members win: a document whose `status` is not the response's would be wrong (RFC 9457, 3.1.2).
  return extensions === undefined
    ? given
    : { ...given, document: { ...given.document, ...extensions, ...given.document } }
}

/** http-errors, `ctx.throw` and what looks like them; everything else is unexpected. */
function fromHttpError(error: Error, context: ProblemContext): ProblemAnswer {
  const { status, statusCode, expose, headers, code } = error as Error & {
    readonly [K in 'status' | 'statusCode' | 'expose' | 'headers' | 'code']?: unknown
  }
  const declared = isErrorStatus(status) ? status : statusCode
  if (!isErrorStatus(declared) || (declared === 500 && expose !== true)) return internal(error, context)
  const members: Members = {
    ...(expose === true ? { detail: error.message } : {}),
    code: expose === true && typeof code === 'string' ? code : codeOfStatus(declared),
    requestId: context.requestId,
  }
  return answer(declared, members, stringHeaders(headers))
}

function stringHeaders(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {}
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

/** Nothing internal in production; in development what one needs to mend it. */
function internal(error: Error, { requestId, production }: ProblemContext): ProblemAnswer {
  const hidden = new FreedaError('FREEDA_INTERNAL', { requestId })
  if (production) return answer(500, { detail: hidden.message, code: hidden.code, requestId })
  const code = isFreedaError(error) ? error.code : hidden.code
  const stack = (error.stack ?? '').split('\n').map((line) => line.trim())
  return answer(500, { detail: error.message, code, requestId, stack })
}
