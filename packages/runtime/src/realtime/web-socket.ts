/** One WebSocket behind its handshake: what a handler sees of it, heart-beats, bounds and back-pressure. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { isFreedaError } from '../errors.ts'
import type { Socket } from '../realtime.ts'
import { validate } from '../validate.ts'
import { textOf } from './event-text.ts'
import { parseJson } from '../exchange/json.ts'
import { no, pace, yes } from '../exchange/pace.ts'

/** Messages that may wait for the handler before the client is not read from any more. */
const maxWaiting = 16
/** After how many heart-beats of not being read from a client is let go: it cannot even say goodbye. */
const maxPausedBeats = 2

export interface SocketLimits {
  readonly message: StandardSchemaV1 | undefined
  readonly maxBufferedBytes: number
  readonly heartbeatMs: number
}

export interface SocketEnd {
  readonly code: number
  readonly reason: string
  readonly received: number
  readonly sent: number
}

export interface OpenSocket {
  readonly socket: Socket<unknown>
  /** Nobody will read messages any more who does not do so now. */
  handlerReturned(): void
  /** Called once, when the connection is gone. */
  onEnd(listener: (end: SocketEnd) => void): void
}

/** `connection` is what `ws` writes to: it tells when there is room again. */
export function openSocket(ws: WebSocket, connection: Duplex, limits: SocketLimits): OpenSocket {
  const over = new AbortController()
  const room = pace()
  let sent = 0
  const stop = () => {
    room.release(false)
    over.abort()
  }
  const close = (code = 1000, reason = '') => {
    if (ws.readyState !== ws.OPEN) return
    ws.close(code, cutToBytes(reason, 123))
    // A client that is not read from could not answer.
    ws.resume()
    stop()
    inbox.drop()
  }
  const inbox = openInbox(ws, limits.message, close)
  const stopBeating = beat(ws, limits.heartbeatMs, close)

  const send = async (value: unknown): Promise<boolean> => {
    const data = value instanceof Uint8Array ? value : textOf(value)
    if (ws.readyState !== ws.OPEN) return no
    if (ws.bufferedAmount > limits.maxBufferedBytes) {
      close(1013, 'Messages are read too slowly.')
      return no
    }
    sent++
    ws.send(data)
    return connection.writableNeedDrain ? room.full() : yes
  }

  connection.on('drain', () => room.release(true))
  // `ws` answers what breaks the protocol, or is too large, with its close code; 'close' follows.
  ws.on('error', () => undefined)
  const onEnd = (listener: (end: SocketEnd) => void) =>
    ws.once('close', (code, reason) => {
      stopBeating()
      stop()
      inbox.end()
      listener({ code, reason: reason.toString(), received: inbox.received, sent })
    })
  return {
    socket: { protocol: ws.protocol, closed: over.signal, messages: inbox.messages, send, close },
    handlerReturned: inbox.handlerReturned,
    onEnd,
  }
}

type Close = (code: number, reason: string) => void

/** Pings; a client that was silent since the last ping is gone. */
function beat(ws: WebSocket, everyMs: number, close: Close): () => void {
  let alive = true
  let pausedBeats = 0
  const timer = setInterval(() => {
    if (ws.isPaused) {
      if (++pausedBeats >= maxPausedBeats) close(1013, 'Messages come faster than they can be dealt with.')
      return
    }
    pausedBeats = 0
    if (!alive) return ws.terminate()
    alive = false
    ws.ping()
  }, everyMs)
  timer.unref()
  const onSign = () => {
    alive = true
  }
  ws.on('pong', onSign).on('message', onSign).on('ping', onSign)
  return () => clearInterval(timer)
}

interface Inbox {
  readonly messages: AsyncIterable<unknown>
  readonly received: number
  /** Forgets what waits, and lets the reader go. */
  drop(): void
  /** Nothing more will come. */
  end(): void
  handlerReturned(): void
}

/** What came and was not read yet. Parsed and validated when it is read, so that the order stays whatever the schema does. */
function openInbox(ws: WebSocket, schema: StandardSchemaV1 | undefined, close: Close): Inbox {
  const waiting: (string | Buffer)[] = []
  const arrival = pace()
  let received = 0
  let ended = false
  let readers = 0
  let unread = false

  ws.on('message', (data, isBinary) => {
    received++
    if (ws.readyState !== ws.OPEN) return
    if (unread && readers === 0) return close(1003, takesNone)
    waiting.push(isBinary ? (data as Buffer) : (data as Buffer).toString())
    if (waiting.length >= maxWaiting) ws.pause()
    arrival.release(true)
  })

  async function next(): Promise<IteratorResult<unknown>> {
    while (waiting.length === 0 && !ended) await arrival.full()
    const raw = waiting.shift()
    if (raw === undefined) return { done: true, value: undefined }
    if (waiting.length < maxWaiting) ws.resume()
    if (schema === undefined) return { done: false, value: raw }
    const [value, refusal] = await parse(raw, schema)
    if (refusal === undefined) return { done: false, value }
    close(refusal.code, refusal.reason)
    return { done: true, value: undefined }
  }

  function end(): void {
    ended = true
    arrival.release(false)
  }

  function iterate(): AsyncIterator<unknown> {
    readers++
    return {
      next,
      return() {
        readers--
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }

  return {
    get received() {
      return received
    },
    messages: { [Symbol.asyncIterator]: iterate },
    drop() {
      waiting.length = 0
      end()
    },
    end,
    handlerReturned() {
      unread = true
      if (readers === 0 && waiting.length > 0) close(1003, takesNone)
    },
  }
}

const takesNone = 'This socket takes no messages.'

type Parsed = [value: unknown, refusal?: { readonly code: number; readonly reason: string }]

async function parse(raw: string | Buffer, schema: StandardSchemaV1): Promise<Parsed> {
  if (typeof raw !== 'string') return [undefined, { code: 1003, reason: 'Send JSON as text.' }]
  try {
    return [await validate(schema, parseJson(raw), 'The message')]
  } catch (error) {
    if (!isFreedaError(error)) throw error
    return [undefined, { code: 1007, reason: error.message }]
  }
}

/** A close frame has room for so many bytes (RFC 6455, 5.5); half a character must not stay. */
function cutToBytes(text: string, bytes: number): string {
  let cut = text.slice(0, bytes)
  while (Buffer.byteLength(cut) > bytes) cut = cut.slice(0, -1)
  return cut.replace(/[\uD800-\uDBFF]$/, '')
}
