import { createReadStream } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { inject } from 'light-my-request'
import { create, gate, send, serve, until, wire, type Define } from './serve.ts'

const body =
  (value: unknown): Define =>
  (router) =>
    router.get('/x', (ctx) => void (ctx.body = value))

describe('answers', () => {
  it.each([
    ['an object', { a: 1 }, 'application/json; charset=utf-8', '{"a":1}'],
    ['an array', [1], 'application/json; charset=utf-8', '[1]'],
    ['text', 'hi', 'text/plain; charset=utf-8', 'hi'],
    ['markup', '<p>', 'text/html; charset=utf-8', '<p>'],
    ['bytes', Buffer.from('hi'), 'application/octet-stream', 'hi'],
    ['a stream', () => Readable.from(['a', 'b']), 'application/octet-stream', 'ab'],
    ['an empty stream', () => Readable.from([]), 'application/octet-stream', ''],
    ['a web stream', () => new Blob(['ab']).stream(), 'application/octet-stream', 'ab'],
    ['a Blob', new Blob(['ab'], { type: 'text/plain' }), 'text/plain', 'ab'],
    ['a Response', () => new Response('ab', { headers: { 'content-type': 'text/csv' } }), 'text/csv', 'ab'],
  ])('may be %s', async (_name, value, type, text) => {
    const served = await serve(body(typeof value === 'function' ? value() : value))
    const answer = await send(served, '/x')
    expect([answer.status, answer.text]).toEqual([200, text])
    expect(answer.headers['content-type']).toContain(type)
  })

  it('may be empty', async () => {
    const served = await serve((router) => {
      router.get('/null', (ctx) => void (ctx.body = null))
      router.get('/204', (ctx) => void (ctx.status = 204))
      router.get('/304', (ctx) => {
        ctx.body = 'x'
        ctx.status = 304
      })
      router.get('/200', (ctx) => void (ctx.status = 200))
      router.get('/null200', (ctx) => {
        ctx.body = null
        ctx.status = 200
      })
    })
    expect(await send(served, '/null')).toMatchObject({ status: 204, text: '' })
    expect(await send(served, '/204')).toMatchObject({ status: 204, text: '' })
    expect(await send(served, '/304')).toMatchObject({ status: 304, text: '' })
    expect(await send(served, '/200')).toMatchObject({ status: 200, text: 'OK' })
    expect(await send(served, '/null200')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '0' },
    })
  })

  const cycle: Record<string, unknown> = { n: 1n }
  cycle['self'] = cycle
  it.each([
    ['a cycle', cycle],
    ['a function', () => () => undefined],
  ])('that JSON cannot say (%s) are 500', async (_name, value) => {
    const served = await serve((router) => {
      router.get('/x', (ctx) => void (ctx.body = typeof value === 'function' ? value() : value))
    })
    expect((await send(served, '/x')).json['code']).toBe('FREEDA_INTERNAL')
    expect(served.logs).toHaveLength(1)
  })

  it('answer HEAD without reading a stream', async () => {
    const stream = Readable.from(['x'])
    const served = await serve(body(stream))
    expect(await send(served, '/x', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    await until(() => stream.destroyed)
  })

  it('are left to a handler that says so', async () => {
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        ctx.respond = false
        ctx.res.statusCode = 202
        setImmediate(() => ctx.res.end('own'))
      })
      router.get('/direct', (ctx) => void ctx.res.end('direct'))
    })
    expect(await send(served, '/x')).toMatchObject({ status: 202, text: 'own' })
    expect((await send(served, '/direct')).text).toBe('direct')
    expect(served.logs[0]).toMatchObject({ status: 202, path: '/x' })
  })

  it('work without a socket', async () => {
    const { http, logs } = create((router) => {
      router.get('/x', (ctx) => void (ctx.body = { a: 1 }))
      router.get('/stream', (ctx) => void (ctx.body = Readable.from(['a', 'b'])))
      router.post('/boom', () => {
        throw new Error('boom')
      })
    })
    expect((await inject(http.handler, '/x')).json()).toEqual({ a: 1 })
    expect((await inject(http.handler, '/stream')).payload).toBe('ab')
    const boom = await inject(http.handler, { method: 'POST', url: '/boom', payload: { a: 1 } })
    expect(boom.statusCode).toBe(500)
    expect(http.inFlight).toBe(0)
    expect(logs.map((line) => line['status'])).toEqual([200, 200, 500])
    expect(logs.some((line) => 'aborted' in line)).toBe(false)
  })

  it('never make koa print', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    const served = await serve((router) => {
      router.get('/x', () => {
        throw new Error('boom')
      })
      router.get('/y', (ctx) => void ctx.app.emit('error', new Error('emitted'), ctx))
    })
    await send(served, '/x')
    await send(served, '/y')
    expect(error).not.toHaveBeenCalled()
    expect(write).not.toHaveBeenCalled()
    error.mockRestore()
    write.mockRestore()
  })
})

