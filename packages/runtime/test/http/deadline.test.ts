import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { FreedaError } from '../../src/errors.ts'
import { gate, send, serve, until, wire } from './serve.ts'

const forever = () => new Promise<never>(() => undefined)

describe('the handler deadline', () => {
  it('answers 503 and aborts the signal, though the handler never settles', async () => {
    let signal: AbortSignal | undefined
    const served = await serve(
      (router) => {
        router.get('/x', (ctx) => {
          signal = ctx.signal
          return forever()
        })
      },
      { handlerTimeoutMs: 30, mode: 'production' },
    )
    const answer = await send(served, '/x')
    expect(answer.json).toMatchObject({ status: 503, code: 'FREEDA_REQUEST_TIMEOUT' })
    expect(answer.headers['retry-after']).toBe('1')
    expect(signal?.aborted).toBe(true)
    expect(signal?.reason).toMatchObject({ code: 'FREEDA_REQUEST_TIMEOUT' })
    expect(served.http.inFlight).toBe(0)
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({
      level: 50,
      status: 503,
      route: '/x',
      code: 'FREEDA_REQUEST_TIMEOUT',
    })
  })

  it('ignores what the handler gives later', async () => {
    const late = gate()
    let done = false
    const served = await serve(
      (router) => {
        router.get('/x', async (ctx) => {
          await late.opened
          ctx.status = 201
          ctx.set('X-Late', 'yes')
          ctx.body = { late: true }
          done = true
        })
        router.get('/y', (ctx) => void (ctx.body = 'fine'))
      },
      { handlerTimeoutMs: 30 },
    )
    expect((await send(served, '/x')).status).toBe(503)
    late.open()
    await until(() => done)
    expect((await send(served, '/y')).text).toBe('fine')
    expect(served.logs.map((line) => line['status'])).toEqual([503, 200])
  })

  it('frees a stream that comes later', async () => {
    const late = gate()
    const stream = new PassThrough()
    const served = await serve(
      (router) => {
        router.get('/x', async (ctx) => {
          await late.opened
          ctx.body = stream
        })
      },
      { handlerTimeoutMs: 30 },
    )
    expect((await send(served, '/x')).status).toBe(503)
    late.open()
    await until(() => stream.destroyed)
  })

  it('is silent about a handler that obeys its signal, and logs one that fails for another reason', async () => {
    const served = await serve(
      (router) => {
        router.get('/obeys', async (ctx) => {
          await until(() => ctx.signal.aborted)
          ctx.signal.throwIfAborted()
        })
        router.get('/fails', async (ctx) => {
          await until(() => ctx.signal.aborted)
          throw new Error('something else')
        })
        router.get('/misses', async (ctx) => {
          await until(() => ctx.signal.aborted)
          throw new FreedaError('FREEDA_NOT_FOUND', { collection: 'c', id: '1' })
        })
      },
      { handlerTimeoutMs: 30 },
    )
    await send(served, '/obeys')
    await send(served, '/misses')
    const answer = await send(served, '/fails')
    await until(() => served.logs.length === 4)
    expect(served.logs.at(-1)).toMatchObject({
      level: 50,
      msg: 'a handler failed after its request was over',
      requestId: answer.headers['x-request-id'],
      err: { message: 'something else' },
    })
  })

  it('gives each request its own full time', async () => {
    const served = await serve(
      (router) => {
        router.get('/slow', forever)
        router.get('/quick', async (ctx) => {
          await new Promise((resolve) => setTimeout(resolve, Number(ctx.query['ms'])))
          ctx.body = 'quick'
        })
      },
      { handlerTimeoutMs: 200 },
    )
    const slow = send(served, '/slow')
    await until(() => served.http.inFlight === 1)
    const [first, second, third] = await Promise.all([
      send(served, '/quick?ms=100'),
      send(served, '/quick?ms=150'),
      send(served, '/slow'),
    ])
    expect([first.status, second.status, third.status, (await slow).status]).toEqual([200, 200, 503, 503])
    for (const line of served.logs.filter(({ path }) => path === '/slow'))
      expect(line['durationMs']).toBeGreaterThanOrEqual(199)
  })

  it('works again after the server was idle', async () => {
    const served = await serve((router) => router.get('/x', forever), { handlerTimeoutMs: 20 })
    for (let i = 0; i < 3; i++) expect((await send(served, '/x')).status).toBe(503)
  })

  it('can be switched off', async () => {
    const held = gate()
    const served = await serve(
      (router) => {
        router.get('/x', async (ctx) => {
          await held.opened
          ctx.body = 'at last'
        })
      },
      { handlerTimeoutMs: 0 },
    )
    const answer = send(served, '/x')
    await until(() => served.http.inFlight === 1)
    held.open()
    expect((await answer).text).toBe('at last')
  })

  it('ends where the answer begins: a stream may take longer', async () => {
    const stream = new PassThrough()
    let signal: AbortSignal | undefined
    const served = await serve(
      (router) => {
        router.get('/events', (ctx) => {
          signal = ctx.signal
          ctx.type = 'text/event-stream'
          ctx.body = stream
        })
        router.get('/never', forever)
      },
      { handlerTimeoutMs: 40 },
    )
    const line = await wire(served)
    line.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => signal !== undefined)
    stream.write('data: 1\n\n')
    await until(() => line.received.includes('data: 1'))
    expect((await send(served, '/never')).status).toBe(503)
    stream.end('data: 2\n\n')
    await until(() => line.received.includes('data: 2'))
    expect(line.received).toContain('200 OK')
    expect(signal?.aborted).toBe(false)
  })

  it('covers a stream that never begins', async () => {
    const stream = new PassThrough()
    const served = await serve((router) => router.get('/x', (ctx) => void (ctx.body = stream)), {
      handlerTimeoutMs: 30,
    })
    expect((await send(served, '/x')).json).toMatchObject({ status: 503, code: 'FREEDA_REQUEST_TIMEOUT' })
    await until(() => stream.destroyed)
    expect(served.logs).toHaveLength(1)
  })

  it('blames a client whose body does not arrive: 408, and the connection is closed', async () => {
    const served = await serve(
      (router) => router.post('/x', async (ctx) => void (ctx.body = await ctx.readBody(z.unknown()))),
      { handlerTimeoutMs: 40 },
    )
    const line = await wire(served)
    line.write(
      'POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a"',
    )
    await until(() => line.received.includes('request_timeout'))
    expect(line.received).toContain('HTTP/1.1 408')
    expect(line.received).toContain('Connection: close')
    await until(() => line.closed)
    await until(() => served.http.inFlight === 0)
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({ level: 30, status: 408 })
  })
})

