import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { FreedaError, reasonOf } from '../errors.ts'
import type { Http } from './create-http.ts'
import { cutStalled } from './stalled-connections.ts'
import { asksForWebSocket, ignoreUpgrade } from './upgrade.ts'
import { exchangeOn } from '../exchange/watch-end.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Until the whole request is there. */
  readonly requestTimeoutMs: number
  /** Until its headers are there. */
  readonly headersTimeoutMs: number
  /** Until an idle connection is closed; above the idle timeout of a load balancer in front. */
  readonly keepAliveTimeoutMs: number
  /** Default: that of Node, 16 KiB. */
  readonly maxHeaderBytes?: number | undefined
  /** More are closed at once; 0, the default, for as many as the system allows. */
  readonly maxConnections?: number | undefined
  /** How long a client may take nothing of an answer. Default 60 s. */
  readonly stallTimeoutMs?: number | undefined
}

export interface Listener {
  /** To be called from this machine. */
  readonly url: string
  readonly port: number
  readonly host: string
  /**
   * Stops accepting, closes idle connections, lets requests under way finish until the deadline, then cuts them. Once:
   * every call gives the same promise.
   */
  close(deadlineMs: number): Promise<{ cut: number }>
}

const stallTimeoutMs = 60_000

/**
 * Listens for HTTP.
 * @throws FREEDA_LISTEN with what to do about it
 */
export async function listen(http: Http, options: ListenOptions): Promise<Listener> {
  const server = createServer(serverOptions(options), http.handler)
  server.on('clientError', http.clientError)
  answerWhatNodeWould(server, http)
  // Node closes every connection when the limit is 0.
  if (options.maxConnections) server.maxConnections = options.maxConnections
  server.on('drop', http.connectionDropped)
  const connections = trackConnections(server)
  spareUnflushed(server, connections)
  if (http.upgrade !== undefined) takeUpgrades(server, http.upgrade)
  await bind(server, options)
  http.watchLoad()
  cutStalled(server, connections, options.stallTimeoutMs ?? stallTimeoutMs)
  const { port } = server.address() as AddressInfo
  let closing: Promise<{ cut: number }> | undefined
  return {
    url: `http://${urlHost(options.host)}:${port}`,
    port,
    host: options.host,
    close: (deadlineMs) => (closing ??= close(server, connections, http, deadlineMs)),
  }
}

function serverOptions({
  requestTimeoutMs,
  headersTimeoutMs,
  keepAliveTimeoutMs,
  maxHeaderBytes,
}: ListenOptions) {
  return {
    requestTimeout: requestTimeoutMs,
    // Node refuses a server whose headers may take longer than the whole request.
    headersTimeout: requestTimeoutMs > 0 ? Math.min(headersTimeoutMs, requestTimeoutMs) : headersTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // The handler answers requests without a Host itself.
    requireHostHeader: false,
    // How often Node looks for both of these timeouts; by default every 30 s, so that 15 s would be up to 45.
    connectionsCheckingInterval: Math.max(50, Math.min(5_000, headersTimeoutMs / 4)),
    ...(maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes }),
  }
}

/** Node has bare answers for these; ours say more, and have the headers that every answer has. */
function answerWhatNodeWould(server: Server, http: Http): void {
  // A server may ignore expectations that it does not know (RFC 9110, 10.1.1).
  server.on('checkExpectation', http.handler)
  server.on('connect', (_request, socket: Socket) => {
    // Node let go of the connection, and of its listeners.
    socket.on('error', () => undefined)
    http.clientError(Object.assign(new Error('CONNECT'), { code: 'HPE_INVALID_METHOD' }), socket)
  })
}

function bind(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) =>
      reject(new FreedaError('FREEDA_LISTEN', { host, port, reason: reasonFor(cause, port) }, { cause }))
    server.once('error', onError)
    try {
      server.listen({ host, port }, () => {
        server.off('error', onError)
        resolve()
      })
    } catch (error) {
      onError(error as NodeJS.ErrnoException)
    }
  })
}

