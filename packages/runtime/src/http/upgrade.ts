/**
 * Requests that ask for a WebSocket. They go the way of every other request, through limits, authentication and
 * middleware to their route, and are answered like every other when something on that way refuses them. For that they
 * need a response: node:http gives none with the event `upgrade`.
 */
import { ServerResponse, type IncomingMessage, type Server } from 'node:http'
import { FreedaError } from '../errors.ts'
import { httpProblem } from '../http.ts'
import { announcesBody } from '../exchange/body.ts'
import type { Mount } from '../routing/mount.ts'
import { setUpgrade, type Upgrade } from '../realtime/pending-upgrade.ts'
import { socketLayersOf } from '../routing/socket-layers.ts'

/** How long a client may take to read a refusal. */
const lingerMs = 500

/** A response for a request that came with the event `upgrade`; the connection closes behind it. */
export function responseFor(req: IncomingMessage, upgrade: Upgrade): ServerResponse {
  const { connection } = upgrade
  setUpgrade(req, upgrade)
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  // A Socket, unless somebody feeds the server streams of their own.
  res.assignSocket(connection as Parameters<ServerResponse['assignSocket']>[0])
  // Nobody reads from the connection before the handshake; without this nobody would see the client leave, either.
  connection.once('end', () => (res.headersSent ? undefined : connection.destroy())).read(0)
  res.once('finish', () => {
    connection.end()
    const timer = setTimeout(() => connection.destroy(), lingerMs)
    timer.unref()
    connection.once('close', () => clearTimeout(timer))
  })
  return res
}

/** A server must ignore the header in HTTP/1.0, and may ignore it when it asks for anything else (RFC 9110, 7.8). */
export const asksForWebSocket = ({ method, headers, httpVersion }: IncomingMessage): boolean =>
  method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && httpVersion === '1.1'

/** Whether any plugin has a WebSocket route: only then does Freeda look at upgrades. */
export const hasSockets = (mounts: readonly Mount[]): boolean =>
  mounts.some(({ router }) => socketLayersOf(router).length > 0)

/** Why there is no WebSocket to be had, before anything runs; undefined when a route has one. */
export function refuseUpgrade(mounts: readonly Mount[], req: IncomingMessage): Error | undefined {
  const path = (req.url ?? '').split('?', 1)[0]!
  if (mounts.some(({ router }) => socketLayersOf(router).some((layer) => layer.match(path))))
    return announcesBody(req) ? refusal('A request for a WebSocket has no body.') : undefined
  const isRoute = mounts.some(({ router }) =>
    router.stack.some((layer) => layer.methods.includes('GET') && layer.match(path)),
  )
  return isRoute
    ? refusal('There is no WebSocket at this path.')
    : new FreedaError('FREEDA_ROUTE_NOT_FOUND', { method: 'GET', path })
}

const refusal = (detail: string) => httpProblem(400, { code: 'not_a_websocket', detail })

/**
 * Takes a request as if it had not asked for an upgrade. Once somebody listens to `upgrade`, Node gives up its parser for
 * every request with such a header, also for the `h2c` that Java's client sends with all of them; so the request is put
 * back, without the header, and parsed again.
 */
export function ignoreUpgrade(server: Server, req: IncomingMessage, { connection, head }: Upgrade): void {
  const lines = [`${req.method} ${req.url} HTTP/${req.httpVersion}`]
  for (let i = 0; i < req.rawHeaders.length; i += 2)
    if (req.rawHeaders[i]!.toLowerCase() !== 'upgrade')
      lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`)
  connection.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', connection)
}