describe('a stream that fails', () => {
  it('before its first byte is a problem document', async () => {
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        ctx.set('ETag', '"1"')
        ctx.body = createReadStream('/nowhere/at/all')
      })
    })
    const answer = await send(served, '/x')
    expect(answer.json).toMatchObject({ status: 500, code: 'FREEDA_INTERNAL' })
    expect(answer.headers['etag']).toBeUndefined()
    expect(served.logs[0]).toMatchObject({ level: 50, err: { code: 'ENOENT' } })
  })

  it('by closing before its first byte is one too', async () => {
    const stream = new PassThrough()
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        ctx.body = stream
        setImmediate(() => stream.destroy())
      })
    })
    expect((await send(served, '/x')).status).toBe(500)
  })

  it('midway breaks the connection, and is logged once', async () => {
    const stream = new PassThrough()
    const served = await serve((router) => router.get('/x', (ctx) => void (ctx.body = stream)))
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    stream.write('first')
    await until(() => line.received.includes('first'))
    stream.destroy(new Error('disk failed'))
    await until(() => line.closed)
    expect(line.received).not.toContain('0\r\n\r\n')
    expect(line.received.match(/HTTP\/1\.1/g)).toHaveLength(1)
    await until(() => served.logs.length > 0)
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({ level: 50, status: 200, err: { message: 'disk failed' } })
    expect(served.logs[0]).not.toHaveProperty('aborted')
  })

  it('is freed, without noise, when the client leaves', async () => {
    const stream = new PassThrough()
    const served = await serve((router) => router.get('/x', (ctx) => void (ctx.body = stream)))
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    stream.write('first')
    await until(() => line.received.includes('first'))
    line.socket.destroy()
    await until(() => stream.destroyed && served.logs.length > 0)
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({ level: 30, aborted: true, status: 200 })
  })

  it('is freed when the client leaves before the first byte', async () => {
    const stream = new PassThrough()
    let begun = false
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        ctx.body = stream
        begun = true
      })
    })
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => begun)
    line.socket.destroy()
    await until(() => stream.destroyed && served.logs.length > 0)
    expect(served.logs[0]).toMatchObject({ level: 30, aborted: true })
  })
})

describe('a second answer', () => {
  it('never follows the first, whatever a handler does', async () => {
    const served = await serve((router) => {
      router.get('/ended', (ctx) => {
        ctx.res.end('first')
        throw new Error('after the end')
      })
      router.get('/next', async (ctx, next) => {
        ctx.body = 'first'
        await next()
      })
      router.get('/twice', async (_ctx, next) => {
        await next()
        await next()
      })
    })
    expect((await send(served, '/ended')).text).toBe('first')
    await until(() => served.logs.length === 2)
    expect(served.logs.map(({ msg }) => msg).toSorted()).toEqual([
      'a handler failed after its request was over',
      'request',
    ])
    expect((await send(served, '/next')).text).toBe('first')
    expect((await send(served, '/twice')).status).toBe(404)
  })

  it('that a handler writes after the end does not take the process down', async () => {
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        ctx.res.end('first')
        ctx.res.write('second')
      })
    })
    expect((await send(served, '/x')).text).toBe('first')
    await until(() => served.logs.length === 2)
    expect(served.logs.find(({ level }) => level === 50)).toMatchObject({
      err: { code: 'ERR_STREAM_WRITE_AFTER_END' },
    })
  })

  it('is a broken connection when the headers are out', async () => {
    const failed = gate()
    const served = await serve((router) => {
      router.get('/x', async (ctx) => {
        ctx.res.write('part')
        await failed.opened
        throw new Error('midway')
      })
    })
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => line.received.includes('part'))
    failed.open()
    await until(() => line.closed)
    expect(line.received).not.toContain('problem')
    await until(() => served.logs.length > 0)
    expect(served.logs[0]).toMatchObject({ level: 50, err: { message: 'midway' } })
  })

  it('does not go to a client that left before the handler failed', async () => {
    const failed = gate()
    const served = await serve((router) => {
      router.get('/x', async () => {
        await failed.opened
        throw new Error('too late')
      })
    })
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => served.http.inFlight === 1)
    line.socket.destroy()
    await until(() => served.http.inFlight === 0)
    failed.open()
    await until(() => served.logs.length === 2)
    expect(served.logs[1]).toMatchObject({ level: 50, err: { message: 'too late' } })
  })
})

describe('the line in the log', () => {
  it('tells what happened, without the query string', async () => {
    const served = await serve({
      tickets: (router) => {
        router.use((_ctx, next) => next())
        router.get('/:id', (ctx) => void (ctx.body = 'x'))
      },
    })
    const answer = await send(served, '/tickets/7?token=secret')
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({
      level: 30,
      msg: 'request',
      method: 'GET',
      path: '/tickets/7',
      route: '/tickets/:id',
      status: 200,
      requestId: answer.headers['x-request-id'],
    })
    expect(served.logs[0]!['durationMs']).toBeGreaterThan(0)
    expect(JSON.stringify(served.logs)).not.toContain('secret')
  })

  it('names the route although middleware before it failed', async () => {
    const served = await serve({
      tickets: (router) => {
        router.use((ctx) => ctx.throw(401))
        router.get('/:id', () => undefined)
      },
    })
    await send(served, '/tickets/7')
    expect(served.logs[0]).toMatchObject({
      level: 30,
      route: '/tickets/:id',
      status: 401,
      code: 'unauthorized',
    })
  })

  it('names the route that answered when several match', async () => {
    const served = await serve((router) => {
      router.get('/special', (ctx) => void (ctx.body = 'x'))
      router.get('/:id', (ctx) => void (ctx.body = 'y'))
    })
    expect((await send(served, '/special')).text).toBe('x')
    expect(served.logs[0]).toMatchObject({ route: '/special' })
  })

  it('only warns of a 503 that a handler chose', async () => {
    const served = await serve((router) => {
      router.get('/ready', (ctx) => {
        ctx.status = 503
        ctx.body = { ok: false }
      })
    })
    await send(served, '/ready')
    expect(served.logs[0]).toMatchObject({ level: 40, status: 503 })
  })

  it('has the request id of ctx.log', async () => {
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        ctx.log.warn('mine')
        ctx.body = { same: ctx.log === ctx.log }
      })
    })
    const answer = await send(served, '/x')
    expect(answer.json).toEqual({ same: true })
    expect(served.logs[0]).toMatchObject({ msg: 'mine', requestId: answer.headers['x-request-id'] })
  })
})