function reasonFor(error: NodeJS.ErrnoException, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `another process listens on port ${port}. Stop it, choose another port (PORT=${port + 1}), or 0 to let the system choose.`
    case 'EACCES':
      return port < 1024
        ? `ports below 1024 need privileges. Choose a higher one, e.g. ${port + 8000}.`
        : `the system does not permit port ${port}. Choose another one.`
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address. Use 0.0.0.0 for all of its addresses, or 127.0.0.1 for this machine only.'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is unknown here. Use an address, e.g. 0.0.0.0 or 127.0.0.1.'
    case 'ERR_SOCKET_BAD_PORT':
      return 'a port is a whole number from 0 to 65535.'
    default:
      return reasonOf(error)
  }
}

/** A wildcard is nothing that one can call. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

/** Node lets go of a connection whose request asks for an upgrade. */
function takeUpgrades(server: Server, upgrade: NonNullable<Http['upgrade']>): void {
  // A connection may come here with each of its requests.
  const quiet = new WeakSet<object>()
  server.on('upgrade', (req, connection, head) => {
    if (!quiet.has(connection)) connection.on('error', () => undefined)
    quiet.add(connection)
    // Behind a request that is not answered yet: there is no telling the answers apart.
    if (exchangeOn(connection) !== undefined) connection.destroy()
    else if (asksForWebSocket(req)) upgrade(req, { connection, head })
    else ignoreUpgrade(server, req, { connection, head })
  })
}

function trackConnections(server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    // Once more for each upgrade that is ignored.
    if (connections.has(socket)) return
    connections.add(socket)
    // Node remembers it from the first time on: the log line of a lost connection needs it.
    void socket.remoteAddress
    socket.once('close', () => connections.delete(socket))
  })
  return connections
}

/** Connections that never sent a byte. Node counts them as busy, and a browser opens one in advance with every page. */
function closeUnused(connections: ReadonlySet<Socket>): void {
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
}

/**
 * Node takes a connection for idle once the answer on it was given to `end`, and `server.close()` destroys it although
 * most of a large answer may still wait for a slow client. It goes by `finished`, so for the moment that must not be true.
 * Source: `Server.prototype.closeIdleConnections` in Node's lib/_http_server.js, the same in Node 20 to 24.
 */
function spareUnflushed(server: Server, connections: ReadonlySet<Socket>): void {
  const closeIdle = server.closeIdleConnections.bind(server)
  server.closeIdleConnections = () => {
    const unflushed: { finished: boolean }[] = []
    for (const socket of connections) {
      const res = exchangeOn(socket)?.res
      if (res?.writableEnded === true && !res.writableFinished) unflushed.push(res)
    }
    for (const res of unflushed) res.finished = false
    closeIdle()
    for (const res of unflushed) res.finished = true
  }
}

const idleCheckMs = 50

function close(
  server: Server,
  connections: ReadonlySet<Socket>,
  http: Http,
  deadlineMs: number,
): Promise<{ cut: number }> {
  http.drain()
  http.sendAway()
  return new Promise((resolve, reject) => {
    let cut = 0
    const closeIdle = () => {
      server.closeIdleConnections()
      closeUnused(connections)
    }
    // An answer whose headers were out before draining leaves its connection open: look again as requests finish.
    const idle = setInterval(closeIdle, idleCheckMs)
    const deadline = setTimeout(() => {
      cut = http.inFlight
      http.abort(new Error('The server stops; the request ran out of time.'))
      server.closeAllConnections()
      // Node does not count those that asked for an upgrade, and `server.close` waits for them.
      for (const socket of connections) socket.destroy()
    }, deadlineMs)
    server.close((error) => {
      clearInterval(idle)
      clearTimeout(deadline)
      if (error === undefined) resolve({ cut })
      else reject(error)
    })
    closeIdle()
  })
}
