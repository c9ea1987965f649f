/** One request with its answer, from the first byte of the handler to the end of the response. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Principal, RequestServices } from '../auth.ts'
import type { CorsConfig, RequestContext, ResponseCheck } from '../http.ts'
import type { LiveConnections } from './live.ts'
import type { Requirement } from './authenticate.ts'
import type { IdempotencyStore } from './idempotency-store.ts'

/** What all requests of one {@link Http} share. */
export interface Shared {
  readonly log: Logger
  readonly production: boolean
  readonly bodyLimitBytes: number
  readonly responses: ResponseCheck
  /** Of routes that honour `Idempotency-Key`; there whenever a route does. */
  readonly idempotency: IdempotencyStore | undefined
  /** The app's services as one request sees them. */
  readonly openScope: (principal: () => Principal | undefined) => RequestServices
  /** Puts the headers on an answer that every answer has. */
  readonly setBaseHeaders: (exchange: Answering) => void
  /** Counts what no route answers; undefined when there is no limit. */
  readonly limitUnmatched: ((ctx: ExchangeContext) => Promise<void>) | undefined
  /** In the order in which they came. */
  readonly inFlight: Set<Exchange>
  /** Decides whose pages may open WebSockets. */
  readonly cors: CorsConfig | false
  /** Event streams and WebSockets. */
  readonly live: LiveConnections
  /** Told of every exchange when it is over; undefined when nobody wants to know. */
  readonly onSettled: ((exchange: Exchange) => void) | undefined
  draining: boolean
}

export interface Exchange {
  readonly shared: Shared
  readonly ctx: ExchangeContext
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly requestId: string
  /** `performance.now()`. */
  readonly startedAt: number
  log: Logger | undefined
  controller: AbortController | undefined
  /** Why `ctx.signal` aborts or would abort. */
  abortReason: unknown
  /** Who is calling, once that is known. */
  principal: Principal | undefined
  /** What the caller was found to satisfy. */
  admittedBy: Requirement | undefined
  services: RequestServices | undefined
  /** The JSON body, once somebody asked for it. */
  body: Promise<unknown> | undefined
  /** Whether the body is being waited for: then a deadline is the client's. */
  reading: boolean
  /** Out of time: whatever the handler still does is ignored. */
  expired: boolean
  /** Whether all of the answer was written, although the response is kept open for the rest of the request. */
  answered: boolean
  /** The rest of the request will never be understood. */
  broken: boolean
  /** Over: finished, or the client is gone. */
  settled: boolean
  /** What the log line tells of a failure. */
  error: unknown
  /** Code of the problem that was answered. */
  code: string | undefined
  /** The scopes of the rate limits that have counted it. */
  counted: readonly string[]
  /** What the client has left, for headers. */
  quota: { readonly policy: string; readonly left: string } | undefined
}

/** What is needed for the headers that every answer has. */
export type Answering = Pick<Exchange, 'req' | 'res' | 'requestId' | 'shared' | 'quota'>

export const exchangeOf = Symbol('freeda.exchange')

/** koa's context as Freeda makes it. `matched` and `routerPath` are @koa/router's. */
export type ExchangeContext = RequestContext & { [exchangeOf]: Exchange }

const uncounted: readonly string[] = []

/** Starts an exchange; from here on it is in flight. */
export function openExchange(
  shared: Shared,
  ctx: ExchangeContext,
  requestId: string,
  startedAt: number,
): Exchange {
  const exchange: Exchange = {
    shared,
    ctx,
    req: ctx.req,
    res: ctx.res,
    requestId,
    startedAt,
    log: undefined,
    controller: undefined,
    abortReason: undefined,
    principal: undefined,
    admittedBy: undefined,
    services: undefined,
    body: undefined,
    reading: false,
    expired: false,
    answered: false,
    broken: false,
    settled: false,
    error: undefined,
    code: undefined,
    counted: uncounted,
    quota: undefined,
  }
  ctx[exchangeOf] = exchange
  shared.inFlight.add(exchange)
  return exchange
}

/** Aborts `ctx.signal`, now or when somebody asks for it; the first reason stays. */
export function abortExchange(exchange: Exchange, reason: unknown): void {
  if (exchange.abortReason !== undefined) return
  exchange.abortReason = reason
  exchange.controller?.abort(reason)
}

/** The signal is made when it is asked for: an AbortController costs more than the rest of an exchange. */
export function signalOf(exchange: Exchange): AbortSignal {
  if (exchange.controller === undefined) {
    exchange.controller = new AbortController()
    if (exchange.abortReason !== undefined) exchange.controller.abort(exchange.abortReason)
  }
  return exchange.controller.signal
}

/** What waits for a client that left is given this. */
export const clientGone = (): Error => new DOMException('The client went away.', 'AbortError')

/** Whether some of the request is still to come. `complete` is undefined on requests that came without a socket. */
export const isIncomplete = (req: { readonly complete?: boolean }): boolean => req.complete === false

/** Whether nobody is left to answer. */
export const isAbandoned = ({ req, res }: Exchange): boolean =>
  res.destroyed || (req.destroyed && isIncomplete(req))

/** Whether `thrown` only says that the exchange's signal aborted, directly or as what `fetch` and timers throw for it. */
export const isAbort = (exchange: Exchange, thrown: unknown): boolean =>
  exchange.abortReason !== undefined &&
  (thrown === exchange.abortReason ||
    (typeof thrown === 'object' && thrown !== null && (thrown as Error).name === 'AbortError'))
