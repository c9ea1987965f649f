import { describe, expect, it } from 'vitest'
import { makeRequestId, requestIdFrom } from '../../src/exchange/request-id.ts'
import { send, serve, until, wire, type Settings } from './serve.ts'

const one = (settings: Settings = {}) =>
  serve((router) => {
    router.get('/x', (ctx) => void (ctx.body = { id: ctx.requestId }))
    router.get('/page', (ctx) => {
      ctx.set('Content-Security-Policy', "default-src 'self'")
      ctx.remove('X-Frame-Options')
      ctx.body = '<p>hi'
    })
    router.get('/boom', () => {
      throw new Error('boom')
    })
  }, settings)

describe('the request id', () => {
  it.each([
    'abc-123',
    'Root=1-67891233-abcdef012345678912345678',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'a'.repeat(128),
  ])('is the client’s %s, echoed, in the context and in the log', async (id) => {
    const served = await one()
    const answer = await send(served, '/x', { headers: { 'X-Request-Id': id } })
    expect([answer.headers['x-request-id'], answer.json['id'], served.logs[0]!['requestId']]).toEqual([
      id,
      id,
      id,
    ])
  })

  it.each(['', ' ', 'a b', 'a,b', 'a'.repeat(129), 'ü', '<script>', '{"a":1}', 'a"b', "a'b", 'a%0d%0ab'])(
    'is made when the client’s is %j',
    async (id) => {
      const served = await one()
      const answer = await send(served, '/x', { headers: { 'X-Request-Id': id } })
      expect(answer.headers['x-request-id']).not.toBe(id)
      expect(answer.headers['x-request-id']).toMatch(/^[\w.-]{13,}$/)
    },
  )

  it('is made when there are two', async () => {
    const served = await one()
    const line = await wire(served)
    line.write(
      'GET /x HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\nX-Request-Id: b\r\nConnection: close\r\n\r\n',
    )
    await until(() => line.closed)
    expect(line.received).toContain('200 OK')
    expect(line.received).not.toMatch(/X-Request-Id: [ab]\b/)
  })

  it('cannot bring a header of its own along', async () => {
    const served = await one()
    const line = await wire(served)
    line.write('GET /x HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\rSet-Cookie: b=c\r\nConnection: close\r\n\r\n')
    await until(() => line.closed)
    expect(line.received).not.toContain('Set-Cookie')
  })

  it('is never made twice', () => {
    const ids = new Set(Array.from({ length: 10_000 }, makeRequestId))
    expect(ids.size).toBe(10_000)
    for (const id of ids) expect(requestIdFrom(id)).toBe(id)
  })
})

describe('security headers', () => {
  it('are on answers, errors and unknown paths', async () => {
    const served = await one()
    for (const path of ['/x', '/boom', '/nowhere']) {
      const { headers } = await send(served, path)
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
      expect(headers).not.toHaveProperty('x-powered-by')
    }
  })

  it('ask for HTTPS only in production', async () => {
    expect((await send(await one(), '/x')).headers['strict-transport-security']).toBeUndefined()
    expect(
      (await send(await one({ mode: 'production' }), '/x')).headers['strict-transport-security'],
    ).toMatch(/^max-age=\d{8}/)
  })

  it('are overridden and removed by a handler', async () => {
    const { headers } = await send(await one(), '/page')
    expect(headers['content-security-policy']).toBe("default-src 'self'")
    expect(headers['x-frame-options']).toBeUndefined()
  })

  it('can be switched off', async () => {
    const { headers } = await send(await one({ securityHeaders: false }), '/x')
    expect(headers['content-security-policy']).toBeUndefined()
    expect(headers['x-request-id']).toBeDefined()
  })
})
