import { Agent } from 'node:http'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { listen } from '../../src/http/listen.ts'
import { create, gate, send, serve, until, wire, type Settings } from './serve.ts'

const waiting = async (settings: Settings = {}) => {
  const held = gate()
  const stream = new PassThrough()
  const served = await serve((router) => {
    router.get('/x', (ctx) => void (ctx.body = 'x'))
    router.get('/held', async (ctx) => {
      await held.opened
      ctx.body = 'done'
    })
    router.get('/large', (ctx) => void (ctx.body = Buffer.alloc(Number(ctx.query['bytes']), 'x')))
    router.get('/stream', (ctx) => void (ctx.body = stream))
    router.post('/body', async (ctx) => void (ctx.body = { got: await ctx.readBody(z.unknown()) }))
  }, settings)
  return { ...served, served, held, stream }
}
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

describe('listening', () => {
  const options = {
    host: '127.0.0.1',
    requestTimeoutMs: 1_000,
    headersTimeoutMs: 1_000,
    keepAliveTimeoutMs: 1_000,
  }
  const failure = (host: string, port: number) =>
    listen(create(() => undefined).http, { ...options, host, port }).then(
      () => 'it listens',
      (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
    )

  it('tells its address', async () => {
    const { listener } = await waiting()
    expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`)
    expect(listener.port).toBeGreaterThan(0)
    expect(listener.host).toBe('127.0.0.1')
  })

  it('gives a URL that can be called when it listens everywhere', async () => {
    const { listener, port } = await waiting({ host: '0.0.0.0' })
    expect(listener.url).toBe(`http://127.0.0.1:${port}`)
    expect((await fetch(`${listener.url}/x`)).status).toBe(200)
  })

  it('says what to do when the port is taken', async () => {
    const { port } = await waiting()
    const message = await failure('127.0.0.1', port)
    expect(message).toMatch(/^FREEDA_LISTEN: /)
    expect(message).toContain(`port ${port}`)
    expect(message).toContain(`PORT=${port + 1}`)
    expect(message).toContain('or 0')
  })

  it('says what to do when the address is not of this machine', async () => {
    expect(await failure('192.0.2.1', 0)).toContain('0.0.0.0')
  })

  it('says what to do about a port that is none', async () => {
    expect(await failure('127.0.0.1', 70_000)).toContain('0 to 65535')
  })
})

describe('bytes that are no request', () => {
  it.each([
    ['garbage', 'hello\r\n\r\n', 400, 'bad_request'],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', 400, 'bad_request'],
    ['an unknown method', 'FOO /x HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'not_implemented'],
    ['a header without a name', 'GET /x HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n', 400, 'bad_request'],
    [
      'two lengths',
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'bad_request',
    ],
    [
      'a length and chunks',
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'bad_request',
    ],
    [
      'headers too large',
      `GET /x HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'request_header_fields_too_large',
    ],
    ['a URL too large', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414, 'uri_too_long'],
  ])('(%s) get a problem document and a closed connection', async (_name, bytes, status, code) => {
    const { served } = await waiting()
    const line = await wire(served)
    line.write(bytes)
    await until(() => line.closed)
    expect(line.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(line.received).toContain('Content-Type: application/problem+json')
    expect(line.received).toContain('Connection: close')
    expect(line.received).toContain('X-Content-Type-Options: nosniff')
    const document = JSON.parse(line.received.split('\r\n\r\n')[1]!) as Record<string, unknown>
    expect(document).toMatchObject({ status, code })
    expect(served.logs[0]).toMatchObject({ level: 30, status, code, requestId: document['requestId'] })
    expect((await send(served, '/x')).status).toBe(200)
  })

  it('take the limit of headers from the options', async () => {
    const { served } = await waiting({ maxHeaderBytes: 2_000 })
    expect((await send(served, '/x', { headers: { a: 'a'.repeat(2_100) } })).status).toBe(431)
  })

  it('behind a good request do not take its answer', async () => {
    const { served, held } = await waiting()
    const line = await wire(served)
    line.write(`${get('/held')}garbage\r\n\r\n`)
    await until(() => served.http.inFlight === 1)
    held.open()
    await until(() => line.closed)
    expect(line.received).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(line.received).toContain('done')
    expect(line.received).not.toContain('400')
  })

  it('in a chunked body are the answer of that request', async () => {
    const { served } = await waiting()
    const line = await wire(served)
    line.write(
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    )
    await until(() => served.http.inFlight === 1)
    line.write('zzz\r\n')
    await until(() => line.closed)
    expect(line.received).toMatch(/^HTTP\/1\.1 400 /)
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({ path: '/body', status: 400, code: 'bad_request' })
  })

  it('that come too slowly are 408', async () => {
    const { served } = await waiting({ headersTimeoutMs: 100, requestTimeoutMs: 200 })
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost:')
    await until(() => line.closed)
    expect(line.received).toMatch(/^HTTP\/1\.1 408 /)
    expect(line.received).toContain('request_timeout')
  })

  it('of a body that comes too slowly are 408 too', async () => {
    const { served } = await waiting({ headersTimeoutMs: 100, requestTimeoutMs: 150 })
    const line = await wire(served)
    line.write(
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    )
    await until(() => line.closed)
    expect(line.received).toMatch(/^HTTP\/1\.1 408 /)
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({ path: '/body', status: 408 })
  })

  it('are forgotten when the client just leaves', async () => {
    const { served } = await waiting()
    const line = await wire(served)
    line.write('GET /x HT')
    line.socket.end()
    await until(() => line.closed)
    expect(served.logs).toEqual([])
  })
})

describe('good requests', () => {
  it('may be pipelined, and are answered in order', async () => {
    const { served, held } = await waiting()
    const line = await wire(served)
    line.write(get('/held') + get('/x') + get('/nowhere') + get('/x'))
    await until(() => served.http.inFlight === 4)
    held.open()
    await until(() => line.received.match(/HTTP\/1\.1 /g)?.length === 4)
    const statuses = [...line.received.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])
    expect(statuses).toEqual(['200', '200', '404', '200'])
    expect(line.received.indexOf('done')).toBeLessThan(line.received.indexOf('404'))
    await until(() => served.logs.length === 4)
    expect(served.http.inFlight).toBe(0)
  })

  it('may ask before they send their body', async () => {
    const { served } = await waiting()
    const line = await wire(served)
    line.write(
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
    )
    await until(() => line.received.includes('100 Continue'))
    line.write('{}')
    await until(() => line.received.includes('{"got":{}}'))
  })

  it('keep the connection as long as the options say', async () => {
    const { served } = await waiting({ keepAliveTimeoutMs: 65_000 })
    const line = await wire(served)
    line.write(get('/x'))
    await until(() => line.received.includes('200 OK'))
    expect(line.received).toContain('Keep-Alive: timeout=65')
    const brief = await waiting({ keepAliveTimeoutMs: 20 })
    const other = await wire(brief.served)
    other.write(get('/x'))
    await until(() => other.closed)
  })
})

describe('draining', () => {
  it('serves on, and says Connection: close on every answer', async () => {
    const { served, http, held } = await waiting()
    const agent = new Agent({ keepAlive: true })
    expect((await send(served, '/x', { agent })).headers['connection']).toBe('keep-alive')
    const before = send(served, '/held', { agent })
    await until(() => http.inFlight === 1)
    http.drain()
    for (const path of ['/x', '/nowhere']) {
      const answer = await send(served, path, { agent })
      expect(answer.headers['connection']).toBe('close')
    }
    held.open()
    expect((await before).headers['connection']).toBe('close')
    agent.destroy()
  })

  it('loses none of the answers to pipelined requests', async () => {
    const { served, listener, held, http } = await waiting()
    const line = await wire(served)
    line.write(get('/held') + get('/x') + get('/held'))
    await until(() => http.inFlight === 3)
    const closed = listener.close(5_000)
    held.open()
    expect(await closed).toEqual({ cut: 0 })
    await until(() => line.closed)
    expect(line.received.match(/200 OK/g)).toHaveLength(3)
    expect(line.received.match(/Connection: close/g)).toHaveLength(1)
  })

  it('closes connections that are idle, also those that never sent anything', async () => {
    const { served, listener } = await waiting()
    const used = await wire(served)
    const unused = await wire(served)
    used.write(get('/x'))
    await until(() => used.received.includes('200 OK'))
    expect(await listener.close(60_000)).toEqual({ cut: 0 })
    await until(() => used.closed && unused.closed)
  })

  it('lets requests under way finish, and accepts no others', async () => {
    const { served, listener, held, http } = await waiting()
    const line = await wire(served)
    line.write(get('/held'))
    await until(() => http.inFlight === 1)
    const closed = listener.close(5_000)
    await expect(send(served, '/x')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    held.open()
    expect(await closed).toEqual({ cut: 0 })
    await until(() => line.closed)
    expect(line.received).toContain('done')
    expect(line.received).toContain('Connection: close')
  })

  it('lets a stream finish whose headers are out, and closes its connection', async () => {
    const { served, listener, stream } = await waiting()
    const line = await wire(served)
    line.write(get('/stream'))
    stream.write('first')
    await until(() => line.received.includes('first'))
    const closed = listener.close(5_000)
    stream.end('last')
    expect(await closed).toEqual({ cut: 0 })
    await until(() => line.closed)
    expect(line.received).toContain('last')
    expect(line.received).toContain('0\r\n\r\n')
  })

  it('lets a client that reads slowly have all of a large answer', async () => {
    const bytes = 40_000_000
    const { served, listener, http } = await waiting()
    const line = await wire(served)
    line.write(get(`/large?bytes=${bytes}`))
    await until(() => line.received.length > 1_000)
    line.socket.pause()
    const closed = listener.close(10_000)
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(http.inFlight).toBe(1)
    line.socket.resume()
    expect(await closed).toEqual({ cut: 0 })
    await until(() => line.closed)
    expect(line.received.split('\r\n\r\n')[1]).toHaveLength(bytes)
  })

  it('lets a body that is still coming finish', async () => {
    const { served, listener, http } = await waiting()
    const line = await wire(served)
    line.write(
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
    )
    await until(() => http.inFlight === 1)
    const closed = listener.close(5_000)
    line.write('}')
    expect(await closed).toEqual({ cut: 0 })
    await until(() => line.closed)
    expect(line.received).toContain('{"got":{}}')
  })

  it('cuts what is left at the deadline, and tells how many', async () => {
    const { served, listener, http, stream } = await waiting()
    const lines = [await wire(served), await wire(served)]
    lines[0]!.write(get('/held'))
    lines[1]!.write(get('/stream'))
    stream.write('first')
    await until(() => http.inFlight === 2 && lines[1]!.received.includes('first'))
    expect(await listener.close(30)).toEqual({ cut: 2 })
    await until(() => lines.every(({ closed }) => closed) && http.inFlight === 0)
    expect(served.logs.filter((entry) => entry['aborted'] === true)).toHaveLength(2)
  })

  it('cuts a connection that never finishes its headers', async () => {
    const { served, listener } = await waiting()
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost:')
    await send(served, '/x')
    expect(await listener.close(50)).toEqual({ cut: 0 })
    await until(() => line.closed)
  })

  it('tells handlers why they are cut', async () => {
    let signal: AbortSignal | undefined
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        signal = ctx.signal
        return new Promise(() => undefined)
      })
    })
    const line = await wire(served)
    line.write(get('/x'))
    await until(() => signal !== undefined)
    await served.listener.close(10)
    expect(String(signal?.reason)).toContain('server stops')
  })

  it('closes once, whoever asks', async () => {
    const { listener } = await waiting()
    expect(listener.close(100)).toBe(listener.close(0))
    await listener.close(0)
  })
})
