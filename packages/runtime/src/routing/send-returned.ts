/** Sends what a schema-first handler returned. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Readable } from 'node:stream'
import { FreedaError, type FieldError } from '../errors.ts'
import { isReply, type RouteSpec } from '../route.ts'
import { pathText } from '../validate.ts'
import { entityTag, isVersioned, noneMatches, type Versioned } from '../exchange/entity-tag.ts'
import { exchangeOf, type ExchangeContext } from '../exchange/exchange.ts'
import { answerUnsent, type KeptAnswer } from '../exchange/kept-answer.ts'
import { isSchema, type RouteDefinition } from './route-definition.ts'
import { toJson } from '../exchange/to-json.ts'

/** What a status may have for a body: `undefined` when the route does not say, `null` for nothing. */
type Expected = StandardSchemaV1 | null | undefined
type Send = (ctx: ExchangeContext, returned: unknown) => void | Promise<void>

/** Sends what the handler of one route returns; what it gives throws FREEDA_RESPONSE_INVALID. */
export function returnSender(route: RouteDefinition): Send {
  const byStatus = schemasByStatus(route.spec.response)
  const declared = byStatus.size > 0
  const defaultStatus = defaultStatusOf(byStatus)
  const defaultSchema = byStatus.get(defaultStatus)

  const send = (
    ctx: ExchangeContext,
    status: number,
    schema: Expected,
    body: unknown,
  ): void | Promise<void> => {
    const { responses } = ctx[exchangeOf].shared
    if (schema === null || isEmpty(status)) {
      if (body !== undefined && body !== null && responses !== 'trust')
        throw invalid(route, status, [unexpected])
      return sendEmpty(ctx, status)
    }
    if (schema === undefined) return sendBody(ctx, status, body, false)
    if (body === undefined) throw invalid(route, status, [missing])
    if (responses === 'trust' || isStream(body)) return sendBody(ctx, status, body, true)
    const result = schema['~standard'].validate(body)
    const accept = ({ issues, value }: Result) => {
      if (issues !== undefined) throw invalid(route, status, issues.map(fieldError))
      sendBody(ctx, status, responses === 'filter' ? value : body, true)
    }
    return result instanceof Promise ? result.then((settled) => accept(settled as Result)) : accept(result)
  }

  return (ctx, returned) => {
    if (isReply(returned)) {
      const { status, body, headers } = returned
      const { res } = ctx[exchangeOf]
      // Too late when the handler's time is up.
      if (!res.headersSent) for (const name in headers) res.setHeader(name, headers[name]!)
      if (declared && ctx[exchangeOf].shared.responses !== 'trust') demandDeclared(route, byStatus, status)
      return send(ctx, status, isRedirect(status) ? null : byStatus.get(status), body)
    }
    // Nothing returned, but the handler spoke to koa, or to the socket.
    if (returned === undefined && answeredItself(ctx)) return
    return send(ctx, defaultStatus, defaultSchema, returned)
  }
}

/**
 * What would be sent of what a handler returns when nobody waits any more: through the same statuses and schemas.
 * What it gives throws FREEDA_RESPONSE_INVALID.
 */
export function unsentAnswerOf(
  route: RouteDefinition,
): (ctx: ExchangeContext, returned: unknown) => Promise<KeptAnswer> {
  const byStatus = schemasByStatus(route.spec.response)
  const defaultStatus = defaultStatusOf(byStatus)
  return async (ctx, returned) => {
    const { responses } = ctx[exchangeOf].shared
    const { status, body, headers } = isReply(returned)
      ? returned
      : { status: defaultStatus, body: returned, headers: {} }
    if (byStatus.size > 0 && responses !== 'trust') demandDeclared(route, byStatus, status)
    const schema = isRedirect(status) || isEmpty(status) ? null : byStatus.get(status)
    if (schema === null) return answerUnsent(status, undefined, headers)
    if (schema === undefined || responses === 'trust' || isStream(body))
      return answerUnsent(status, body, headers)
    const { issues, value } = (await schema['~standard'].validate(body)) as Result
    if (issues !== undefined) throw invalid(route, status, issues.map(fieldError))
    return answerUnsent(status, responses === 'filter' ? value : body, headers)
  }
}

function demandDeclared(
  route: RouteDefinition,
  byStatus: ReadonlyMap<number, unknown>,
  status: number,
): void {
  if (!byStatus.has(status) && !isRedirect(status))
    throw invalid(route, status, [{ path: '', message: 'the route declares no such status' }])
}

