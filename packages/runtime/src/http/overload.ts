/**
 * Refuses requests while there is more to do than can be done. A process that takes them all answers each of them too
 * late; one that refuses some answers the rest in time. Source: Google SRE Book, "Handling Overload".
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Logger } from 'pino'
import { FreedaError } from '../errors.ts'
import type { Mount } from '../routing/mount.ts'
import type { Exchange, Shared } from '../exchange/exchange.ts'
import { problemFrom } from '../exchange/problem.ts'
import { requestIdFrom } from '../exchange/request-id.ts'

export interface OverloadOptions {
  /** Most requests that wait for the beginning of their answer, and not for their client; 0 for any number. */
  readonly maxInFlight: number
  /** Longest delay of the event loop, on average over two seconds; 0 for any. */
  readonly maxEventLoopLagMs: number
  /** How long a sample of the delay is. */
  readonly sampleEveryMs?: number
}

export const neverOver: OverloadOptions = { maxInFlight: 0, maxEventLoopLagMs: 0 }

export interface Overload {
  /** Whether the next request is to be refused. */
  isOver(): boolean
  /** Counts a refusal; tells the log when it is the first. */
  refused(): void
  /** Counts a connection that was closed because there are too many. */
  dropped(): void
  /** Begins to watch the event loop. */
  start(): void
  stop(): void
}

const ticksInSample = 10
/** How long nobody must have been refused until it is over: the log is not told of every dip below the limit. */
const quietMs = 1_000
/** How old the count of what waits for clients may be. */
const countEveryMs = 50

export function createOverload(
  { maxInFlight, maxEventLoopLagMs, sampleEveryMs = 1_000 }: OverloadOptions,
  inFlight: ReadonlySet<Exchange>,
  log: Logger,
): Overload {
  const mostInFlight = maxInFlight === 0 ? Infinity : maxInFlight
  const lag = lagWatch(maxEventLoopLagMs, sampleEveryMs)
  const state = () => ({ inFlight: inFlight.size, eventLoopLagMs: Math.round(lag.ms()) })
  const report = reporter(log, state, 'overloaded: requests are refused', 'the overload is over')
  const closed = reporter(
    log,
    () => ({}),
    'too many connections: new ones are closed',
    'new connections are accepted again',
  )
  let waitingForClient = 0
  let countedAt = -Infinity

  /**
   * Streams may take hours, and bodies as long as a client likes: both wait for the client, not for us. If they counted, a
   * thousand slow clients would shut everybody else out. Looked for only when there are many requests.
   */
  function isCrowded(): boolean {
    const now = performance.now()
    if (now - countedAt > countEveryMs) {
      countedAt = now
      waitingForClient = 0
      for (const { res, reading } of inFlight) if (res.headersSent || reading) waitingForClient++
    }
    return inFlight.size - waitingForClient >= mostInFlight
  }

  return {
    isOver: () => lag.isOver() || (inFlight.size >= mostInFlight && isCrowded()),
    refused: report.refused,
    dropped: closed.refused,
    start: lag.start,
    stop() {
      lag.stop()
      report.stop()
      closed.stop()
    },
  }
}

/**
 * Over when the delay is too long in two samples in a row, so not after a single long task; until it is half of that. By a
 * timer that looks how late it is: `monitorEventLoopDelay` loses what comes after each of its resets.
 */
function lagWatch(maxMs: number, sampleEveryMs: number) {
  const tickMs = sampleEveryMs / ticksInSample
  let timer: NodeJS.Timeout | undefined
  let dueAt = 0
  let sampledAt = 0
  let ticks = 0
  let lateMs = 0
  let lagMs = 0
  let was = false
  let over = false

  function tick(): void {
    const now = performance.now()
    ticks++
    lateMs += Math.max(0, now - dueAt)
    dueAt = now + tickMs
    if (now - sampledAt >= sampleEveryMs) sample(now)
    timer?.refresh()
  }

  function sample(now: number): void {
    lagMs = lateMs / ticks
    const is = lagMs > maxMs
    over = over ? lagMs > maxMs / 2 : is && was
    was = is
    sampledAt = now
    ticks = lateMs = 0
  }

  return {
    isOver: () => over,
    ms: () => lagMs,
    start() {
      if (maxMs === 0 || timer !== undefined) return
      sampledAt = performance.now()
      dueAt = sampledAt + tickMs
      timer = setTimeout(tick, tickMs)
      timer.unref()
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
      over = false
    },
  }
}

/** Two lines for each overload, however many requests it costs. */
function reporter(log: Logger, state: () => object, begins: string, ends: string) {
  let timer: NodeJS.Timeout | undefined
  let count = 0
  let since = 0
  let last = 0

  function finish(): void {
    clearInterval(timer)
    timer = undefined
    log.warn({ refused: count, durationMs: Math.round(last - since) }, ends)
  }

  return {
    refused() {
      last = performance.now()
      count = timer === undefined ? 1 : count + 1
      if (timer !== undefined) return
      since = last
      log.warn(state(), begins)
      timer = setInterval(() => {
        if (performance.now() - last > quietMs) finish()
      }, quietMs / 4)
      timer.unref()
    },
    stop() {
      if (timer !== undefined) finish()
    },
  }
}

/** Without a context, an exchange or a log line: a refusal has to cost next to nothing. */
export function answerOverload(shared: Shared, req: IncomingMessage, res: ServerResponse): void {
  const requestId = requestIdFrom(req.headers['x-request-id'])
  const { status, headers, document } = problemFrom(new FreedaError('FREEDA_OVERLOADED', {}), {
    requestId,
    production: shared.production,
  })
  const body = JSON.stringify(document)
  res.statusCode = status
  shared.setBaseHeaders({ req, res, requestId, shared, quota: undefined })
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.setHeader('Content-Type', 'application/problem+json')
  res.setHeader('Content-Length', Buffer.byteLength(body))
  res.setHeader('Cache-Control', 'no-store')
  res.end(body)
}

/** Whether a plugin answers that must be heard whatever happens, as that of health. */
export function isEssential(mounts: readonly Mount[], { url = '', method = '' }: IncomingMessage): boolean {
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  return mounts.some(
    ({ essential, prefix, router }) =>
      essential === true && path.startsWith(prefix) && router.match(path, method).route,
  )
}
