import { describe, expect, it } from 'vitest'
import type { EventStream, EventStreamOptions, ServerEvent } from '../../src/realtime.ts'
import { listenTo } from './read-events.ts'
import { gate, send, serve, until, wire, type Settings, type Wire } from './serve.ts'

/** An app whose `/events` keeps the streams that it opens. */
async function streaming(options: EventStreamOptions = {}, settings: Settings = {}) {
  const streams: EventStream[] = []
  const served = await serve((router) => {
    router.get('/events', (ctx) => void streams.push(ctx.events(options)))
    router.get('/x', (ctx) => void (ctx.body = 'x'))
  }, settings)
  const listen = async (headers?: Record<string, string>) => {
    const before = streams.length
    const client = await listenTo(served, '/events', headers)
    await until(() => streams.length > before)
    return { client, stream: streams.at(-1)! }
  }
  return { ...served, served, streams, listen }
}

const kilobyte = 'x'.repeat(1_024)

/** More than the system keeps for two sockets on loopback, a bit at a time, until the stream is over. */
async function flood(stream: EventStream): Promise<number> {
  let sent = 0
  while (await stream.send({ data: kilobyte.repeat(64) })) if (++sent > 2_000) break
  return sent
}

describe('a stream of events', () => {
  it('answers at once, before there is an event, with headers that nobody keeps or holds back', async () => {
    const { listen } = await streaming()
    const { client } = await listen()
    expect(client.res.statusCode).toBe(200)
    expect(client.res.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    expect(client.res.headers).not.toHaveProperty('content-length')
    await until(() => client.text === ':\n\n')
  })

  it('brings events in their order, as they come', async () => {
    const { listen } = await streaming()
    const { client, stream } = await listen()
    expect(await stream.send({ event: 'greeting', id: '1', data: 'hello\nworld' })).toBe(true)
    await until(() => client.events.length === 1)
    void stream.send({ id: '2', data: { n: 2 } })
    void stream.send({ data: 'three' })
    await until(() => client.events.length === 3)
    expect(client.events).toEqual([
      { event: 'greeting', id: '1', data: 'hello\nworld' },
      { event: 'message', id: '2', data: '{"n":2}' },
      { event: 'message', id: '2', data: 'three' },
    ])
  })

  it('works from a schema-first handler', async () => {
    const served = await serve((router) => {
      router.get('/events', { summary: 'Counts.' }, async ({ ctx }) => {
        const stream = ctx.events()
        await stream.send({ data: 1 })
        stream.close()
      })
    })
    const client = await listenTo(served, '/events')
    await until(() => client.ended)
    expect(client.events).toMatchObject([{ data: '1' }])
  })

  it('may be refused before it begins', async () => {
    const served = await serve((router) => {
      router.get('/events', (ctx) => {
        ctx.throw(404, 'no such ticket')
        ctx.events()
      })
    })
    expect(await send(served, '/events')).toMatchObject({ status: 404, json: { code: 'not_found' } })
  })

  it('tells what a client that comes back saw last', async () => {
    const { listen } = await streaming()
    expect((await listen()).stream.lastEventId).toBeUndefined()
    expect((await listen({ 'Last-Event-ID': 'a-7' })).stream.lastEventId).toBe('a-7')
  })

  it('has an end when the handler closes it', async () => {
    const { listen, http, served } = await streaming()
    const { client, stream } = await listen()
    void stream.send({ data: 'last' })
    stream.close()
    stream.close()
    await until(() => client.ended)
    expect(client.events).toMatchObject([{ data: 'last' }])
    expect(stream.closed.aborted).toBe(true)
    expect(await stream.send({ data: 'late' })).toBe(false)
    await until(() => http.live === 0)
    expect(served.logs).toHaveLength(1)
    expect(served.logs[0]).toMatchObject({ path: '/events', status: 200, level: 30 })
    expect(served.logs[0]).not.toHaveProperty('aborted')
  })

  it('is over when the client leaves', async () => {
    const { listen, http, served } = await streaming()
    const { client, stream } = await listen()
    expect(http).toMatchObject({ live: 1, inFlight: 0 })
    client.leave()
    await until(() => stream.closed.aborted && http.live === 0)
    expect(await stream.send({ data: 'late' })).toBe(false)
    await until(() => served.logs.length === 1)
    expect(served.logs[0]).toMatchObject({ path: '/events', status: 200, aborted: true })
  })

  it('has only headers for HEAD', async () => {
    const { served, streams } = await streaming()
    const answer = await send(served, '/events', { method: 'HEAD' })
    expect(answer.headers['content-type']).toBe('text/event-stream')
    expect(streams[0]?.closed.aborted).toBe(true)
  })

  it('outlives the deadline of handlers', async () => {
    const served = await serve(
      (router) => {
        router.get('/events', async (ctx) => {
          const stream = ctx.events()
          await over.opened
          await stream.send({ data: 'still here' })
        })
        router.get('/never', () => new Promise(() => undefined))
      },
      { handlerTimeoutMs: 20 },
    )
    const over = gate()
    const client = await listenTo(served, '/events')
    for (let n = 0; n < 2; n++) expect((await send(served, '/never')).status).toBe(503)
    over.open()
    await until(() => client.events.length === 1)
    expect(served.logs.some(({ path }) => path === '/events')).toBe(false)
  })

  it('breaks off when the handler fails, and the failure is logged once', async () => {
    const failing = gate()
    const served = await serve((router) => {
      router.get('/events', async (ctx) => {
        await ctx.events().send({ data: 1 })
        await failing.opened
        throw new Error('the source is gone')
      })
    })
    const client = await listenTo(served, '/events')
    await until(() => client.events.length === 1)
    failing.open()
    await until(() => client.closed)
    expect(client.ended).toBe(false)
    await until(() => served.logs.length === 1)
    expect(served.logs[0]).toMatchObject({ level: 50, err: { message: 'the source is gone' } })
  })

  it('rejects data that cannot be sent, and goes on', async () => {
    const { listen } = await streaming()
    const { client, stream } = await listen()
    await expect(stream.send({ data: 1n })).rejects.toThrow(TypeError)
    await stream.send({ data: 'fine' })
    await until(() => client.events.length === 1)
  })

  it('cannot begin when another answer has', async () => {
    const served = await serve((router) => {
      router.get('/events', (ctx) => {
        ctx.events()
        ctx.events()
      })
    })
    await expect(send(served, '/events')).rejects.toThrow('hang up')
    expect(served.logs[0]).toMatchObject({
      err: { message: expect.stringContaining('begun already') as string },
    })
  })
})

describe('sending all of a source', () => {
  const served = (events: (closed: AbortSignal) => AsyncIterable<ServerEvent>) =>
    serve((router) => {
      router.get('/events', (ctx) => {
        const stream = ctx.events()
        return stream.sendAll(events(stream.closed))
      })
    })

  it('ends the stream with the source', async () => {
    const app = await served(async function* () {
      for (let n = 1; n <= 3; n++) yield { id: String(n), data: n }
    })
    const client = await listenTo(app, '/events')
    await until(() => client.ended)
    expect(client.events.map(({ id }) => id)).toEqual(['1', '2', '3'])
  })

  it('stops asking when the client leaves, also one that is being waited for', async () => {
    let asked = 0
    let returned = false
    const app = await served(() => ({
      [Symbol.asyncIterator]: () => ({
        next: () => (++asked === 1 ? Promise.resolve({ value: { data: 1 } }) : new Promise(() => undefined)),
        return: () => {
          returned = true
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    }))
    const client = await listenTo(app, '/events')
    await until(() => asked === 2)
    client.leave()
    await until(() => returned)
    expect(asked).toBe(2)
  })

  it('asks for no more than the client takes', async () => {
    let made = 0
    const app = await served(async function* () {
      for (;;) yield { data: `${++made}${kilobyte.repeat(64)}` }
    })
    const client = await listenTo(app, '/events')
    client.pause()
    let before = -1
    await until(() => {
      const still = made === before
      before = made
      return still && made > 1
    })
    // Whatever the system's buffers hold; an unchecked source would have made millions.
    expect(made).toBeLessThan(2_000)
  })

  it('breaks off when the source fails', async () => {
    const app = await served(async function* () {
      yield { data: 1 }
      throw new Error('out of events')
    })
    const client = await listenTo(app, '/events')
    await until(() => client.closed)
    expect(client.ended).toBe(false)
    expect(app.logs[0]).toMatchObject({ level: 50, err: { message: 'out of events' } })
  })
})

describe('a client that does not read', () => {
  it('holds up whoever waits for it, and nobody else', async () => {
    const { listen } = await streaming()
    const slow = await listen()
    const other = await listen()
    slow.client.pause()
    let sent = 0
    const flooding = (async () => {
      while (await slow.stream.send({ data: kilobyte.repeat(64) })) sent++
    })()
    await other.stream.send({ data: 'for you' })
    await until(() => other.client.events.length === 1)
    let before = -1
    await until(() => {
      const still = before === sent && sent > 0
      before = sent
      return still
    })
    expect(slow.stream.closed.aborted).toBe(false)
    slow.client.leave()
    await flooding
  })

  it('gets on where it stopped once it reads again', async () => {
    const { listen } = await streaming()
    const { client, stream } = await listen()
    client.pause()
    const flooding = (async () => {
      for (let n = 1; n <= 300; n++) await stream.send({ id: String(n), data: kilobyte.repeat(64) })
      stream.close()
    })()
    await new Promise((resolve) => setTimeout(resolve, 30))
    client.res.resume()
    await flooding
    await until(() => client.ended)
    expect(client.events.map(({ id }) => Number(id))).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
  })

  it('is dropped with a line in the log when nobody waits for it', async () => {
    const { listen, served, http } = await streaming({ maxBufferedBytes: 256 * 1_024 })
    const { client, stream } = await listen()
    client.pause()
    let sent = 0
    while (!stream.closed.aborted && sent < 2_000) {
      void stream.send({ data: kilobyte.repeat(64) })
      if (++sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(stream.closed.aborted).toBe(true)
    await until(() => http.live === 0)
    expect(served.logs[0]).toMatchObject({ level: 40, msg: expect.stringContaining('too slowly') as string })
    expect(Number(served.logs[0]?.['waitingBytes'])).toBeLessThan(256 * 1_024 + 70_000)
    await until(() => served.logs.length === 2)
    expect(served.logs[1]).toMatchObject({ path: '/events', aborted: true })
  })

  it('is dropped after a few heart-beats in which nothing left', async () => {
    const { listen, served } = await streaming({ heartbeatMs: 15 })
    const { client, stream } = await listen()
    client.pause()
    expect(await flood(stream)).toBeLessThan(2_000)
    expect(stream.closed.aborted).toBe(true)
    expect(served.logs[0]).toMatchObject({ level: 40, msg: expect.stringContaining('too slowly') as string })
  })
})

describe('heart-beats', () => {
  it('are comments, which clients skip, and come only when nothing else does', async () => {
    const { listen } = await streaming({ heartbeatMs: 20 })
    const { client, stream } = await listen()
    await until(() => client.text.split(':\n\n').length > 4)
    expect(client.events).toEqual([])
    const beats = client.text.length
    const end = performance.now() + 100
    while (performance.now() < end) {
      void stream.send({ data: 'busy' })
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(client.text.slice(beats).split(':\n\n').length - 1).toBeLessThanOrEqual(1)
  })

  it('stop with the stream', async () => {
    const { listen } = await streaming({ heartbeatMs: 10 })
    const { client, stream } = await listen()
    stream.close()
    await until(() => client.ended)
    const { text } = client
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(client.text).toBe(text)
  })
})

describe('a server that stops', () => {
  it('tells streams when to come back, ends them, and is done well within its time', async () => {
    const { listen, listener, http } = await streaming()
    const all = await Promise.all([listen(), listen(), listen()])
    const startedAt = performance.now()
    expect(await listener.close(10_000)).toEqual({ cut: 0 })
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    for (const { client, stream } of all) {
      await until(() => client.ended)
      expect(Number(/^retry: (\d+)$/m.exec(client.text)?.[1])).toBeGreaterThanOrEqual(1_000)
      expect(stream.closed.aborted).toBe(true)
    }
    expect(http.live).toBe(0)
  })

  it('does not touch streams while it only drains: they would come back to it', async () => {
    const { listen, http } = await streaming()
    const { client, stream } = await listen()
    http.drain()
    await stream.send({ data: 'still' })
    await until(() => client.events.length === 1)
    expect(stream.closed.aborted).toBe(false)
    expect((await listen()).stream.closed.aborted).toBe(false)
  })

  it('sends away at once who comes too late', async () => {
    const { served, http, streams } = await streaming()
    http.sendAway()
    const client = await listenTo(served, '/events')
    await until(() => client.ended)
    expect(client.text).toContain('retry: ')
    expect(streams[0]?.closed.aborted).toBe(true)
  })

  it('waits two seconds at most for a client that does not read', async () => {
    const { listen, listener, http } = await streaming()
    const { client, stream } = await listen()
    client.pause()
    const flooding = flood(stream)
    let before = -1
    await until(() => {
      const still = before === client.res.socket.bytesRead
      before = client.res.socket.bytesRead
      return still
    })
    const startedAt = performance.now()
    expect(await listener.close(10_000)).toEqual({ cut: 0 })
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    await until(() => http.live === 0)
    await flooding
  })

  it('aborts the signal of handlers that wait', async () => {
    let reason: unknown
    const served = await serve((router) => {
      router.get('/events', async (ctx) => {
        ctx.events()
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
        reason = ctx.signal.reason
      })
    })
    const client = await listenTo(served, '/events')
    await served.listener.close(5_000)
    await until(() => client.ended)
    expect(String(reason)).toContain('about to stop')
  })
})

describe('many streams', () => {
  it('cost little each: a thousand are open, and all get an event', async () => {
    const { served, streams, http } = await streaming()
    const lines: Wire[] = []
    for (let n = 0; n < 1_000; n++) {
      const line = await wire(served)
      line.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n')
      lines.push(line)
    }
    await until(() => http.live === 1_000)
    const before = process.memoryUsage().heapUsed
    for (let round = 0; round < 20; round++)
      await Promise.all(streams.map((stream) => stream.send({ data: kilobyte })))
    await until(() => lines.every(({ received }) => received.split('data: ').length === 21))
    // 20 MB went through; what is kept for longer would show. The clients' copies count too, at a byte a character.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1_048_576)
    for (const { socket } of lines) socket.destroy()
    await until(() => http.live === 0)
    expect(streams.every(({ closed }) => closed.aborted)).toBe(true)
  })
})
