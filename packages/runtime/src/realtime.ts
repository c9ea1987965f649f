/** Real time: streams of server-sent events, and WebSockets. What plugins see of them. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Logger } from 'pino'
import type { Principal, Security } from './auth.ts'
import type { RequestContext } from './http.ts'
import type { RateLimit } from './route.ts'

/** One event of a stream. */
export interface ServerEvent {
  /** Text is sent as it is, in as many `data:` lines as it has lines; everything else as JSON. */
  readonly data: unknown
  /** Its type; without one a browser calls it `message`. Line breaks become spaces. */
  readonly event?: string | undefined
  /** What a client that reconnects gives back as `Last-Event-ID`. Line breaks become spaces. */
  readonly id?: string | undefined
  /** How long the client waits before it reconnects, in milliseconds. */
  readonly retry?: number | undefined
}

export interface EventStreamOptions {
  /** A comment is sent when nothing else was for that long. Below the idle time-out of a balancer. Default 15,000. */
  readonly heartbeatMs?: number
  /** Most bytes that may wait for a client that reads slowly; then it is dropped. Default 1 MiB. */
  readonly maxBufferedBytes?: number
}

/** An answer that goes on: `text/event-stream` of the HTML standard. */
export interface EventStream {
  /** What the client saw last, when it reconnects. It comes from outside: check it. */
  readonly lastEventId: string | undefined
  /** Aborts when the stream is over: closed, the client gone or dropped, or the server about to stop. */
  readonly closed: AbortSignal
  /**
   * Sends an event. Resolves when the client can take more: with `true`, or with `false` once the stream is over. Need
   * not be awaited, but only who awaits it sends at the pace of the client.
   * @throws TypeError when `data` cannot be said in JSON
   */
  send(event: ServerEvent): Promise<boolean>
  /**
   * Sends everything that `events` gives, then closes. Stops asking for more when the stream is over; give
   * {@link closed} to whatever the source waits for.
   * @throws what `events` throws; the client then sees a broken connection, and reconnects
   */
  sendAll(events: AsyncIterable<ServerEvent>): Promise<void>
  /** Ends the stream. A browser reconnects, so tell the client first that it was all, or answer its next request with 204. */
  close(): void
}

/** What a WebSocket route takes. */
export interface SocketSpec<
  P extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  Q extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  M extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
> {
  /** Parameters of the path, as text; the schema may coerce them. */
  readonly params?: P
  readonly query?: Q
  /**
   * Each message, which must be JSON; one that is not valid closes the socket with 1007. Without a schema a message is
   * what came: text, or a Buffer.
   */
  readonly message?: M
  /** Who may connect: looked at before the upgrade, answered by 401 or 403. Default: what the plugin says. */
  readonly security?: Security
  /** How often a client may connect. Default: what the config says. */
  readonly rateLimit?: RateLimit | false
  /**
   * Whose pages may connect, e.g. `https://app.example.com`. A browser sends cookies to whatever a page connects to, so
   * other pages are refused. Default: pages of the same host, and the origins of `server.cors`.
   */
  readonly origins?: '*' | readonly string[]
  /** Subprotocols, the preferred one first. A client that asks for none of them gets none. */
  readonly protocols?: readonly string[]
  /** Larger messages close the socket with 1009. Default 65,536. */
  readonly maxMessageBytes?: number
  /** Most bytes that may wait for a client that reads slowly; then it is closed with 1013. Default 1 MiB. */
  readonly maxBufferedBytes?: number
  /** How often the client is pinged; one that is silent until the next ping is gone. Default 30,000. */
  readonly heartbeatMs?: number
}

type Output<S, Otherwise> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : Otherwise

/** One connected client. */
export interface Socket<T = string | Buffer> {
  /** The subprotocol that was agreed on; `''` for none. */
  readonly protocol: string
  /** Aborts when the socket is closed, by whichever side. */
  readonly closed: AbortSignal
  /**
   * What the client sends, for one reader; ends when the socket closes. A client is not read from while sixteen
   * messages wait.
   */
  readonly messages: AsyncIterable<T>
  /**
   * Sends text and bytes as they are, everything else as JSON. Resolves when the client can take more: with `true`, or
   * with `false` once the socket is closing. Need not be awaited.
   * @throws TypeError when `value` cannot be said in JSON
   */
  send(value: unknown): Promise<boolean>
  /** Default 1000. A reason may have 123 bytes; what is longer is cut. */
  close(code?: number, reason?: string): void
}

/** What the handler of a WebSocket route gets, typed by the schemas of its route. */
export interface SocketInput<P, Q, M> {
  readonly params: Output<P, Readonly<Record<string, string>>>
  readonly query: Output<Q, undefined>
  readonly socket: Socket<Output<M, string | Buffer>>
  /** Who is calling, when somebody authenticated. */
  readonly principal: Principal | undefined
  /** Of the request that connected; in every log line. */
  readonly requestId: string
  readonly log: Logger
  /** Aborts when the socket is closed: the same as `socket.closed`. */
  readonly signal: AbortSignal
  /** koa's context of the request that connected. */
  readonly ctx: RequestContext
}

/** May return while the socket lives on. What it throws closes the socket with 1011 and is logged. */
export type SocketHandler<P, Q, M> = (input: SocketInput<P, Q, M>) => unknown

/** Registers a WebSocket route: `router.ws('/:id', { message: Command }, async ({ socket }) => …)`. */
export type RegisterSocket = <
  P extends StandardSchemaV1 | undefined = undefined,
  Q extends StandardSchemaV1 | undefined = undefined,
  M extends StandardSchemaV1 | undefined = undefined,
>(
  path: string,
  spec: SocketSpec<P, Q, M>,
  handler: SocketHandler<P, Q, M>,
) => unknown
