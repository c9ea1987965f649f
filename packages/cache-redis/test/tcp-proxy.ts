/** Stands between an app and its server: slow, deaf, or with another server behind it than before. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface TcpProxy {
  readonly url: string
  /** How long each piece takes in each direction. */
  delayMs: number
  /** Where new connections go. */
  port: number
  /** Nothing goes through any more, and nobody is told. Connections that are made later work. */
  swallow(): void
  /** Ends all connections. */
  cut(): void
}

export async function startProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; server: Socket; isDeaf: boolean }>()
  const front = createServer((client) => {
    const server = connect(proxy.port, '127.0.0.1')
    const pair = { client, server, isDeaf: false }
    pairs.add(pair)
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (chunk) => {
        if (pair.isDeaf) return
        if (proxy.delayMs === 0) to.write(chunk)
        else setTimeout(() => to.writable && !pair.isDeaf && to.write(chunk), proxy.delayMs)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        pairs.delete(pair)
        if (!pair.isDeaf) to.destroy()
      })
    }
    pass(client, server)
    pass(server, client)
  }).listen(0, '127.0.0.1')
  await once(front, 'listening')
  const end = () => {
    for (const { client, server } of pairs) {
      client.destroy()
      server.destroy()
    }
  }
  onTestFinished(() => {
    end()
    front.close()
  })
  const proxy: TcpProxy = {
    url: `redis://127.0.0.1:${(front.address() as AddressInfo).port}`,
    delayMs: 0,
    port,
    swallow() {
      for (const pair of pairs) pair.isDeaf = true
    },
    cut: end,
  }
  return proxy
}
