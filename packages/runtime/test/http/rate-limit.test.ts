import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { httpProblem, type PluginRouter } from '../../src/http.ts'
import { memoryStore } from '../../src/routing/memory-rate-limits.ts'
import type { RateLimitOptions } from '../../src/routing/rate-limit.ts'
import { definePlugin } from '../../src/plugin.ts'
import type { RateLimitStore } from '../../src/rate-limit.ts'
import { testApp } from '../../src/testing.ts'
import { send, serve, type Served } from './serve.ts'

const routes = (router: PluginRouter) => {
  router.get('/plain', (ctx) => void (ctx.body = 'x'))
  router.get('/failing', () => {
    throw httpProblem(409, { code: 'no' })
  })
  router.use('/guarded', (ctx) => void (ctx.status = 401))
  router.get('/guarded', (ctx) => void (ctx.body = 'never'))
  router.get('/schema', { response: z.string() }, () => 'x')
  router.get('/strict', { rateLimit: { limit: 1, windowSeconds: 60 } }, () => 'x')
  router.get('/free', { rateLimit: false }, () => 'x')
}
const passOn = (router: PluginRouter): void => void router.all('/{*path}', (_ctx, next) => next())
const login = (router: PluginRouter): void =>
  void router.post('/strict', { rateLimit: { limit: 1, windowSeconds: 60 } }, () => 'in')
const twice: RateLimitOptions = { general: { limit: 2, windowSeconds: 60 }, by: 'ip' }
const limited = (rateLimit: RateLimitOptions = twice, trustProxy = 0) =>
  serve(routes, { rateLimit, trustProxy })

async function statuses(served: Served, path: string, count: number, headers = {}): Promise<number[]> {
  const seen: number[] = []
  for (let i = 0; i < count; i++) seen.push((await send(served, path, { headers })).status)
  return seen
}

