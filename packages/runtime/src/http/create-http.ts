/** The HTTP layer of an app: the plugins' routers, and around them everything that is on by default. */
import Koa, { type DefaultState } from 'koa'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { type CorsConfig, type RequestTools, type ResponseCheck } from '../http.ts'
import type { Principal, RequestServices } from '../auth.ts'
import { FreedaError } from '../errors.ts'
import type { Mode } from '../plugin.ts'
import type { Storage } from '../storage.ts'
import { answerError, answerTimeout } from '../exchange/answer-problem.ts'
import { schemesOf, type Schemes } from '../routing/authenticate-requirement.ts'
import { guardRoutes } from '../routing/authenticate-routes.ts'
import { installClientAddress, type ProxyHeader } from '../exchange/client-address.ts'
import { createCors, type Cors } from '../exchange/cors.ts'
import { createDeadline } from '../exchange/deadline.ts'
import { createDispatch } from '../routing/dispatch.ts'
import {
  abortExchange,
  exchangeOf,
  openExchange,
  type Answering,
  type Exchange,
  type ExchangeContext,
  type Shared,
} from '../exchange/exchange.ts'
import { cutAll, liveConnections, sendAway } from '../exchange/live.ts'
import { routeLimits } from '../routing/limit-routes.ts'
import { answerOverload, createOverload, isEssential, neverOver, type OverloadOptions } from './overload.ts'
import { setQuotaHeaders, type RateLimitOptions } from '../routing/rate-limit.ts'
import type { Mount } from '../routing/mount.ts'
import { refuseConnection } from './refuse-connection.ts'
import { faultOf, isCondemned } from '../exchange/request-limits.ts'
import { requestIdFrom } from '../exchange/request-id.ts'
import { installRequestTools } from './request-tools.ts'
import { respond } from '../exchange/respond.ts'
import { idempotencyOf } from '../routing/idempotency.ts'
import { prepareRoutes, type RouteDefinition } from '../routing/route-definition.ts'
import { refuseConflicts } from '../routing/route-conflicts.ts'
import { securityHeaders } from '../exchange/security-headers.ts'
import { answerUnmatched } from '../exchange/unmatched.ts'
import { hasSockets, refuseUpgrade, responseFor } from './upgrade.ts'
import type { Upgrade } from '../realtime/pending-upgrade.ts'
import { exchangeOn, watchEnd } from '../exchange/watch-end.ts'

export interface HttpOptions {
  readonly mode: Mode
  /** Most bytes that a body may have once it is decoded. */
  readonly bodyLimitBytes: number
  /** How long a handler may take until its answer begins; 0 for as long as it likes. */
  readonly handlerTimeoutMs: number
  readonly cors: CorsConfig | false
  readonly securityHeaders: boolean
  readonly responses: ResponseCheck
  /** Where answers to `Idempotency-Key` are kept. */
  readonly storage?: Storage | undefined
  /** Default 8 KiB. */
  readonly maxUrlBytes?: number | undefined
  /** How many proxies every request passes. Default 0. */
  readonly trustProxy?: number | undefined
  /** Default `x-forwarded-for`. */
  readonly proxyHeader?: ProxyHeader | undefined
  /** Default: none, but what routes say. */
  readonly rateLimit?: RateLimitOptions | undefined
  /** Default: none. */
  readonly overload?: OverloadOptions | undefined
  /** Default: none. */
  readonly schemes?: Schemes | undefined
  /** The app's services as one request sees them. Default: none. */
  readonly openScope?: ((principal: () => Principal | undefined) => RequestServices) | undefined
  /** Told of every request when it is over. */
  readonly onSettled?: ((exchange: Exchange) => void) | undefined
  /** Told of every request that was refused for overload; of those there is nothing else to tell. */
  readonly onShed?: ((req: IncomingMessage) => void) | undefined
  /** Calls `handle` in a context of its own, as tracing needs it. */
  readonly around?: ((req: IncomingMessage, res: ServerResponse, handle: () => void) => void) | undefined
}

export interface Http {
  /** For `createServer` of node:http, and for tests without a socket. */
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void
  /** For the event `upgrade` when the request asks for a WebSocket; undefined when no plugin has any. */
  readonly upgrade: ((req: IncomingMessage, upgrade: Upgrade) => void) | undefined
  /** For the event of that name of a node:http server. */
  readonly clientError: (error: Error, socket: Duplex) => void
  /** The schema-first routes, in the order of their plugins. */
  readonly routes: readonly RouteDefinition[]
  /** Requests under way: until the last byte of the answer is out. */
  readonly inFlight: number
  /** Event streams and WebSockets that are open; they are not in flight. */
  readonly live: number
  /** From now on looks at the event loop's delay, until the app drains. */
  watchLoad(): void
  /** Tells the log that connections are closed because there are too many. */
  connectionDropped(): void
  /** From now on answers say `Connection: close`, also those to requests under way. */
  drain(): void
  /** Tells event streams and WebSockets to reconnect elsewhere, and ends them. */
  sendAway(): void
  /** Aborts the signals of what is still running. */
  abort(reason: unknown): void
}

/**
 * Makes the HTTP layer; nothing listens yet.
 * @throws FREEDA_ROUTE_CONFLICT naming every route that is claimed twice, and by whom; FREEDA_SECURITY_INVALID naming
 *   every route whose security cannot be enforced
 */
