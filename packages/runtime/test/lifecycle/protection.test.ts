import { describe, expect, it } from 'vitest'
import { definePlugin } from '../../src/plugin.ts'
import { RateLimitStore } from '../../src/rate-limit.ts'
import { fake, testApp } from '../../src/testing.ts'
import { gate } from '../http/serve.ts'

describe('what the config says of protection', () => {
  it('reaches the app: proxies, load, and what is essential', async () => {
    const held = gate()
    const busy = definePlugin({
      name: 'busy',
      freeda: '^1.0.0',
      setup({ router }) {
        router.get('/ip', (ctx) => void (ctx.body = ctx.ip))
        router.get('/held', () => held.opened)
      },
    })
    const vital = definePlugin({
      name: 'vital',
      freeda: '^1.0.0',
      essential: true,
      setup({ router }) {
        router.get('/', (ctx) => void (ctx.body = 'alive'))
      },
    })
    await using app = await testApp({
      server: { trustProxy: 1, overload: { maxInFlight: 1 }, maxUrlBytes: 20 },
      plugins: [busy(), vital()],
    })
    const forwarded = { headers: { 'x-forwarded-for': '203.0.113.7' } }
    expect(await (await app.request('/busy/ip', forwarded)).text()).toBe('203.0.113.7')
    expect((await app.request(`/busy/ip?${'a'.repeat(20)}`)).status).toBe(414)

    const waiting = app.request('/busy/held')
    expect((await app.request('/busy/ip')).status).toBe(503)
    expect((await app.request('/vital')).status).toBe(200)
    held.open()
    await waiting
    expect((await app.request('/busy/ip')).status).toBe(200)
  })

  it('counts in the store that a plugin provides', async () => {
    const shared = definePlugin({
      name: 'shared',
      freeda: '^1.0.0',
      provides: { store: RateLimitStore },
      setup: () => ({ store: { consume: async () => ({ allowed: false, remaining: 0, resetMs: 5_000 }) } }),
    })
    await using app = await testApp({
      server: { rateLimit: { limit: 100, windowSeconds: 60 } },
      plugins: [shared()],
    })
    const { status, headers } = await app.request('/nowhere')
    expect([status, headers.get('retry-after')]).toEqual([429, '5'])
  })

  it('counts in a fake, too', async () => {
    const consume = async () => ({ allowed: true, remaining: 7, resetMs: 1 })
    await using app = await testApp({
      server: { rateLimit: { limit: 100, windowSeconds: 60 } },
      plugins: [],
      override: [fake(RateLimitStore, { consume })],
    })
    expect((await app.request('/nowhere')).headers.get('ratelimit')).toBe('"default";r=7;t=1')
  })

  it('shows in the metrics where requests were counted', async () => {
    let isDown = false
    const consume = async () => {
      if (isDown) throw new Error('no store')
      return { allowed: true, remaining: 7, resetMs: 1 }
    }
    await using app = await testApp({
      metrics: true,
      server: { rateLimit: { limit: 1, windowSeconds: 60 } },
      plugins: [],
      override: [fake(RateLimitStore, { consume })],
    })
    await app.request('/nowhere')
    isDown = true
    for (let i = 0; i < 3; i++) await app.request('/nowhere')
    const text = await (await app.request('/metrics')).text()
    expect(text.split('\n').filter((line) => line.startsWith('rate_limit_uses_total'))).toEqual([
      'rate_limit_uses_total{counted="store",outcome="allowed"} 1',
      'rate_limit_uses_total{counted="memory",outcome="allowed"} 1',
      'rate_limit_uses_total{counted="memory",outcome="refused"} 2',
    ])
  })

  it.each([
    [{ trustProxy: -1 }, 'server.trustProxy'],
    [{ rateLimit: { limit: 0, windowSeconds: 60 } }, 'server.rateLimit'],
    [{ rateLimit: { limit: 10 } }, 'server.rateLimit'],
    [{ overload: { maxInFligth: 5 } }, 'server.overload'],
    [{ maxHeaderBytes: 10 }, 'server.maxHeaderBytes'],
  ])('is refused when it makes no sense: %j', async (server, at) => {
    const refused = await testApp({ server: server as never, plugins: [] }).catch((error: Error) => error)
    expect(refused).toMatchObject({ code: 'FREEDA_CONFIG_INVALID' })
    expect((refused as Error).message).toContain(at)
  })
})