interface Result {
  readonly value?: unknown
  readonly issues?: readonly StandardSchemaV1.Issue[] | undefined
}

export function schemasByStatus(
  response: RouteSpec['response'],
): ReadonlyMap<number, StandardSchemaV1 | null> {
  if (response === undefined) return new Map()
  if (isSchema(response)) return new Map([[200, response as StandardSchemaV1]])
  return new Map(
    Object.entries(response as Record<string, StandardSchemaV1 | null>).map(([status, schema]) => [
      Number(status),
      schema,
    ]),
  )
}

/** The lowest status of success: JavaScript puts keys that are numbers in that order, however they were written. */
export function defaultStatusOf(byStatus: ReadonlyMap<number, unknown>): number {
  const statuses = [...byStatus.keys()]
  return statuses.find((status) => status < 300) ?? statuses[0] ?? 200
}

const isEmpty = (status: number) => status === 204 || status === 205 || status === 304
const isRedirect = (status: number) => status >= 300 && status < 400
const isStream = (body: unknown) => body instanceof Readable || body instanceof ReadableStream

function answeredItself(ctx: ExchangeContext): boolean {
  const { _explicitStatus } = ctx.response as { _explicitStatus?: boolean }
  return (
    ctx.body !== undefined ||
    _explicitStatus === true ||
    ctx.respond === false ||
    ctx[exchangeOf].res.headersSent
  )
}

function sendEmpty(ctx: ExchangeContext, status: number): void {
  ctx.status = status
  ctx.body = null
  // koa makes a 204 of every answer without a body that is no 204, 205 or 304.
  if (ctx.status !== status) ctx.status = status
}

/** `typed`: the route says what the body is, so that text is JSON too unless the handler named another type. */
function sendBody(ctx: ExchangeContext, status: number, body: unknown, typed: boolean): void {
  if (body === undefined || (body === null && !typed)) return sendEmpty(ctx, status === 200 ? 204 : status)
  if (isPlain(body)) return sendPlain(ctx, status, body)
  ctx.status = status
  if (isVersioned(body) && isUnchanged(ctx, body)) return sendEmpty(ctx, 304)
  if (body !== null && (typeof body !== 'string' || !typed || ctx.response.type !== '')) {
    ctx.body = body
    return
  }
  ctx.type = 'json'
  ctx.body = toJson(body)
}

/** What most handlers return. Does what koa's setters of status, body and type do, at a fraction of their cost. */
function sendPlain(ctx: ExchangeContext, status: number, body: object): void {
  if (isVersioned(body) && isUnchanged(ctx, body)) return sendEmpty(ctx, 304)
  const { res } = ctx[exchangeOf]
  if (res.headersSent) return
  const response = ctx.response as unknown as { _body: unknown; _explicitStatus: boolean }
  response._body = body
  response._explicitStatus = true
  res.statusCode = status
  res.statusMessage = '' // node:http's own
  if (!res.hasHeader('content-type')) res.setHeader('Content-Type', 'application/json; charset=utf-8')
}

function isPlain(body: unknown): body is object {
  if (typeof body !== 'object' || body === null) return false
  const prototype: unknown = Object.getPrototypeOf(body)
  return prototype === Object.prototype || prototype === Array.prototype
}

/** Puts a tag on a stored document that has none yet; whether the client has it already (RFC 9110, 13.1.2). */
function isUnchanged(ctx: ExchangeContext, document: Versioned): boolean {
  const { req, res } = ctx[exchangeOf]
  const given = res.getHeader('ETag')
  const tag = typeof given === 'string' ? given : entityTag(document, toJson(document) ?? '')
  if (given === undefined) res.setHeader('ETag', tag)
  const known = req.headers['if-none-match']
  return known !== undefined && (req.method === 'GET' || req.method === 'HEAD') && noneMatches(known, tag)
}

const missing: FieldError = { path: '', message: 'the handler returned nothing' }
const unexpected: FieldError = { path: '', message: 'the status has no body, but the handler returned one' }

const fieldError = ({ path, message }: StandardSchemaV1.Issue): FieldError => ({
  path: pathText(path ?? [], 'response'),
  message,
})

const invalid = ({ method, path }: RouteDefinition, status: number, errors: readonly FieldError[]) =>
  new FreedaError('FREEDA_RESPONSE_INVALID', { route: `${method} ${path}`, status, errors })
