import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { send, serve, until, wire, type Settings } from './serve.ts'

const anything = z.unknown()
const echo = (settings: Settings = {}) =>
  serve((router) => {
    router.post('/x', async (ctx) => void (ctx.body = { got: await ctx.readBody(anything) }))
    router.post('/unread', (ctx) => void (ctx.body = 'unread'))
    router.post('/refused', (ctx) => ctx.throw(401))
  }, settings)
const json = (headers: Record<string, string> = {}) => ({ 'content-type': 'application/json', ...headers })
const big = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`

describe('a JSON body', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json;charset=utf8',
    'application/problem+json',
    'application/vnd.acme.v1+json; charset=UTF-8',
    'application/json; version=1',
  ])('is read as %s', async (type) => {
    const answer = await send(await echo(), '/x', { body: '{"a":"ü€😀"}', headers: { 'content-type': type } })
    expect(answer.json).toEqual({ got: { a: 'ü€😀' } })
  })

  it.each([
    [undefined, 'of no declared type'],
    ['text/plain', 'of type text/plain'],
    ['application/x-www-form-urlencoded', 'of type'],
    ['multipart/form-data; boundary=x', 'of type'],
    ['application/jsonp', 'of type'],
    ['text/html; application/json', 'of type text/html'],
    ['application/json; charset=iso-8859-1', 'in the charset iso-8859-1'],
    ['application/json; charset=utf-16', 'in the charset utf-16'],
  ])('of the type %s is 415', async (type, found) => {
    const headers = type === undefined ? {} : { 'content-type': type }
    const answer = await send(await echo(), '/x', { body: '{}', headers })
    expect([answer.status, answer.json['code']]).toEqual([415, 'FREEDA_BODY_UNSUPPORTED'])
    expect(answer.json['detail']).toContain(found)
  })

  it.each([
    ['without a body', {}],
    ['with a length of 0', { 'content-length': '0', 'content-type': 'application/json' }],
    ['with no chunks', { 'transfer-encoding': 'chunked', 'content-type': 'application/json' }],
  ])('%s is 400', async (_name, headers) => {
    const answer = await send(await echo(), '/x', { method: 'POST', headers })
    expect([answer.status, answer.json['code']]).toEqual([400, 'FREEDA_BODY_MALFORMED'])
    expect(answer.json['detail']).toContain('it is empty')
  })

  it.each(['{"a":', '{"a":1}}', '{"__proto__":{"x":1}}', '['.repeat(200)])('%s is 400', async (body) => {
    const answer = await send(await echo(), '/x', { body, headers: json() })
    expect([answer.status, answer.json['code']]).toEqual([400, 'FREEDA_BODY_MALFORMED'])
  })

  it('that is not UTF-8 is 400', async () => {
    const body = Buffer.from([0x22, 0xc3, 0x28, 0x22])
    const answer = await send(await echo(), '/x', { body, headers: json() })
    expect([answer.status, answer.json['detail']]).toEqual([
      400,
      'The request body could not be read: it is not valid UTF-8.',
    ])
  })

  it('may be split in the middle of a character', async () => {
    const served = await echo()
    const line = await wire(served)
    const body = Buffer.from('"😀"')
    line.write(`POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n`)
    await until(() => served.http.inFlight === 1)
    for (const byte of body) line.write(Buffer.from([byte]))
    await until(() => line.received.includes('got'))
    expect(Buffer.from(line.received, 'latin1').toString('utf8')).toContain('{"got":"😀"}')
  })

  it('is validated, with the path of every problem', async () => {
    const Message = z.object({ text: z.string().min(1), 'odd key': z.number() })
    const served = await serve((router) => {
      router.post('/x', async (ctx) => {
        ctx.body = await ctx.readBody(z.object({ messages: z.array(Message), n: z.number() }))
      })
    })
    const answer = await send(served, '/x', { json: { messages: [{ text: '', 'odd key': 'x' }], n: 'no' } })
    expect([answer.status, answer.json['code']]).toEqual([422, 'FREEDA_VALIDATION'])
    expect((answer.json['errors'] as { path: string }[]).map(({ path }) => path)).toEqual([
      'body.messages[0].text',
      'body.messages[0]["odd key"]',
      'body.n',
    ])
    const whole = await send(served, '/x', { json: [] })
    expect((whole.json['errors'] as { path: string }[])[0]?.path).toBe('body')
  })

  it('can be read twice', async () => {
    const served = await serve((router) => {
      router.use(async (ctx, next) => {
        await ctx.readBody(anything)
        await next()
      })
      router.post('/x', async (ctx) => {
        const [a, b] = await Promise.all([ctx.readBody(anything), ctx.readBody(anything)])
        ctx.body = { same: a === b, a }
      })
    })
    expect((await send(served, '/x', { json: { n: 1 } })).json).toEqual({ same: true, a: { n: 1 } })
  })

  it('fails twice alike', async () => {
    const served = await serve((router) => {
      router.post('/x', async (ctx) => {
        await ctx.readBody(anything).catch(() => undefined)
        await ctx.readBody(anything)
      })
    })
    expect((await send(served, '/x', { body: '{', headers: json() })).status).toBe(400)
  })

  it('is taken from middleware that parsed it before', async () => {
    const served = await serve((router) => {
      router.use(async (ctx, next) => {
        for await (const _chunk of ctx.req) void _chunk
        Object.assign(ctx.request, { body: { parsed: 'elsewhere' } })
        await next()
      })
      router.post('/x', async (ctx) => void (ctx.body = await ctx.readBody(anything)))
    })
    expect((await send(served, '/x', { json: {} })).json).toEqual({ parsed: 'elsewhere' })
  })

  it('that middleware read and threw away fails instead of hanging', async () => {
    const served = await serve((router) => {
      router.use(async (ctx, next) => {
        for await (const _chunk of ctx.req) void _chunk
        await next()
      })
      router.post('/x', async (ctx) => void (ctx.body = await ctx.readBody(anything)))
    })
    expect((await send(served, '/x', { json: {} })).status).toBe(500)
  })
})

describe('the size of a body', () => {
  it('may be the limit, and not a byte more', async () => {
    const served = await echo({ bodyLimitBytes: 100 })
    expect((await send(served, '/x', { body: big(100), headers: json() })).status).toBe(200)
    const answer = await send(served, '/x', { body: big(101), headers: json() })
    expect([answer.status, answer.json['code'], answer.headers['connection']]).toEqual([
      413,
      'FREEDA_BODY_TOO_LARGE',
      'close',
    ])
  })

  it('is refused by Content-Length before anything is read', async () => {
    const served = await echo({ bodyLimitBytes: 100 })
    const line = await wire(served)
    line.write(
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n',
    )
    await until(() => line.received.includes('\r\n\r\n{'))
    expect(line.received).toContain('HTTP/1.1 413')
    expect(line.received).toContain('Connection: close')
    await until(() => line.closed)
  })

  it('is counted when it comes in chunks, and the rest is not read for ever', async () => {
    const served = await echo({ bodyLimitBytes: 100 })
    const line = await wire(served)
    line.write(
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    const chunk = `40\r\n${' '.repeat(64)}\r\n`
    let sent = 0
    const feed = setInterval(() => {
      sent++
      line.write(chunk)
    }, 1)
    await until(() => line.closed)
    clearInterval(feed)
    expect(line.received).toContain('HTTP/1.1 413')
    expect(line.received).toContain('FREEDA_BODY_TOO_LARGE')
    expect(sent).toBeGreaterThan(1)
  })

  it('reaches a client that sends all of it before it reads', async () => {
    const served = await echo({ bodyLimitBytes: 100 })
    const req = request({ port: served.port, host: '127.0.0.1', path: '/x', method: 'POST', headers: json() })
    req.on('error', () => undefined)
    for (let i = 0; i < 64; i++) req.write('x'.repeat(16_384))
    req.end()
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    expect(res.statusCode).toBe(413)
    res.resume()
  })

  it('keeps the connection when a small body stays unread', async () => {
    const served = await echo()
    const line = await wire(served)
    for (const path of ['/unread', '/refused', '/unread'])
      line.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      )
    await until(() => line.received.match(/HTTP\/1\.1 /g)?.length === 3)
    expect(line.closed).toBe(false)
    expect(line.received).not.toContain('Connection: close')
  })

  it('closes the connection when an error leaves an endless body unread', async () => {
    const served = await echo()
    const line = await wire(served)
    line.write('POST /refused HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n')
    await until(() => line.received.includes('\r\n\r\n{'))
    expect(line.received).toContain('HTTP/1.1 401')
    expect(line.received).toContain('Connection: close')
    await until(() => line.closed)
    expect(served.logs[0]).toMatchObject({ status: 401 })
    expect(served.logs[0]).not.toHaveProperty('aborted')
  })
})

describe('a compressed body', () => {
  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', Buffer.from],
  ] as const)('is read with the coding %s', async (coding, compress) => {
    const body = compress(Buffer.from('{"a":"ü"}'))
    const answer = await send(await echo(), '/x', { body, headers: json({ 'content-encoding': coding }) })
    expect(answer.json).toEqual({ got: { a: 'ü' } })
  })

  it.each(['zstd', 'compress', 'gzip, gzip', 'constructor', '*'])(
    'with the coding %s is 415',
    async (coding) => {
      const answer = await send(await echo(), '/x', {
        body: '{}',
        headers: json({ 'content-encoding': coding }),
      })
      expect([answer.status, answer.json['code']]).toEqual([415, 'FREEDA_BODY_UNSUPPORTED'])
      expect(answer.json['detail']).toContain('gzip')
    },
  )

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
  ] as const)('that is a bomb (%s) is 413 by what comes out of it', async (coding, compress) => {
    const served = await echo({ bodyLimitBytes: 64 * 1024 })
    const body = compress(Buffer.alloc(32 * 1024 * 1024, 0x20))
    expect(body.length).toBeLessThan(64 * 1024)
    const answer = await send(served, '/x', { body, headers: json({ 'content-encoding': coding }) })
    expect([answer.status, answer.json['code']]).toEqual([413, 'FREEDA_BODY_TOO_LARGE'])
  })

  it('that goes on for ever and yields nothing is 413', async () => {
    const served = await echo({ bodyLimitBytes: 1_000 })
    const line = await wire(served)
    line.write(
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    // A gzip header, then stored blocks of no bytes.
    line.write(Buffer.concat([Buffer.from('a\r\n'), gzipSync('').subarray(0, 10), Buffer.from('\r\n')]))
    const empty = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff])
    const chunk = Buffer.concat([
      Buffer.from('64\r\n'),
      ...Array.from({ length: 20 }, () => empty),
      Buffer.from('\r\n'),
    ])
    const feed = setInterval(() => line.write(chunk), 1)
    await until(() => line.received.includes('FREEDA_BODY_TOO_LARGE'))
    clearInterval(feed)
  })

  it.each([
    ['not gzip at all', Buffer.from('{"a":1}')],
    ['cut short', gzipSync('{"a":1}').subarray(0, 15)],
  ])('that is %s is 400', async (_name, body) => {
    const answer = await send(await echo(), '/x', { body, headers: json({ 'content-encoding': 'gzip' }) })
    expect([answer.status, answer.json['code']]).toEqual([400, 'FREEDA_BODY_MALFORMED'])
    expect(answer.json['detail']).toContain('content coding')
  })
})

describe('an upload that breaks off', () => {
  it.each([
    ['plain', '', Buffer.from('{"a"')],
    ['compressed', 'Content-Encoding: gzip\r\n', gzipSync('{"a":"some text"}').subarray(0, 20)],
  ])('leaves no noise in the log (%s)', async (_name, header, begin) => {
    const served = await echo()
    const line = await wire(served)
    line.write(
      `POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}Content-Length: 100\r\n\r\n`,
    )
    line.write(begin)
    await until(() => served.http.inFlight === 1)
    line.socket.destroy()
    await until(() => served.logs.length > 0)
    expect(served.http.inFlight).toBe(0)
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({
      level: 30,
      msg: 'request',
      aborted: true,
      method: 'POST',
      path: '/x',
    })
    expect(served.logs[0]).not.toHaveProperty('err')
    expect(served.logs[0]).not.toHaveProperty('status')
  })

  it('fails a read that begins afterwards instead of letting it hang', async () => {
    let outcome = ''
    const served = await serve((router) => {
      router.post('/x', async (ctx) => {
        await until(() => ctx.signal.aborted)
        outcome = await ctx.readBody(anything).then(
          () => 'read',
          (error: Error) => error.name,
        )
      })
    })
    const line = await wire(served)
    line.write(
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"',
    )
    await until(() => served.http.inFlight === 1)
    line.socket.destroy()
    await until(() => outcome !== '')
    expect(outcome).toBe('AbortError')
  })
})

describe('a body of any other type', () => {
  const raw = () =>
    serve((router) => {
      router.post('/text', async (ctx) => void (ctx.body = { text: await ctx.readText({ maxBytes: 5_000 }) }))
      router.post('/bytes', async (ctx) => void (ctx.body = { bytes: (await ctx.readBytes()).length }))
    })

  it('is read as text or bytes, decoded, within the limit that the handler sets', async () => {
    const app = await raw()
    const csv = { 'content-type': 'text/csv' }
    expect((await send(app, '/text', { body: '\u{feff}a;b\nü', headers: csv })).json).toEqual({
      text: 'a;b\nü',
    })
    const gzip = { ...csv, 'content-encoding': 'gzip' }
    expect((await send(app, '/text', { body: gzipSync('x'.repeat(5_000)), headers: gzip })).json).toEqual({
      text: 'x'.repeat(5_000),
    })
    expect((await send(app, '/text', { body: gzipSync('x'.repeat(5_001)), headers: gzip })).status).toBe(413)
    expect((await send(app, '/bytes', { body: new Uint8Array([0xff, 0xfe]) })).json).toEqual({ bytes: 2 })
    expect((await send(app, '/bytes', { body: 'x'.repeat(1_025) })).status).toBe(413)
  })

  it('may be empty, and is refused as text when it is none', async () => {
    const app = await raw()
    expect((await send(app, '/text', { method: 'POST' })).json).toEqual({ text: '' })
    expect((await send(app, '/text', { body: new Uint8Array([0xff, 0xfe]) })).status).toBe(400)
    const latin = { 'content-type': 'text/plain; charset=latin1' }
    expect((await send(app, '/text', { body: 'x', headers: latin })).status).toBe(415)
    expect((await send(app, '/text', { body: 'x', headers: { 'content-encoding': 'zstd' } })).status).toBe(
      415,
    )
    expect((await send(app, '/text', { body: 'x', headers: { 'content-encoding': 'gzip' } })).status).toBe(
      400,
    )
  })
})
