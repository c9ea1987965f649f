import { describe, expect, it } from 'vitest'
import type { CorsConfig } from '../../src/http.ts'
import { send, serve } from './serve.ts'

const shop = 'https://shop.example'
const open = (cors: CorsConfig | false) =>
  serve(
    (router) => {
      router.get('/x', (ctx) => void (ctx.body = {}))
      router.get('/vary', (ctx) => {
        ctx.vary('Accept')
        ctx.body = {}
      })
      router.get('/boom', () => {
        throw new Error('boom')
      })
    },
    { cors },
  )
const preflight = (origin = shop, headers = 'authorization, content-type') => ({
  method: 'OPTIONS',
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': 'PUT',
    ...(headers === '' ? {} : { 'Access-Control-Request-Headers': headers }),
  },
})
const corsHeaders = (headers: object) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'))

describe('CORS', () => {
  it('sends nothing when it is off', async () => {
    const served = await open(false)
    expect(corsHeaders((await send(served, '/x', { headers: { Origin: shop } })).headers)).toEqual([])
    const answer = await send(served, '/x', preflight())
    expect([answer.status, answer.headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS'])
  })

  it('answers the preflight of an allowed origin', async () => {
    const served = await open({ origins: [shop], credentials: true })
    const { status, headers, text } = await send(served, '/x', preflight())
    expect([status, text]).toEqual([204, ''])
    expect(headers).toMatchObject({
      'access-control-allow-origin': shop,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, HEAD, PUT, PATCH, POST, DELETE',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '600',
      vary: 'Origin, Access-Control-Request-Headers',
    })
    expect(headers).not.toHaveProperty('access-control-expose-headers')
    expect(served.logs[0]).toMatchObject({ status: 204, method: 'OPTIONS' })
  })

  it('answers a preflight that asks for no headers', async () => {
    const served = await open({ origins: '*' })
    const { headers } = await send(served, '/x', preflight(shop, ''))
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers).not.toHaveProperty('access-control-allow-headers')
    expect(headers['vary']).toBe('Access-Control-Request-Headers')
  })

  it('takes methods, headers and age from the options', async () => {
    const served = await open({
      origins: [shop],
      methods: ['GET'],
      headers: ['x-a', 'x-b'],
      maxAgeSeconds: 5,
    })
    const { headers } = await send(served, '/x', preflight())
    expect(headers).toMatchObject({
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'x-a, x-b',
      'access-control-max-age': '5',
      vary: 'Origin',
    })
  })

  it.each(['https://evil.example', 'null', 'https://shop.example.evil.example', 'http://shop.example'])(
    'gives the origin %s nothing',
    async (origin) => {
      const served = await open({ origins: [shop], credentials: true })
      const refused = await send(served, '/x', preflight(origin))
      expect([refused.status, corsHeaders(refused.headers), refused.headers['vary']]).toEqual([
        204,
        [],
        'Origin',
      ])
      const { headers } = await send(served, '/x', { headers: { Origin: origin } })
      expect([corsHeaders(headers), headers['vary']]).toEqual([[], 'Origin'])
    },
  )

  it.each(['/x', '/boom', '/nowhere'])('lets an allowed origin read %s', async (path) => {
    const served = await open({ origins: [shop], exposedHeaders: ['X-Total'] })
    const { headers } = await send(served, path, { headers: { Origin: shop } })
    expect(headers).toMatchObject({
      'access-control-allow-origin': shop,
      'access-control-expose-headers':
        'ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Total',
      vary: 'Origin',
    })
  })

  it('says Vary also to requests without an origin, so that caches keep them apart', async () => {
    const served = await open({ origins: [shop] })
    expect((await send(served, '/x')).headers['vary']).toBe('Origin')
    expect((await send(served, '/vary')).headers['vary']).toBe('Origin, Accept')
  })

  it('never allows credentials to everybody', async () => {
    const served = await open({ origins: '*', credentials: true })
    for (const sending of [preflight(), { headers: { Origin: shop } }]) {
      const { headers } = await send(served, '/x', sending)
      expect(headers['access-control-allow-origin']).toBe('*')
      expect(headers).not.toHaveProperty('access-control-allow-credentials')
    }
  })

  it('leaves an OPTIONS request that is no preflight to the routes', async () => {
    const served = await open({ origins: [shop] })
    const answer = await send(served, '/x', { method: 'OPTIONS', headers: { Origin: shop } })
    expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS')
  })
})
