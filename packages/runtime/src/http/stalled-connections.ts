import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { exchangeOn } from '../exchange/watch-end.ts'

/**
 * Cuts connections whose client takes nothing of its answer, which would stay in memory for as long as the client likes.
 * Looks at all of them now and then: a timer for each, as `server.timeout` sets, would cost every request. Whether a
 * client takes something, however slowly, is what Node's own timeout of a socket knows.
 */
export function cutStalled(server: Server, connections: ReadonlySet<Socket>, stallTimeoutMs: number): void {
  const isAnswering = (socket: Socket) => exchangeOn(socket) !== undefined
  server.on('timeout', (socket: Socket) => {
    // Idle connections come here too, and answers that had to wait once but are only silent now.
    if (isAnswering(socket) && socket.writableLength === 0) socket.setTimeout(0)
    else socket.destroy()
  })
  const timer = setInterval(() => {
    for (const socket of connections)
      if (socket.writableLength > 0 && !socket.timeout && isAnswering(socket))
        socket.setTimeout(stallTimeoutMs)
  }, stallTimeoutMs / 2)
  timer.unref()
  server.once('close', () => clearInterval(timer))
}
