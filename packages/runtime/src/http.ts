/** What a handler sees of HTTP beside koa's own context. */
import type { RouterContext } from '@koa/router'
import type Router from '@koa/router'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { DefaultState } from 'koa'
import type { Logger } from 'pino'
import type { Principal, RequestServices } from './auth.ts'
import type { EventStream, EventStreamOptions, RegisterSocket } from './realtime.ts'
import type { RegisterRoute } from './route.ts'

/** On every koa context, beside what koa itself puts there. */
export interface RequestTools {
  /** From a well-formed `X-Request-Id` header, else made; echoed in the response and in every log line. */
  readonly requestId: string
  /** Logs with the request id. */
  readonly log: Logger
  /** Aborts when the client goes away, when the handler's time is up, or when the process gives up draining. */
  readonly signal: AbortSignal
  /** Who is calling; undefined for anonymous callers, and on routes whose `security` is `'public'`. */
  readonly principal: Principal | undefined
  /** The app's services and {@link CurrentPrincipal}. */
  readonly services: RequestServices
  /**
   * Reads the JSON body and validates it.
   * @throws FREEDA_BODY_MALFORMED, FREEDA_BODY_TOO_LARGE, FREEDA_BODY_UNSUPPORTED, FREEDA_VALIDATION
   */
  readBody<S extends StandardSchemaV1>(schema: S): Promise<StandardSchemaV1.InferOutput<S>>
  /**
   * Reads the body as text, whatever its type: UTF-8, plain or with gzip, deflate or br.
   * @throws FREEDA_BODY_MALFORMED, FREEDA_BODY_TOO_LARGE, FREEDA_BODY_UNSUPPORTED
   */
  readText(options?: ReadOptions): Promise<string>
  /** The same as bytes. @throws FREEDA_BODY_MALFORMED, FREEDA_BODY_TOO_LARGE, FREEDA_BODY_UNSUPPORTED */
  readBytes(options?: ReadOptions): Promise<Buffer>
  /**
   * Validates the query string; a parameter given more than once is an array.
   * @throws FREEDA_VALIDATION
   */
  readQuery<S extends StandardSchemaV1>(schema: S): Promise<StandardSchemaV1.InferOutput<S>>
  /** Answers with a stream of server-sent events; the headers go out at once, so refuse before. */
  events(options?: EventStreamOptions): EventStream
}

export interface ReadOptions {
  /** Of the body once it is decoded. Default: `server.bodyLimit`. */
  readonly maxBytes?: number
}

/** A handler's context: koa's, with {@link RequestTools}. */
export type RequestContext = RouterContext<DefaultState, RequestTools>

/**
 * A plugin's own @koa/router, under the plugin's prefix; its verbs also take a {@link RouteSpec} before the handler, and
 * `ws` defines a route for WebSockets.
 */
export type PluginRouter = Router<DefaultState, RequestTools> &
  Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', RegisterRoute> & { ws: RegisterSocket }>

export interface HttpProblemOptions {
  /** Stable and machine-readable, e.g. `ticket_closed`. */
  readonly code: string
  /** For people; reaches the client as it is. */
  readonly detail?: string
  readonly headers?: Readonly<Record<string, string>>
  /** More members of the problem document. */
  readonly extensions?: Readonly<Record<string, unknown>>
}

const kind = Symbol.for('freeda.problem')

/** An error that a client is meant to see, as RFC 9457 `application/problem+json`. */
export interface HttpProblem extends Error, HttpProblemOptions {
  readonly status: number
  readonly [kind]: true
}

/** Makes an error for a client: `throw httpProblem(409, { code: 'ticket_closed', detail: 'The ticket is closed.' })`. */
export const httpProblem = (status: number, options: HttpProblemOptions): HttpProblem =>
  Object.assign(new Error(options.detail ?? options.code), { ...options, status, [kind]: true as const })

export const isHttpProblem = (error: unknown): error is HttpProblem =>
  typeof error === 'object' && error !== null && kind in error

/**
 * What becomes of a schema-first route's answer. `'validate'`: refused with a 500 when its schema does not allow it, else
 * sent as it is. `'filter'`: the same, and what the schema makes of it is sent, without fields that it does not name.
 * `'trust'`: sent as it is.
 */
export type ResponseCheck = 'validate' | 'filter' | 'trust'

/** Cross-origin access, as in the Fetch standard. */
export interface CorsConfig {
  /** `'*'`: everybody, without credentials; or the origins that may read answers, e.g. `https://app.example.com`. */
  readonly origins: '*' | readonly string[]
  /** Default: GET, HEAD, PUT, PATCH, POST, DELETE. */
  readonly methods?: readonly string[] | undefined
  /** Request headers that may be sent; default: those that the browser asks for. */
  readonly headers?: readonly string[] | undefined
  /** Response headers that a script may read, beside ETag, Location, Retry-After and X-Request-Id. */
  readonly exposedHeaders?: readonly string[] | undefined
  /** Cookies and authorisation; not together with `origins: '*'`. */
  readonly credentials?: boolean | undefined
  /** How long a browser may keep a preflight's answer. Default 600. */
  readonly maxAgeSeconds?: number | undefined
}
