/** Finds out when a request is over, and what is under way on a connection. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { logExchange } from './access-log.ts'
import { answerError } from './answer-problem.ts'
import { abortExchange, clientGone, exchangeOf, type Exchange } from './exchange.ts'

const queued = Symbol('freeda.queued')

type Connection = Duplex & {
  [exchangeOf]?: Exchange | undefined
  [queued]?: Set<Exchange>
}
type Owned = ServerResponse & { [exchangeOf]?: Exchange }

/** The request under way on a connection; the last of them when the client pipelines. */
export const exchangeOn = (connection: Connection): Exchange | undefined => connection[exchangeOf]

/** Listeners that all responses share, and find their exchange through: no closures a request. */
export function watchEnd(exchange: Exchange): void {
  const { req, res } = exchange
  const connection: Connection = req.socket
  connection[exchangeOf] = exchange
  const owned: Owned = res
  owned[exchangeOf] = exchange
  res.on('finish', onFinish).on('close', onClose).on('error', onError)
  if (res.socket === null) watchQueued(connection, exchange)
}

/** Pipelined behind another request: until its turn comes, node:http does not tell a response of a lost connection. */
function watchQueued(connection: Connection, exchange: Exchange): void {
  let waiting = connection[queued]
  if (waiting === undefined) {
    waiting = connection[queued] = new Set()
    connection.once('close', onConnectionClose)
  }
  waiting.add(exchange)
}

function onConnectionClose(this: Connection): void {
  for (const exchange of this[queued] ?? []) settle(exchange, true)
}

function onFinish(this: ServerResponse): void {
  settle((this as Owned)[exchangeOf]!, false)
}

function onClose(this: ServerResponse): void {
  settle((this as Owned)[exchangeOf]!, true)
}

/** A handler that writes after the end: without a listener it would take the process down. */
function onError(this: ServerResponse, error: Error): void {
  answerError((this as Owned)[exchangeOf]!, error)
}

/** The connection belongs to somebody else from now on: what is over is only the request. */
export function settleUpgraded(exchange: Exchange): void {
  const { req, res } = exchange
  res.detachSocket(req.socket)
  // Goes nowhere without a connection; but the log and whoever else looks finds the status that the client got.
  res.writeHead(101)
  settle(exchange, false)
}

function settle(exchange: Exchange, cut: boolean): void {
  if (exchange.settled) return
  exchange.settled = true
  const connection: Connection = exchange.req.socket
  if (connection[exchangeOf] === exchange) connection[exchangeOf] = undefined
  connection[queued]?.delete(exchange)
  exchange.shared.inFlight.delete(exchange)
  if (cut) abortExchange(exchange, clientGone())
  logExchange(exchange, cut && !exchange.answered && exchange.error === undefined)
  exchange.shared.onSettled?.(exchange)
}
