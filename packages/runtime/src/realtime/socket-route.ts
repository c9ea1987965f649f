/** The handler of a WebSocket route: the handshake, when everything before has let the request pass. */
import type { WebSocket, WebSocketServer } from 'ws'
import { httpProblem } from '../http.ts'
import type { SocketHandler, SocketInput, SocketSpec } from '../realtime.ts'
import type { RouteInput } from '../route.ts'
import { exchangeOf, type Exchange, type ExchangeContext } from '../exchange/exchange.ts'
import { goAwayMs, type LiveConnection } from '../exchange/live.ts'
import { mayConnect } from '../exchange/origin.ts'
import { upgradeIn, type Upgrade } from './pending-upgrade.ts'
import { exchangeOn, settleUpgraded } from '../exchange/watch-end.ts'
import { openSocket, type OpenSocket } from './web-socket.ts'

export type AnySocketSpec = SocketSpec
export type AnySocketHandler = SocketHandler<undefined, undefined, undefined>
type Input = RouteInput<undefined, undefined, undefined, undefined>

export function socketRoute(spec: AnySocketSpec, handler: AnySocketHandler): (input: Input) => Promise<void> {
  let server: Promise<WebSocketServer> | undefined
  const limits = {
    message: spec.message,
    maxBufferedBytes: spec.maxBufferedBytes ?? 1_048_576,
    heartbeatMs: spec.heartbeatMs ?? 30_000,
  }

  return async (input) => {
    const exchange = (input.ctx as ExchangeContext)[exchangeOf]
    const upgrade = upgradeIn(exchange.req)
    if (upgrade === undefined) throw upgradeRequired()
    if (!mayConnect(exchange.req.headers, spec.origins, exchange.shared.cors)) throw originRefused()
    if (exchange.req.headers['sec-websocket-version'] !== '13') throw versionUnknown()
    const accepting = await (server ??= acceptor(spec))
    // Time may have run out meanwhile, or the client gone.
    if (exchange.expired || exchange.settled) return
    if (exchange.shared.live.leaving) throw leaving()
    const ws = shakeHands(accepting, exchange, upgrade)
    if (ws === undefined) return
    exchange.ctx.respond = false
    const open = openSocket(ws, upgrade.connection, limits)
    keepWhileOpen(ws, open, exchange)
    void run(handler, input, open)
  }
}

/** Loaded when the first client comes: apps without WebSockets do not pay for it at boot. */
async function acceptor({
  protocols = [],
  maxMessageBytes = 65_536,
}: AnySocketSpec): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws')
  const options = {
    noServer: true,
    clientTracking: false,
    // Much memory for each connection, and small messages that become large ones. Source: README of ws, "WebSocket compression".
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered: ReadonlySet<string>) =>
      protocols.find((protocol) => offered.has(protocol)) ?? false,
    /** Milliseconds for the other side to answer a close frame; not in the types yet. */
    closeTimeout: 5_000,
  }
  const server = new WebSocketServer(options)
  server.on('headers', (headers, req) => {
    headers.push(`X-Request-Id: ${exchangeOn(req.socket)?.requestId}`)
  })
  return server
}

/** Answers with 101. All of it is synchronous. @returns undefined when the client is gone @throws a 400 problem */
function shakeHands(server: WebSocketServer, exchange: Exchange, upgrade: Upgrade): WebSocket | undefined {
  const { req } = exchange
  let accepted: WebSocket | undefined
  let refused: Error | undefined
  const onRefused = (error: Error) => {
    refused = error
  }
  server.on('wsClientError', onRefused)
  server.handleUpgrade(req, upgrade.connection, upgrade.head, (ws) => {
    accepted = ws
  })
  server.off('wsClientError', onRefused)
  if (refused !== undefined) throw httpProblem(400, { code: 'bad_request', detail: `${refused.message}.` })
  if (accepted !== undefined) settleUpgraded(exchange)
  return accepted
}

/** Tells the socket when the server stops, and the log how it ended. */
function keepWhileOpen(ws: WebSocket, { socket, onEnd }: OpenSocket, exchange: Exchange): void {
  const { shared, requestId, ctx } = exchange
  const openedAt = performance.now()
  let cutting: NodeJS.Timeout | undefined
  const connection: LiveConnection = {
    goAway() {
      socket.close(1001, 'The server is about to stop.')
      cutting ??= setTimeout(() => ws.terminate(), goAwayMs).unref()
    },
    cut: () => ws.terminate(),
  }
  shared.live.open.add(connection)
  onEnd(({ code, reason, received, sent }) => {
    clearTimeout(cutting)
    shared.live.open.delete(connection)
    const durationMs = Math.round(performance.now() - openedAt)
    shared.log.info(
      { requestId, path: ctx.path, code, ...(reason === '' ? {} : { reason }), received, sent, durationMs },
      'websocket closed',
    )
  })
}

async function run(
  handler: AnySocketHandler,
  input: Input,
  { socket, handlerReturned }: OpenSocket,
): Promise<void> {
  const { params, query, principal, requestId, log, ctx } = input
  try {
    await handler({
      params,
      query,
      principal,
      requestId,
      log,
      ctx,
      socket: socket as SocketInput<undefined, undefined, undefined>['socket'],
      signal: socket.closed,
    })
    handlerReturned()
  } catch (err) {
    if (socket.closed.aborted && isAbortError(err)) return
    log.error({ err }, 'the handler of a WebSocket failed')
    // What went wrong is nobody's business outside.
    socket.close(1011)
  }
}

const isAbortError = (thrown: unknown) => (thrown as Error | undefined)?.name === 'AbortError'

const upgradeRequired = () =>
  httpProblem(426, {
    code: 'websocket_expected',
    detail: 'There is only a WebSocket here.',
    headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
  })

const versionUnknown = () =>
  httpProblem(426, {
    code: 'websocket_version',
    detail: 'Only version 13 of the WebSocket protocol is spoken here.',
    headers: { 'Sec-WebSocket-Version': '13' },
  })

const originRefused = () =>
  httpProblem(403, { code: 'origin_refused', detail: 'Pages of this origin may not connect.' })

const leaving = () =>
  httpProblem(503, {
    code: 'server_stopping',
    detail: 'The server is about to stop. Connect again.',
    headers: { 'Retry-After': '1' },
  })
