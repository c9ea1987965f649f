/** A WebSocket client that keeps what it got. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { WebSocket, type ClientOptions } from 'ws'
import { atEnd } from './serve.ts'

export interface SocketClient {
  readonly ws: WebSocket
  readonly received: readonly string[]
  /** Code and reason, once it is closed. */
  readonly end: { readonly code: number; readonly reason: string } | undefined
  send(value: unknown): void
}

export interface Connecting extends ClientOptions {
  readonly protocols?: string[]
}

const open = ({ port }: { port: number }, path: string, { protocols = [], ...options }: Connecting) => {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options)
  atEnd(() => ws.terminate())
  return ws
}

export async function connectTo(
  server: { port: number },
  path: string,
  options: Connecting = {},
): Promise<SocketClient> {
  const ws = open(server, path, options)
  const received: string[] = []
  let end: SocketClient['end']
  ws.on('message', (data: Buffer) => received.push(data.toString()))
  ws.on('close', (code, reason) => (end = { code, reason: reason.toString() }))
  await once(ws, 'open')
  ws.on('error', () => undefined)
  return {
    ws,
    received,
    get end() {
      return end
    },
    send: (value) => ws.send(typeof value === 'string' ? value : JSON.stringify(value)),
  }
}

export interface Refusal {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly json: Record<string, unknown>
}

/** What a client is told that does not get its WebSocket. */
export async function refusalOf(
  server: { port: number },
  path: string,
  options: Connecting = {},
): Promise<Refusal> {
  const ws = open(server, path, options)
  ws.on('error', () => undefined)
  const [, res] = (await once(ws, 'unexpected-response')) as [unknown, IncomingMessage]
  let text = ''
  for await (const chunk of res.setEncoding('utf8')) text += chunk as string
  return {
    status: res.statusCode ?? 0,
    headers: res.headers,
    json: JSON.parse(text) as Record<string, unknown>,
  }
}
