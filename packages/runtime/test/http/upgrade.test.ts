import { once } from 'node:events'
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { httpProblem } from '../../src/http.ts'
import { connectTo, refusalOf } from './connect-socket.ts'
import { gate, send, serve, until, wire, type Define, type Settings } from './serve.ts'

const echo: Define = (router) => {
  router.ws('/echo', {}, async ({ socket }) => {
    for await (const message of socket.messages) await socket.send(message)
  })
  router.get('/x', (ctx) => void (ctx.body = 'x'))
  router.post('/body', async (ctx) => void (ctx.body = await ctx.readBody(z.unknown())))
}
const serveEcho = (settings: Settings = {}) => serve(echo, settings)
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
const handshake = (path: string, ...lines: string[]) =>
  [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...lines, '', ''].join(
    '\r\n',
  )

describe('connecting', () => {
  it('works, with the request id in the answer and one line in the log', async () => {
    const served = await serveEcho()
    const line = await wire(served)
    line.write(handshake('/echo', key, 'Sec-WebSocket-Version: 13', 'X-Request-Id: mine'))
    await until(() => line.received.includes('\r\n\r\n'))
    expect(line.received).toMatch(/^HTTP\/1\.1 101 /)
    expect(line.received).toContain('X-Request-Id: mine')
    expect(line.received).not.toContain('Sec-WebSocket-Extensions')
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({ requestId: 'mine', path: '/echo', route: '/echo', status: 101 })
    expect(served.http).toMatchObject({ inFlight: 0, live: 1 })
  })

  it('goes through middleware, params and query first', async () => {
    const served = await serve((router) => {
      router.use((ctx, next) => {
        if (ctx.get('x-key') !== 'open') throw httpProblem(401, { code: 'no_key' })
        return next()
      })
      router.ws(
        '/rooms/:id',
        { params: z.object({ id: z.coerce.number() }), query: z.object({ name: z.string() }) },
        ({ socket, params, query }) => socket.send([params.id, query.name]),
      )
    })
    expect(await refusalOf(served, '/rooms/7?name=ann')).toMatchObject({
      status: 401,
      json: { code: 'no_key' },
    })
    const headers = { 'x-key': 'open' }
    expect(await refusalOf(served, '/rooms/x', { headers })).toMatchObject({
      status: 422,
      json: { code: 'FREEDA_VALIDATION' },
    })
    const client = await connectTo(served, '/rooms/7?name=ann', { headers })
    await until(() => client.received.length === 1)
    expect(client.received).toEqual(['[7,"ann"]'])
  })

  it('agrees on a subprotocol, or on none', async () => {
    const served = await serve((router) =>
      router.ws('/x', { protocols: ['v2', 'v1'] }, ({ socket }) => socket.send(`speaks ${socket.protocol}`)),
    )
    const client = await connectTo(served, '/x', { protocols: ['v1', 'v2'] })
    await until(() => client.received.length === 1)
    expect(client.received).toEqual(['speaks v2'])
    const line = await wire(served)
    line.write(handshake('/x', key, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: v9'))
    await until(() => line.received.includes('101'))
    expect(line.received).not.toContain('Sec-WebSocket-Protocol')
  })

  it('works behind another request on the same connection', async () => {
    const served = await serveEcho()
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => line.received.endsWith('x'))
    line.write(handshake('/echo', key, 'Sec-WebSocket-Version: 13'))
    await until(() => line.received.includes('101 Switching'))
  })

  it('loses nothing that the client sends right behind its request', async () => {
    const served = await serveEcho()
    const line = await wire(served)
    // "hi", masked with zeros.
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
    line.write(Buffer.concat([Buffer.from(handshake('/echo', key, 'Sec-WebSocket-Version: 13')), frame]))
    await until(() => line.received.endsWith('\x81\x02hi'))
  })
})

describe('a request that gets no WebSocket', () => {
  it.each([
    ['an unknown path', '/nowhere', 404, 'FREEDA_ROUTE_NOT_FOUND'],
    ['a path of an ordinary route', '/x', 400, 'not_a_websocket'],
  ])('is answered with a problem: %s', async (_name, path, status, code) => {
    const served = await serveEcho()
    const refusal = await refusalOf(served, path)
    expect(refusal).toMatchObject({ status, json: { code } })
    expect(refusal.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    expect(served.logs[0]).toMatchObject({ status, code })
    await until(() => served.http.inFlight === 0)
  })

  it('does not reach the handler of an ordinary route', async () => {
    let called = false
    const served = await serve((router) => {
      echo(router)
      router.get('/called', () => {
        called = true
      })
    })
    expect((await refusalOf(served, '/called')).status).toBe(400)
    expect(called).toBe(false)
  })

  it.each([
    ['no key', ['Sec-WebSocket-Version: 13'], 400, 'bad_request'],
    ['a bad key', ['Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13'], 400, 'bad_request'],
    ['no version', [key], 426, 'websocket_version'],
    ['another version', [key, 'Sec-WebSocket-Version: 8'], 426, 'websocket_version'],
    [
      'a bad list of protocols',
      [key, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: a,,b'],
      400,
      'bad_request',
    ],
    ['a body', [key, 'Sec-WebSocket-Version: 13', 'Content-Length: 5'], 400, 'not_a_websocket'],
    [
      'a body in chunks',
      [key, 'Sec-WebSocket-Version: 13', 'Transfer-Encoding: chunked'],
      400,
      'not_a_websocket',
    ],
  ])('is answered with a problem: %s', async (_name, lines, status, code) => {
    const served = await serveEcho()
    const line = await wire(served)
    line.write(handshake('/echo', ...lines))
    await until(() => line.closed)
    expect(line.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(line.received).toContain(`"code":"${code}"`)
    if (status === 426) expect(line.received).toContain('Sec-WebSocket-Version: 13')
    expect(served.logs).toHaveLength(1)
    expect(served.http).toMatchObject({ inFlight: 0, live: 0 })
    expect((await send(served, '/x')).status).toBe(200)
  })

  it('is refused by a rate limit like every other', async () => {
    const served = await serve((router) =>
      router.ws('/x', { rateLimit: { limit: 1, windowSeconds: 60 } }, () => undefined),
    )
    await connectTo(served, '/x')
    expect(await refusalOf(served, '/x')).toMatchObject({ status: 429 })
  })

  it('is told to ask for one when it did not', async () => {
    const served = await serveEcho()
    const answer = await send(served, '/echo')
    expect(answer).toMatchObject({ status: 426, json: { code: 'websocket_expected' } })
    expect(answer.headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade' })
  })

  it('is out of time like every other request', async () => {
    const served = await serve(
      (router) => {
        router.use(() => new Promise(() => undefined))
        router.ws('/x', {}, () => undefined)
      },
      { handlerTimeoutMs: 30 },
    )
    expect((await refusalOf(served, '/x')).json).toMatchObject({ code: 'FREEDA_REQUEST_TIMEOUT' })
  })

  it('does not hold up a stop beyond its deadline', async () => {
    let asked = false
    const served = await serve(
      (router) => {
        router.use(() => {
          asked = true
          return new Promise(() => undefined)
        })
        router.ws('/x', {}, () => undefined)
      },
      { handlerTimeoutMs: 0 },
    )
    const line = await wire(served)
    line.write(handshake('/x', key, 'Sec-WebSocket-Version: 13'))
    await until(() => asked)
    expect(await served.listener.close(50)).toEqual({ cut: 1 })
    await until(() => line.closed)
  })

  it('is forgotten when its client leaves before', async () => {
    const held = gate()
    let asked = false
    const served = await serve((router) => {
      router.use(async (_ctx, next) => {
        asked = true
        await held.opened
        await next()
      })
      router.ws('/x', {}, () => {
        throw new Error('must not run')
      })
    })
    const line = await wire(served)
    line.write(handshake('/x', key, 'Sec-WebSocket-Version: 13'))
    await until(() => asked)
    line.socket.destroy()
    await until(() => served.http.inFlight === 0)
    held.open()
    await until(() => served.logs.length === 1)
    expect(served.logs[0]).toMatchObject({ aborted: true })
    expect(served.http.live).toBe(0)
  })

  it('is cut off behind a request whose answer is still to come', async () => {
    const held = gate()
    const served = await serve((router) => {
      echo(router)
      router.get('/held', () => held.opened)
    })
    const line = await wire(served)
    line.write(`GET /held HTTP/1.1\r\nHost: x\r\n\r\n${handshake('/echo', key, 'Sec-WebSocket-Version: 13')}`)
    await until(() => line.closed)
    expect(line.received).toBe('')
    held.open()
    await until(() => served.http.inFlight === 0)
  })
})

describe('pages of other origins', () => {
  const withOrigin = (origin: string, headers: Record<string, string> = {}) => ({ origin, headers })

  it('may not connect, pages of the same host and programs may', async () => {
    const served = await serveEcho()
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${served.port + 1}`])
      expect(await refusalOf(served, '/echo', withOrigin(origin))).toMatchObject({
        status: 403,
        json: { code: 'origin_refused' },
      })
    await connectTo(served, '/echo', withOrigin(`http://127.0.0.1:${served.port}`))
    await connectTo(served, '/echo', withOrigin(`https://127.0.0.1:${served.port}`))
    await connectTo(served, '/echo')
  })

  it('may connect when the CORS config trusts them', async () => {
    const served = await serveEcho({ cors: { origins: ['https://app.example'], credentials: true } })
    await connectTo(served, '/echo', withOrigin('https://app.example', { cookie: 'session=1' }))
    expect((await refusalOf(served, '/echo', withOrigin('https://evil.example'))).status).toBe(403)
  })

  it('may connect without credentials when everybody may read', async () => {
    const served = await serveEcho({ cors: { origins: '*' } })
    await connectTo(served, '/echo', withOrigin('https://any.example'))
    const headers = { cookie: 'session=1' }
    expect((await refusalOf(served, '/echo', withOrigin('https://any.example', headers))).status).toBe(403)
  })

  it('may connect when the route says so, and only those', async () => {
    const served = await serve((router) => {
      router.ws('/some', { origins: ['https://app.example'] }, () => undefined)
      router.ws('/all', { origins: '*' }, () => undefined)
    })
    await connectTo(served, '/some', withOrigin('https://app.example'))
    expect((await refusalOf(served, '/some', withOrigin(served.url))).status).toBe(403)
    await connectTo(served, '/all', withOrigin('https://evil.example', { cookie: 'session=1' }))
  })
})

describe('an upgrade to something else', () => {
  it.each([
    ['with WebSocket routes', true],
    ['without', false],
  ])('is ignored, as HTTP allows: the request is answered as usual (%s)', async (_name, sockets) => {
    const served = await serve((router) => {
      if (sockets) echo(router)
      else {
        router.get('/x', (ctx) => void (ctx.body = 'x'))
        router.post('/body', async (ctx) => void (ctx.body = await ctx.readBody(z.unknown())))
      }
    })
    const line = await wire(served)
    const h2c =
      'Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'
    line.write(`GET /x HTTP/1.1\r\n${h2c}\r\n`)
    await until(() => line.received.endsWith('\r\n\r\nx'))
    const body = '{"größe":1}'
    line.write(
      `POST /body HTTP/1.1\r\n${h2c}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n{`,
    )
    line.write(body.slice(1))
    await until(() => line.received.split('HTTP/1.1 200 OK').length === 3)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => line.received.split('HTTP/1.1 200 OK').length === 4)
    expect(Buffer.from(line.received, 'latin1').toString()).toContain(body)
    expect(served.logs).toHaveLength(3)
  })

  it('leaves nothing behind on a connection that asks for one with each request', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    const served = await serve(echo)
    const line = await wire(served)
    for (let n = 1; n <= 20; n++) {
      line.write('GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
      await until(() => line.received.split('\r\n\r\nx').length === n + 1)
    }
    process.off('warning', onWarning)
    expect(warnings.map(({ message }) => message)).toEqual([])
  })

  it('is ignored for a WebSocket by POST', async () => {
    const served = await serveEcho()
    const req = request({
      host: '127.0.0.1',
      port: served.port,
      path: '/body',
      method: 'POST',
      agent: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'content-type': 'application/json',
        'content-length': 2,
      },
    })
    req.end('{}')
    const [res] = (await once(req, 'response')) as [{ statusCode: number }]
    expect(res.statusCode).toBe(200)
    req.destroy()
  })
})