describe('rate limits', () => {
  it('refuse what is above, and say when to come again', async () => {
    const served = await limited()
    const first = await send(served, '/plain')
    expect(first.headers['ratelimit-policy']).toBe('"default";q=2;w=60')
    expect(first.headers['ratelimit']).toMatch(/^"default";r=1;t=(60|59)$/)
    expect((await send(served, '/schema')).status).toBe(200)

    const refused = await send(served, '/plain')
    expect(refused).toMatchObject({ status: 429, json: { code: 'FREEDA_RATE_LIMITED' } })
    expect(refused.headers['content-type']).toBe('application/problem+json')
    expect(refused.headers['ratelimit']).toMatch(/^"default";r=0;t=(60|59)$/)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
  })

  it('come back when the window is over', async () => {
    const served = await limited({ general: { limit: 1, windowSeconds: 1 }, by: 'ip' })
    expect(await statuses(served, '/plain', 2)).toEqual([200, 429])
    const giveUp = Date.now() + 5_000
    while ((await send(served, '/plain')).status === 429) expect(Date.now()).toBeLessThan(giveUp)
  })

  it.each(['/failing', '/guarded', '/nowhere', '/schema'])('count %s', async (path) => {
    expect((await statuses(await limited(), path, 3))[2]).toBe(429)
  })

  it.each([
    ['of its plugin', { login: (router: PluginRouter) => (passOn(router), login(router)) }],
    ['of another plugin', { '': passOn, login }],
  ])('hold for a route behind one that passes on, %s', async (_name, plugins) => {
    for (const general of [twice, { general: false, by: 'ip' } as RateLimitOptions]) {
      const served = await serve(plugins, { rateLimit: general })
      const seen = []
      for (let n = 0; n < 3; n++) seen.push((await send(served, '/login/strict', { method: 'POST' })).status)
      expect(seen).toEqual([200, 429, 429])
    }
  })

  it('hold for what middleware answers in front of a route', async () => {
    const served = await serve(
      (router) => {
        router.use('/m', (ctx) => void (ctx.status = 401))
        router.get('/m', { rateLimit: { limit: 1, windowSeconds: 60 } }, () => 'never')
      },
      { rateLimit: { general: false, by: 'ip' } },
    )
    expect(await statuses(served, '/m', 2)).toEqual([401, 429])
  })

  it('of a route do not hold for another method, nor in front of a route without one', async () => {
    const served = await serve(
      (router) => {
        router.get('/export', {}, () => 'all')
        router.get('/:id', { rateLimit: false }, () => 'one')
        router.all('/both/of', (_ctx, next) => next())
        router.post('/both/of', { rateLimit: { limit: 1, windowSeconds: 60 } }, () => 'posted')
        router.get('/both/of', {}, () => 'got')
      },
      { rateLimit: { general: { limit: 6, windowSeconds: 60 }, by: 'ip' } },
    )
    expect(await statuses(served, '/free', 8)).toEqual(Array.from({ length: 8 }, () => 200))
    expect(await statuses(served, '/both/of', 3)).toEqual([200, 200, 200])
    const post = async () => (await send(served, '/both/of', { method: 'POST' })).status
    expect([await post(), await post()]).toEqual([200, 429])
    // What stands behind it and matches too is no business of a route that answers.
    expect(await statuses(served, '/export', 2)).toEqual([200, 429])
  })

  it('stand in the headers of errors too', async () => {
    const { status, headers } = await send(await limited(), '/failing')
    expect(status).toBe(409)
    expect(headers['ratelimit']).toMatch(/^"default";r=1;/)
  })

  it('of a route count apart', async () => {
    const served = await limited()
    expect(await statuses(served, '/strict', 2)).toEqual([200, 429])
    expect(await statuses(served, '/plain', 3)).toEqual([200, 200, 429])
    expect((await send(served, '/strict')).headers['ratelimit-policy']).toBe('"GET /strict";q=1;w=60')
  })

  it('of a route work when the app has none', async () => {
    const served = await limited({ general: false, by: 'ip' })
    expect(await statuses(served, '/strict', 2)).toEqual([200, 429])
    const { status, headers } = await send(served, '/plain')
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('ratelimit')
  })

  it('spare routes that say so, and OPTIONS', async () => {
    const served = await limited()
    expect(await statuses(served, '/free', 4)).toEqual([200, 200, 200, 200])
    for (let i = 0; i < 4; i++) expect((await send(served, '/plain', { method: 'OPTIONS' })).status).toBe(204)
  })

  it('count every client for itself, and only as the balancer tells them apart', async () => {
    const served = await limited(twice, 1)
    const from = (address: string) => ({ 'x-forwarded-for': `${Math.random()}, ${address}` })
    expect(await statuses(served, '/plain', 3, from('203.0.113.7'))).toEqual([200, 200, 429])
    expect(await statuses(served, '/plain', 1, from('203.0.113.8'))).toEqual([200])
    expect(await statuses(served, '/plain', 2, from('2001:db8::1'))).toEqual([200, 200])
    expect(await statuses(served, '/plain', 1, from('2001:db8::2'))).toEqual([429])
  })

  it('that are no numbers are a boot error', async () => {
    const broken = serve((router) => {
      router.get('/x', { rateLimit: { limit: 0, windowSeconds: 60 } }, () => 'x')
    })
    await expect(broken).rejects.toMatchObject({ code: 'FREEDA_ROUTE_DEFINITION' })
  })
})

describe('rate limits and authentication', () => {
  const app = (by: 'ip' | 'principal') =>
    testApp({
      server: { rateLimit: { limit: 2, windowSeconds: 60, by } },
      plugins: [
        definePlugin({
          name: 'app',
          freeda: '^1.0.0',
          setup({ auth, router }) {
            auth.scheme({
              name: 'header',
              openapi: { type: 'apiKey', in: 'header', name: 'x-user' },
              challenge: 'Header',
              async authenticate({ headers }) {
                const user = headers['x-user']
                return typeof user === 'string' ? { id: user, scopes: [], claims: {} } : undefined
              },
            })
            router.get('/mine', { security: 'authenticated' }, () => 'x')
          },
        })(),
      ],
    })
  const ask = async (by: 'ip' | 'principal', ...users: string[]) => {
    await using target = await app(by)
    const seen: number[] = []
    for (const user of users)
      seen.push(
        (await target.request('/app/mine', { headers: user === '' ? {} : { 'x-user': user } })).status,
      )
    return seen
  }

  it('count an address whoever calls, and also whom nobody recognises', async () => {
    expect(await ask('ip', 'ann', 'bob', 'cem')).toEqual([200, 200, 429])
    expect(await ask('ip', '', '', '')).toEqual([401, 401, 429])
  })

  it('count a principal wherever it calls from', async () => {
    expect(await ask('principal', 'ann', 'ann', 'ann', 'bob')).toEqual([200, 200, 429, 200])
  })
})

