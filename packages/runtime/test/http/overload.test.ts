import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Http } from '../../src/http/create-http.ts'
import { createHttp } from '../../src/http/create-http.ts'
import { listen } from '../../src/http/listen.ts'
import { pluginRouter } from '../../src/routing/plugin-router.ts'
import type { OverloadOptions } from '../../src/http/overload.ts'
import { atEnd, defaults, gate, logger, send, until, wire } from './serve.ts'

/** Routes that wait, stream or keep the process busy; and health, which is essential. */
async function busy(overload: OverloadOptions) {
  const held = gate()
  const router = pluginRouter('/app')
  router.get('/held', async (ctx) => {
    await held.opened
    ctx.body = 'done'
  })
  router.get('/x', (ctx) => void (ctx.body = 'x'))
  router.post('/body', async (ctx) => void (ctx.body = await ctx.readBody(z.unknown())))
  router.get('/stream', (ctx) => {
    const stream = new PassThrough()
    stream.write('begun')
    ctx.body = stream
  })
  router.get('/block', (ctx) => {
    const until = Date.now() + 100
    while (Date.now() < until);
    ctx.body = 'x'
  })
  const health = pluginRouter('/health')
  health.get('/live', (ctx) => void (ctx.body = 'alive'))
  const { logs, log } = logger()
  const http: Http = createHttp(
    [
      { plugin: 'app', prefix: '/app', router },
      { plugin: 'health', prefix: '/health', router: health, essential: true },
    ],
    { ...defaults, overload },
    log,
  )
  const listener = await listen(http, {
    host: '127.0.0.1',
    port: 0,
    requestTimeoutMs: 10_000,
    headersTimeoutMs: 10_000,
    keepAliveTimeoutMs: 65_000,
  })
  atEnd(() => listener.close(0))
  return { http, port: listener.port, held, logs }
}
const told = (logs: readonly { readonly msg: string }[]) =>
  logs.map(({ msg }) => msg).filter((msg) => msg.includes('overload'))

describe('too many requests at a time', () => {
  it('are refused at once, but health is answered; and it is over when some are done', async () => {
    const app = await busy({ maxInFlight: 2, maxEventLoopLagMs: 0 })
    const waiting = [send(app, '/app/held'), send(app, '/app/held')]
    await until(() => app.http.inFlight === 2)

    const refused = await send(app, '/app/x')
    expect(refused).toMatchObject({ status: 503, json: { code: 'FREEDA_OVERLOADED', status: 503 } })
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'content-type': 'application/problem+json',
      'x-request-id': refused.json['requestId'],
      'x-content-type-options': 'nosniff',
    })
    expect((await send(app, '/health/live')).text).toBe('alive')
    expect((await send(app, '/health/nothing')).status).toBe(503)
    expect((await send(app, '/healthy')).status).toBe(503)

    app.held.open()
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200])
    expect((await send(app, '/app/x')).status).toBe(200)
  })

  it('are told of twice in the log, however many there are', async () => {
    const app = await busy({ maxInFlight: 1, maxEventLoopLagMs: 0 })
    const waiting = send(app, '/app/held')
    await until(() => app.http.inFlight === 1)
    for (let i = 0; i < 20; i++) expect((await send(app, '/app/x')).status).toBe(503)
    expect(told(app.logs)).toEqual(['overloaded: requests are refused'])
    app.held.open()
    await waiting
    await until(() => told(app.logs).length === 2)
    expect(app.logs.at(-1)).toMatchObject({ msg: 'the overload is over', refused: 20 })
    expect(app.logs.filter(({ msg }) => msg === 'request')).toHaveLength(1)
  })

  it('are not counted once their answer has begun', async () => {
    const app = await busy({ maxInFlight: 2, maxEventLoopLagMs: 0 })
    const streams = await Promise.all([1, 2, 3].map(() => fetch(`http://127.0.0.1:${app.port}/app/stream`)))
    expect(app.http.inFlight).toBe(3)
    expect((await send(app, '/app/x')).status).toBe(200)
    for (const { body } of streams) await body?.cancel()
  })

  it('are not counted while their client still sends', async () => {
    const app = await busy({ maxInFlight: 2, maxEventLoopLagMs: 0 })
    const head =
      'POST /app/body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'
    const slow = await Promise.all([1, 2, 3].map(() => wire(app)))
    for (const connection of slow) connection.write(head)
    await until(() => app.http.inFlight === 3)
    expect((await send(app, '/app/x')).status).toBe(200)
  })

  it('are any number when the limit is 0', async () => {
    const app = await busy({ maxInFlight: 0, maxEventLoopLagMs: 0 })
    const waiting = Array.from({ length: 50 }, () => send(app, '/app/held'))
    await until(() => app.http.inFlight === 50)
    expect((await send(app, '/app/x')).status).toBe(200)
    app.held.open()
    await Promise.all(waiting)
  })
})

describe('an event loop that lags', () => {
  it('refuses requests when it lasts, and recovers by itself', async () => {
    const app = await busy({ maxInFlight: 0, maxEventLoopLagMs: 30, sampleEveryMs: 100 })
    let refused = false
    const giveUp = Date.now() + 10_000
    while (!refused && Date.now() < giveUp)
      refused = (await Promise.all([1, 2, 3].map(() => send(app, '/app/block')))).some(
        ({ status }) => status === 503,
      )
    expect(refused).toBe(true)
    expect((await send(app, '/health/live')).status).toBe(200)
    while ((await send(app, '/app/x')).status === 503) expect(Date.now()).toBeLessThan(giveUp)
    await until(() => told(app.logs).length >= 2)
  })
})