describe('the signal', () => {
  it('aborts when the client goes away', async () => {
    let signal: AbortSignal | undefined
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        signal = ctx.signal
        return forever()
      })
    })
    const line = await wire(served)
    line.write('GET /x?secret=1 HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => signal !== undefined)
    line.socket.destroy()
    await until(() => signal?.aborted)
    expect(signal?.reason).toMatchObject({ name: 'AbortError', message: 'The client went away.' })
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({ level: 30, aborted: true, path: '/x', route: '/x' })
    expect(served.logs[0]).not.toHaveProperty('status')
  })

  it('is aborted already when it is asked for too late', async () => {
    const left = gate()
    let aborted: boolean | undefined
    const served = await serve((router) => {
      router.get('/x', async (ctx) => {
        await left.opened
        aborted = ctx.signal.aborted
      })
    })
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => served.http.inFlight === 1)
    line.socket.destroy()
    await until(() => served.http.inFlight === 0)
    left.open()
    await until(() => aborted !== undefined)
    expect(aborted).toBe(true)
  })

  it('aborts with the given reason when the process gives up', async () => {
    let signal: AbortSignal | undefined
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        signal = ctx.signal
        return forever()
      })
    })
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => signal !== undefined)
    const reason = new Error('shutting down')
    served.http.abort(reason)
    expect(signal?.reason).toBe(reason)
  })

  it('stays quiet after an ordinary answer', async () => {
    let signal: AbortSignal | undefined
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        signal = ctx.signal
        ctx.body = 'x'
      })
    })
    await send(served, '/x')
    expect(signal?.aborted).toBe(false)
  })

  it('tells queued requests of a client that pipelined and left', async () => {
    const signals: AbortSignal[] = []
    const served = await serve((router) => {
      router.get('/x', (ctx) => {
        signals.push(ctx.signal)
        return forever()
      })
    })
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(15))
    await until(() => signals.length === 15)
    line.socket.destroy()
    await until(() => signals.every(({ aborted }) => aborted))
    expect(served.http.inFlight).toBe(0)
    expect(served.logs).toHaveLength(15)
  })
})