export function createHttp(mounts: readonly Mount[], options: HttpOptions, log: Logger): Http {
  refuseConflicts(mounts)
  // What comes before the handler of a schema-first route, in this order.
  const routes = prepareRoutes(mounts, [])
  const idempotency = idempotencyOf(routes, options)
  const limits = routeLimits(mounts, options.rateLimit ?? { general: false, by: 'ip' }, log)
  const guardNewRoutes = guardRoutes(mounts, options.schemes ?? schemesOf([]))
  const production = options.mode === 'production'
  const headers = options.securityHeaders ? securityHeaders(production) : []
  const cors = options.cors === false ? undefined : createCors(options.cors)
  const shared: Shared = {
    log,
    production,
    bodyLimitBytes: options.bodyLimitBytes,
    responses: options.responses,
    idempotency,
    openScope: options.openScope ?? (() => noServices),
    setBaseHeaders: (exchange) => setBaseHeaders(exchange, headers, cors),
    limitUnmatched: limits.unmatched,
    inFlight: new Set(),
    live: liveConnections(),
    cors: options.cors,
    onSettled: options.onSettled,
    draining: false,
  }
  const prepareLayers = () => {
    guardNewRoutes()
    // Behind it, and so in front of it: whatever authenticates must not be asked too often.
    limits.apply()
  }
  prepareLayers()
  const overload = createOverload(options.overload ?? neverOver, shared.inFlight, log)
  const { app, run } = mountRouters(mounts, log, prepareLayers)
  installClientAddress(app, {
    count: options.trustProxy ?? 0,
    header: options.proxyHeader ?? 'x-forwarded-for',
  })
  const { handlerTimeoutMs, around, maxUrlBytes = 8_192 } = options
  const watch =
    handlerTimeoutMs > 0
      ? createDeadline(handlerTimeoutMs, shared.inFlight, (exchange) =>
          answerTimeout(exchange, handlerTimeoutMs),
        )
      : () => undefined

  function handler(req: IncomingMessage, res: ServerResponse, refuse?: typeof refuseUpgrade): void {
    if (isCondemned(req.socket)) return
    if (overload.isOver() && !isEssential(mounts, req)) {
      overload.refused()
      options.onShed?.(req)
      return answerOverload(shared, req, res)
    }
    const startedAt = performance.now()
    const fault = faultOf(req, maxUrlBytes) ?? refuse?.(mounts, req)
    const ctx = app.createContext(req, res) as unknown as ExchangeContext
    const exchange = openExchange(shared, ctx, requestIdFrom(req.headers['x-request-id']), startedAt)
    watchEnd(exchange)
    watch()
    res.statusCode = 404 // koa's default until a handler sets a body
    setBaseHeaders(exchange, headers, cors)
    if (cors?.preflight(req, res) === true) return
    if (fault === undefined) run(exchange)
    else answerError(exchange, fault)
  }

  function upgrade(req: IncomingMessage, wanted: Upgrade): void {
    const res = responseFor(req, wanted)
    const handle = () => handler(req, res, refuseUpgrade)
    if (around === undefined) handle()
    else around(req, res, handle)
  }

  return {
    upgrade: hasSockets(mounts) ? upgrade : undefined,
    handler: around === undefined ? handler : (req, res) => around(req, res, () => handler(req, res)),
    routes,
    clientError: (error, socket) => refuseConnection(shared, headers, exchangeOn(socket), error, socket),
    get inFlight() {
      return shared.inFlight.size
    },
    get live() {
      return shared.live.open.size
    },
    watchLoad: overload.start,
    connectionDropped: overload.dropped,
    drain() {
      shared.draining = true
      overload.stop()
      for (const exchange of shared.inFlight) {
        const { req, res } = exchange
        // Of pipelined requests only the last: the others' answers would be lost behind it.
        if (!res.headersSent && exchangeOn(req.socket) === exchange) res.setHeader('Connection', 'close')
      }
    },
    sendAway: () => sendAway(shared.live),
    abort(reason) {
      for (const exchange of shared.inFlight) abortExchange(exchange, reason)
      cutAll(shared.live)
    },
  }
}

const noServices: RequestServices = {
  get: ({ id }) => {
    throw new FreedaError('FREEDA_SERVICE_UNKNOWN', { service: id })
  },
}

/** A koa app without koa's own error handling, which prints to stderr and answers in plain text. */
function mountRouters(mounts: readonly Mount[], log: Logger, prepare: () => void) {
  const app = new Koa<DefaultState, RequestTools>()
  installRequestTools(app)
  // Middleware may call either by koa's convention.
  Object.assign(app.context, {
    onerror(this: ExchangeContext, error: unknown) {
      if (error !== null && error !== undefined) answerError(this[exchangeOf], error)
    },
  })
  app.on('error', (err: unknown, ctx?: ExchangeContext) =>
    log.error({ err, requestId: ctx?.[exchangeOf]?.requestId }, 'middleware reported an error'),
  )
  const dispatch = createDispatch(mounts, answerUnmatched, prepare)

  function run(exchange: Exchange): void {
    try {
      const answer = dispatch(exchange.ctx)
      if (isThenable(answer)) void settle(exchange, answer)
      else respond(exchange)
    } catch (error) {
      answerError(exchange, error)
    }
  }

  async function settle(exchange: Exchange, answer: PromiseLike<unknown>): Promise<void> {
    try {
      await answer
      respond(exchange)
    } catch (error) {
      answerError(exchange, error)
    }
  }
  return { app, run }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

function setBaseHeaders(exchange: Answering, block: readonly string[], cors: Cors | undefined): void {
  const { req, res } = exchange
  for (let i = 0; i < block.length; i += 2) res.setHeader(block[i]!, block[i + 1]!)
  res.setHeader('X-Request-Id', exchange.requestId)
  cors?.setHeaders(req, res)
  setQuotaHeaders(exchange)
  if (exchange.shared.draining) res.setHeader('Connection', 'close')
}