describe('a store of rate limits', () => {
  const withStore = (consume: RateLimitStore['consume']) => limited({ ...twice, store: { consume } })

  it('decides', async () => {
    const asked: unknown[] = []
    const served = await withStore(async (...args) => {
      asked.push(args)
      return { allowed: false, remaining: 0, resetMs: 1_500 }
    })
    const { status, headers } = await send(served, '/plain')
    expect([status, headers['retry-after']]).toEqual([429, '2'])
    expect(asked).toEqual([['default 127.0.0.1', 1, 2, 60]])
  })

  it('that fails has requests counted in memory, and is told of once', async () => {
    const served = await withStore(() => Promise.reject(new Error('no store')))
    expect(await statuses(served, '/plain', 6)).toEqual([200, 200, 429, 429, 429, 429])
    expect(served.logs.filter(({ msg }) => msg.includes('rate limit store'))).toHaveLength(1)
  })

  it('that throws at once has requests counted in memory', async () => {
    const served = await withStore(() => {
      throw new Error('no store')
    })
    expect(await statuses(served, '/plain', 3)).toEqual([200, 200, 429])
  })

  it('that hangs delays a few requests a little, not all', async () => {
    let asked = 0
    const store: RateLimitStore = {
      timeLimitMs: 20,
      consume() {
        asked++
        return new Promise(() => undefined)
      },
    }
    const served = await limited({ ...twice, store })
    expect(await statuses(served, '/plain', 10)).toEqual([200, 200, ...Array.from({ length: 8 }, () => 429)])
    // It rests for a second after three: only on a very slow machine is it asked again meanwhile.
    expect(asked).toBeLessThan(10)
  })

  it('is used again when it is back, and the log says so', async () => {
    let isDown = true
    const served = await withStore(async () => {
      if (isDown) throw new Error('no store')
      return { allowed: true, remaining: 1, resetMs: 1_000 }
    })
    expect(await statuses(served, '/plain', 4)).toEqual([200, 200, 429, 429])
    isDown = false
    const giveUp = Date.now() + 10_000
    while ((await send(served, '/plain')).status === 429) expect(Date.now()).toBeLessThan(giveUp)
    expect(served.logs.map(({ msg }) => msg).filter((msg) => msg.includes('rate limit store'))).toEqual([
      'uses of the rate limit store keep failing; requests are counted in the memory of this instance, and one is tried every 1000 ms',
      'uses of the rate limit store work again',
    ])
  })
})

describe('counting in memory', () => {
  it('never counts too little for one client', async () => {
    const store = memoryStore()
    const uses = []
    for (let i = 0; i < 4; i++) uses.push(await store.consume('a', 1, 3, 60))
    expect(uses.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ])
  })

  it('keeps a bounded number of clients, and those that came last', async () => {
    const store = memoryStore(100)
    await store.consume('busy', 1, 1, 60)
    for (let i = 0; i < 10_000; i++) {
      await store.consume(`flood ${i}`, 1, 1, 60)
      if (i % 50 === 0) expect((await store.consume('busy', 1, 1, 60)).allowed).toBe(false)
    }
    expect(store.size).toBe(100)
    expect((await store.consume('flood 0', 1, 1, 60)).allowed).toBe(true)
    expect((await store.consume('flood 9999', 1, 1, 60)).allowed).toBe(false)
  })
})
