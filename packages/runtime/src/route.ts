/** Schema-first routes: what a route takes and gives is data; types, validation and OpenAPI follow from it. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { Principal, Security } from './auth.ts'
import type { RequestContext } from './http.ts'

/** By status; `null` for one without a body, as 204. */
export type ResponseSchemas = Readonly<Record<number, StandardSchemaV1 | null>>

export interface RateLimit {
  /** Requests that one client may make in `window`. */
  readonly limit: number
  /** Seconds. */
  readonly windowSeconds: number
}

export interface RouteSpec<
  P extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  Q extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  H extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  B extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  R extends StandardSchemaV1 | ResponseSchemas | undefined = StandardSchemaV1 | ResponseSchemas | undefined,
> {
  /** Parameters of the path, as text; the schema may coerce them. */
  readonly params?: P
  /** A parameter given more than once is an array. */
  readonly query?: Q
  /** Names in lower case. The schema sees all headers, so it must not be a strict one. */
  readonly headers?: H
  /** The JSON body. */
  readonly body?: B
  /** What the handler returns: one schema (200), or a schema for each status. The lowest status of success is the default. */
  readonly response?: R
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly deprecated?: boolean
  /** Default: what the plugin says, else `'public'`. */
  readonly security?: Security
  /** Honours `Idempotency-Key`: the first answer is kept in the app's storage and given again. POST and PATCH only. */
  readonly idempotent?: boolean
  /** Default: what the config says. */
  readonly rateLimit?: RateLimit | false
  /** Leaves the route out of OpenAPI. */
  readonly hidden?: boolean
}

type Output<S, Otherwise> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : Otherwise

/** What a handler gets, typed by the schemas of its route. */
export interface RouteInput<P, Q, H, B> {
  readonly params: Output<P, Readonly<Record<string, string>>>
  readonly query: Output<Q, undefined>
  readonly headers: Output<H, undefined>
  readonly body: Output<B, undefined>
  /** Who is calling, when somebody authenticated. */
  readonly principal: Principal | undefined
  readonly requestId: string
  readonly log: Logger
  /**
   * The version that `If-Match` demands, to be passed on to storage: `put(params.id, value, { ifVersion })`. Undefined
   * without that header, and for `*`. The document's id must be one of the path's parameters; where it is not, as with a
   * slug, use {@link RouteInput.ifVersionOf}. Reading it throws FREEDA_PRECONDITION_FAILED (412) for the tag of another
   * document, and for what is no tag.
   */
  readonly ifVersion: number | undefined
  /** The version that `If-Match` demands of the document with this id. @throws FREEDA_PRECONDITION_FAILED */
  ifVersionOf(id: string): number | undefined
  /** Aborts when the client goes away or time is up. */
  readonly signal: AbortSignal
  /** koa's own, for everything else. */
  readonly ctx: RequestContext
}

const kind = Symbol.for('freeda.reply')

/** An answer with a status or headers of its own, made by {@link reply}. */
export interface Reply<S extends number = number, T = unknown> {
  readonly [kind]: true
  readonly status: S
  readonly body: T
  readonly headers: Readonly<Record<string, string>>
}

/** Answers with another status than the default, or with headers: `return reply(202, job, { location: '/jobs/1' })`. */
export function reply<const S extends number>(status: S): Reply<S, undefined>
export function reply<const S extends number, T>(
  status: S,
  body: T,
  headers?: Readonly<Record<string, string>>,
): Reply<S, T>
export function reply(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { [kind]: true, status, body, headers }
}

/** Sends the client elsewhere: 303 unless `status` says otherwise. */
export const redirect = (
  location: string,
  status: 301 | 302 | 303 | 307 | 308 = 303,
): Reply<typeof status, undefined> =>
  reply(status, undefined, { location: location.replaceAll(/[^!-~]+/g, percentEncoded) })

/** What a header cannot hold, as line breaks from a query; half surrogates become U+FFFD. */
const percentEncoded = (text: string): string => encodeURIComponent(Buffer.from(text).toString())

export const isReply = (value: unknown): value is Reply =>
  typeof value === 'object' && value !== null && kind in value

type BodyOf<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferInput<S> : undefined
type Redirect = Reply<301 | 302 | 303 | 307 | 308, undefined>

/** The status of an answer that says no other: the lowest of success. */
type DefaultStatus<R> = 200 extends keyof R
  ? 200
  : 201 extends keyof R
    ? 201
    : 202 extends keyof R
      ? 202
      : 204 extends keyof R
        ? 204
        : keyof R

/** A value for the default status; nothing or `null` where that has no body. */
type Plain<R extends ResponseSchemas> = null extends R[DefaultStatus<R> & keyof R]
  ? void | null | BodyOf<NonNullable<R[DefaultStatus<R> & keyof R]>>
  : BodyOf<R[DefaultStatus<R> & keyof R]>

/** What a handler may return: a value of the default status, a reply of any that is declared, a stream, or a redirect. */
export type Returned<R> = R extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<R> | Reply<200, StandardSchemaV1.InferInput<R>> | Redirect | Readable
  : R extends ResponseSchemas
    ? Plain<R> | { [S in keyof R]: Reply<S & number, BodyOf<R[S]>> }[keyof R] | Redirect | Readable
    : unknown

export type RouteHandler<P, Q, H, B, R> = (
  input: RouteInput<P, Q, H, B>,
) => Returned<R> | Promise<Returned<R>>

/** Registers a schema-first route: `router.get('/:id', { params: Id, response: Ticket }, ({ params }) => …)`. */
export interface RegisterRoute {
  <
    P extends StandardSchemaV1 | undefined = undefined,
    Q extends StandardSchemaV1 | undefined = undefined,
    H extends StandardSchemaV1 | undefined = undefined,
    B extends StandardSchemaV1 | undefined = undefined,
    const R extends StandardSchemaV1 | ResponseSchemas | undefined = undefined,
  >(
    path: string,
    spec: RouteSpec<P, Q, H, B, R>,
    handler: RouteHandler<P, Q, H, B, R>,
  ): unknown
}
