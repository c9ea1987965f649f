/** The answer to a request as a stream of server-sent events. */
import type { ServerResponse } from 'node:http'
import type { EventStream, EventStreamOptions, ServerEvent } from '../realtime.ts'
import { eventText, heartbeatText, retryText } from './event-text.ts'
import { abortExchange, isAbandoned, type Exchange } from '../exchange/exchange.ts'
import { goAwayMs, type LiveConnection } from '../exchange/live.ts'
import { no, pace, yes } from '../exchange/pace.ts'

/** How long a closed stream may take to flush what waits. */
const flushMs = 30_000
/** After how many heart-beats in which nothing left, though something waits, the client counts as gone. */
const stalledBeats = 4

/** Sends the headers; from here on the exchange is no request in flight, and its deadline is over. */
export function openEventStream(exchange: Exchange, options: EventStreamOptions = {}): EventStream {
  const { heartbeatMs = 15_000, maxBufferedBytes = 1_048_576 } = options
  const { req, res } = exchange
  const over = new AbortController()
  const room = pace()
  let quiet = true

  const stop = () => {
    if (over.signal.aborted) return
    clearInterval(heartbeat)
    over.abort()
    room.release(false)
  }
  const end = (withinMs: number) => {
    if (over.signal.aborted) return
    stop()
    res.end()
    const timer = setTimeout(() => res.destroy(), withinMs)
    timer.unref()
    res.once('close', () => clearTimeout(timer))
  }
  const drop = () => {
    const { requestId, shared } = exchange
    shared.log.warn(
      { requestId, waitingBytes: res.writableLength },
      'a stream of events was dropped: its client reads too slowly',
    )
    stop()
    res.destroy()
  }
  const send = async (event: ServerEvent): Promise<boolean> => {
    const text = eventText(event)
    if (!over.signal.aborted && res.writableLength > maxBufferedBytes) drop()
    if (over.signal.aborted) return no
    quiet = false
    return res.write(text) ? yes : room.full()
  }
  const isStalled = watchProgress(res)
  const heartbeat = setInterval(() => {
    if (isStalled()) drop()
    else if (quiet && res.writableLength === 0) res.write(heartbeatText)
    quiet = true
  }, heartbeatMs)
  heartbeat.unref()
  const header = req.headers['last-event-id']
  const stream: EventStream = {
    lastEventId: typeof header === 'string' ? header : undefined,
    closed: over.signal,
    send,
    sendAll: (events) => sendAll(stream, events),
    close: () => end(flushMs),
  }

  if (!begin(exchange)) {
    stop()
    return stream
  }
  res.on('drain', () => room.release(true))
  outliveRequest(exchange, stop, end)
  return stream
}

/** @returns whether anything may be sent behind the headers */
function begin(exchange: Exchange): boolean {
  const { ctx, req, res } = exchange
  if (exchange.expired || exchange.settled || isAbandoned(exchange)) return false
  if (res.headersSent) throw new Error('The answer has begun already; it cannot become a stream of events.')
  ctx.respond = false
  res.statusCode = 200
  res.removeHeader('Content-Length')
  res.setHeader('Content-Type', 'text/event-stream')
  // What is compressed is held back until there is enough of it.
  res.setHeader('Cache-Control', 'no-store, no-transform')
  res.setHeader('X-Accel-Buffering', 'no')
  if (req.method === 'HEAD') {
    res.end()
    return false
  }
  // Headers and first bytes in one packet: some proxies pass headers on only with a body behind them.
  res.write(heartbeatText)
  return true
}

/** Not in flight any more, so that streams neither count as load nor hold up a shutdown; told when the server stops. */
function outliveRequest(exchange: Exchange, stop: () => void, end: (withinMs: number) => void): void {
  const { res, shared } = exchange
  const connection: LiveConnection = {
    goAway() {
      if (res.writableEnded) return
      // Spread, so that a thousand clients do not knock at the next instance in the same moment.
      res.write(retryText(1_000 + Math.floor(Math.random() * 4_000)))
      end(goAwayMs)
      abortExchange(exchange, new Error('The server is about to stop.'))
    },
    cut: () => void res.destroy(),
  }
  shared.inFlight.delete(exchange)
  shared.live.open.add(connection)
  res.once('close', () => {
    shared.live.open.delete(connection)
    stop()
  })
  if (shared.live.leaving) connection.goAway()
}

/** Tells, asked at every heart-beat, whether nothing left for so long that nobody can be there. */
function watchProgress(res: ServerResponse): () => boolean {
  let before = -1
  let beats = 0
  return () => {
    const waiting = res.writableLength
    const gone = (res.socket?.bytesWritten ?? 0) - waiting
    beats = waiting > 0 && gone === before ? beats + 1 : 0
    before = gone
    return beats >= stalledBeats
  }
}

async function sendAll(stream: EventStream, events: AsyncIterable<ServerEvent>): Promise<void> {
  const { closed } = stream
  const iterator = events[Symbol.asyncIterator]()
  let whenClosed: () => void = () => undefined
  const onClosed = () => whenClosed()
  closed.addEventListener('abort', onClosed)
  // Not Promise.race against one promise for the whole stream: that one would keep a reaction for each event.
  const next = () =>
    new Promise<IteratorResult<ServerEvent> | undefined>((resolve, reject) => {
      whenClosed = () => resolve(undefined)
      iterator.next().then(resolve, reject)
    })
  try {
    for (;;) {
      const result = closed.aborted ? undefined : await next()
      if (result?.done === true) return stream.close()
      if (result !== undefined && (await stream.send(result.value))) continue
      // Not awaited: a generator that waits for something returns only once that has come.
      iterator.return?.().catch(() => undefined)
      return
    }
  } finally {
    closed.removeEventListener('abort', onClosed)
  }
}
