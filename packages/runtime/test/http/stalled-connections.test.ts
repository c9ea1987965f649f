import { once } from 'node:events'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { atEnd, serve, until } from './serve.ts'

const large = Buffer.alloc(30_000_000, 'x')

const app = async (stallTimeoutMs = 300) => {
  const silent = new PassThrough()
  const served = await serve(
    (router) => {
      router.get('/large', (ctx) => void (ctx.body = large))
      router.get('/silent', (ctx) => {
        silent.write('begun')
        ctx.body = silent
      })
    },
    { stallTimeoutMs },
  )
  return { ...served, http: served.http, silent }
}

async function ask({ port }: { port: number }, path: string) {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  atEnd(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  return socket
}

describe('a client that takes its time with an answer', () => {
  it('is cut when it takes nothing', async () => {
    const served = await app()
    const socket = await ask(served, '/large')
    socket.pause()
    await until(() => served.http.inFlight === 1)
    await until(() => served.http.inFlight === 0)
    expect(served.logs.at(-1)).toMatchObject({ msg: 'request', aborted: true, ip: '127.0.0.1' })
  })

  it('gets everything when it takes a little now and then', async () => {
    const served = await app(1_500)
    const socket = await ask(served, '/large')
    let size = 0
    socket.on('data', (chunk) => {
      size += chunk.length
      // For some seconds; the system tells of what was taken only in large pieces.
      if (size < 6_000_000) {
        socket.pause()
        setTimeout(() => socket.resume(), 25)
      }
    })
    await until(() => size > large.length)
    await until(() => served.http.inFlight === 0)
  })

  it('is not cut while the answer itself is silent', async () => {
    const served = await app()
    const socket = await ask(served, '/silent')
    let received = ''
    socket.setEncoding('latin1').on('data', (text: string) => (received += text))
    await until(() => received.includes('begun'))
    const startedAt = Date.now()
    await until(() => Date.now() - startedAt > 1_000)
    served.silent.end('ended')
    await until(() => received.includes('ended'))
  })
})
