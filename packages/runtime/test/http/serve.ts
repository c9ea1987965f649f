/** A server for tests: real sockets on loopback, port 0, log lines kept; everything is released after each test. */
import { once } from 'node:events'
import {
  request,
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterEach } from 'vitest'
import type { PluginRouter } from '../../src/http.ts'
import { createHttp, type Http, type HttpOptions } from '../../src/http/create-http.ts'
import { listen, type Listener, type ListenOptions } from '../../src/http/listen.ts'
import { pluginRouter } from '../../src/routing/plugin-router.ts'

export type LogLine = Record<string, unknown> & { readonly msg: string; readonly level: number }
export type Define = (router: PluginRouter) => void
export interface Settings extends Partial<HttpOptions>, Partial<ListenOptions> {}

export interface Served {
  readonly http: Http
  readonly listener: Listener
  readonly url: string
  readonly port: number
  readonly logs: readonly LogLine[]
}

const releases: (() => unknown)[] = []
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release()
})
export const atEnd = (release: () => unknown) => void releases.push(release)

export function logger() {
  const logs: LogLine[] = []
  const destination = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      logs.push(JSON.parse(line) as LogLine)
      done()
    },
  })
  return { logs, log: pino({ level: 'debug' }, destination) }
}

export const defaults: HttpOptions = {
  mode: 'development',
  bodyLimitBytes: 1024,
  handlerTimeoutMs: 5_000,
  cors: false,
  securityHeaders: true,
  responses: 'validate',
}

/** Plugins by name: routes under `/name`, or at the root for a lone function. */
export function create(plugins: Define | Record<string, Define>, settings: Settings = {}) {
  const { logs, log } = logger()
  const entries: [string, string, Define][] =
    typeof plugins === 'function'
      ? [['app', '', plugins]]
      : Object.entries(plugins).map(([name, define]) => [name, `/${name}`, define])
  const mounts = entries.map(([plugin, prefix, define]) => {
    const router = pluginRouter(prefix)
    define(router)
    return { plugin, prefix, router }
  })
  return { http: createHttp(mounts, { ...defaults, ...settings }, log), logs }
}

export async function serve(
  plugins: Define | Record<string, Define>,
  settings: Settings = {},
): Promise<Served> {
  const { http, logs } = create(plugins, settings)
  const listener = await listen(http, {
    host: '127.0.0.1',
    port: 0,
    requestTimeoutMs: 10_000,
    headersTimeoutMs: 10_000,
    keepAliveTimeoutMs: 65_000,
    ...settings,
  })
  atEnd(() => listener.close(0))
  return { http, listener, url: listener.url, port: listener.port, logs }
}

/** Resolves as soon as `condition` holds. Fails after half a minute: a busy machine takes its time. */
export async function until(condition: () => unknown, what = String(condition)): Promise<void> {
  const giveUp = Date.now() + 30_000
  while (!condition()) {
    if (Date.now() > giveUp) throw new Error(`still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body, for assertions on single members. */
  readonly json: Record<string, unknown>
}

export interface Sending {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  /** Sent as JSON. */
  readonly json?: unknown
  readonly agent?: Agent
}

/** Sends one request with node:http; unlike `fetch` it sends any header and body as they are. */
export async function send({ port }: { port: number }, path: string, sending: Sending = {}): Promise<Answer> {
  const body = sending.json === undefined ? sending.body : JSON.stringify(sending.json)
  const req = request({
    host: '127.0.0.1',
    port,
    path,
    method: sending.method ?? (body === undefined ? 'GET' : 'POST'),
    agent: sending.agent ?? false,
    headers: {
      ...(sending.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...sending.headers,
    },
  })
  req.end(body)
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of res.setEncoding('utf8')) text += chunk as string
  const isJson = res.headers['content-type']?.includes('json') === true && text !== ''
  return {
    status: res.statusCode ?? 0,
    headers: res.headers,
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  }
}

export interface Wire {
  readonly socket: Socket
  /** What came so far. */
  readonly received: string
  readonly closed: boolean
  write(text: string | Uint8Array): void
}

/** A bare connection. */
export async function wire({ port }: { port: number }): Promise<Wire> {
  const socket = connect({ host: '127.0.0.1', port })
  let received = ''
  let closed = false
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => (received += chunk)).on('error', () => undefined)
  socket.on('close', () => (closed = true))
  atEnd(() => socket.destroy())
  await once(socket, 'connect')
  return {
    socket,
    get received() {
      return received
    },
    get closed() {
      return closed
    },
    write: (text) => void socket.write(text),
  }
}

/** Holds what waits for it until `open` is called. */
export function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}
