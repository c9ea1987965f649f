import { definePlugin } from '@freeda/runtime'
import { testApp, type TestAppOptions } from '@freeda/runtime/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { redis, redisCache, redisRateLimits } from '../src/index.ts'
import { startCluster } from './redis-cluster.ts'
import { hasRedis, orSkipped, startRedis } from './redis-server.ts'

const limit = 20
const strict = { limit, windowSeconds: 60 }

/** One instance of an app that lets each client have `limit` requests. */
async function instance(options: Parameters<typeof redis>[0], config: Partial<TestAppOptions> = {}) {
  const desk = definePlugin({
    name: 'desk',
    freeda: '^1.0.0',
    setup({ router }) {
      router.get('/', (ctx) => void (ctx.body = 'x'))
      router.get('/own', { rateLimit: { limit: 1, windowSeconds: 60 } }, () => 'x')
    },
  })
  const app = await testApp({
    server: { rateLimit: strict },
    plugins: [desk(), redis(options)],
    ...config,
  })
  onTestFinished(() => app.stop())
  const ask = async (path = '/desk') => (await app.request(path)).status
  const messages = () => app.logs.map(({ msg }) => String(msg)).filter((line) => line.includes('rate limit'))
  return { app, ask, messages }
}
type Instance = Awaited<ReturnType<typeof instance>>

async function statuses({ ask }: Instance, count: number): Promise<number[]> {
  const seen: number[] = []
  for (let i = 0; i < count; i++) seen.push(await ask())
  return seen
}

const passed = (seen: readonly number[]) => seen.filter((status) => status === 200).length

const isShared = ({ messages }: Instance) =>
  vi.waitFor(() => expect(messages().at(-1)).toBe('uses of the rate limit store redis work again'), {
    timeout: 30_000,
  })

describe.skipIf(!hasRedis)(`rate limits on Redis${orSkipped}`, () => {
  it('never let more than the limit pass together on 4 instances, and not less', async () => {
    const { url } = await startRedis()
    const instances = await Promise.all(
      Array.from({ length: 4 }, () => instance({ url, timeLimitMs: 5_000 })),
    )
    const seen = await Promise.all(Array.from({ length: 400 }, (_, at) => instances[at % 4]!.ask()))
    expect(passed(seen)).toBe(limit)
    expect(seen.filter((status) => status === 429)).toHaveLength(400 - limit)
  })

  it('say on each instance what is left for all', async () => {
    const { url } = await startRedis()
    const [a, b] = [await instance({ url }), await instance({ url })]
    const quota = async ({ app }: Instance) => (await app.request('/desk')).headers.get('ratelimit')
    expect(await quota(a)).toMatch(/^"default";r=19;t=(60|59)$/)
    expect(await quota(b)).toMatch(/^"default";r=18;t=(60|59)$/)
    expect([await a.ask('/desk/own'), await b.ask('/desk/own')]).toEqual([200, 429])
  })

  it('have windows that begin with the first use, that refusals do not make longer, and that end', async () => {
    const { url } = await startRedis()
    const config = { server: { rateLimit: { limit: 1, windowSeconds: 1 } } }
    const [a, b] = [await instance({ url }, config), await instance({ url }, config)]
    expect([await a.ask(), await b.ask()]).toEqual([200, 429])
    const beganAt = performance.now()
    // Asks all the time: a window that began anew with each use would never end.
    await vi.waitFor(async () => expect(await b.ask()).toBe(200), { timeout: 20_000, interval: 10 })
    expect(performance.now() - beganAt).toBeGreaterThan(800)
  })

  it('leave nothing without an end in the server, whoever a client says it is', async () => {
    const server = await startRedis()
    const { app } = await instance({ url: server.url, prefix: 'desk:' })
    await app.request('/desk')
    await app.request('/desk/own')
    const keys = server.command('KEYS', '*').split('\n')
    expect(keys.toSorted()).toEqual([
      'desk:limit:60:GET /desk/own 127.0.0.1',
      'desk:limit:60:default 127.0.0.1',
    ])
    for (const key of keys) {
      const leftMs = Number(server.command('PTTL', key))
      expect(leftMs).toBeGreaterThan(30_000)
      expect(leftMs).toBeLessThanOrEqual(60_000)
    }
  })

  it('give a counter that lost its end another one', async () => {
    const server = await startRedis()
    const { ask } = await instance({ url: server.url })
    await ask()
    server.command('PERSIST', 'test:limit:60:default 127.0.0.1')
    await ask()
    expect(Number(server.command('PTTL', 'test:limit:60:default 127.0.0.1'))).toBeGreaterThan(30_000)
  })

  it('work in a cluster, where clients are spread over its nodes', async () => {
    const nodes = await startCluster()
    const config = { server: { rateLimit: strict, trustProxy: 1 } }
    const instances = await Promise.all(
      nodes.map(({ url }) => instance({ url, cluster: true, timeLimitMs: 5_000 }, config)),
    )
    const ask = async (client: number) => {
      const headers = { 'x-forwarded-for': `203.0.113.${client}` }
      const asked = Array.from({ length: 3 * limit }, (_, at) =>
        instances[at % 3]!.app.request('/desk', { headers }),
      )
      return passed((await Promise.all(asked)).map(({ status }) => status))
    }
    const clients = Array.from({ length: 12 }, (_, at) => at)
    expect(await Promise.all(clients.map(ask))).toEqual(clients.map(() => limit))
    for (const node of nodes) expect(Number(node.command('DBSIZE'))).toBeGreaterThan(0)
    await Promise.all(instances.map(({ app }) => app.stop()))
  })

  it('are shared alone, beside another cache', async () => {
    const { url } = await startRedis()
    const config = { plugins: [redisRateLimits({ url }), redisCache({ url })] }
    const [a, b] = [await instance({ url }, config), await instance({ url }, config)]
    const ask = async ({ app }: Instance) => (await app.request('/nowhere')).headers.get('ratelimit')
    expect(await ask(a)).toContain('r=19')
    expect(await ask(b)).toContain('r=18')
  })
})

describe.skipIf(!hasRedis)(`rate limits on a Redis that fails${orSkipped}`, () => {
  it('killed are counted in memory at once, and together again when it is back', async () => {
    const server = await startRedis()
    const one = await instance({ url: server.url })
    expect(await one.ask()).toBe(200)
    await server.kill()
    const beganAt = performance.now()
    expect(passed(await statuses(one, 2 * limit))).toBe(limit)
    expect(performance.now() - beganAt).toBeLessThan(2_000)
    await server.restart()
    // Its memory is empty, so there is a whole quota again.
    await vi.waitFor(async () => expect(await one.ask()).toBe(200), { timeout: 30_000, interval: 50 })
    await isShared(one)
    expect(one.messages()).toEqual([
      'uses of the rate limit store redis keep failing; requests are counted in the memory of this instance, and one is tried every 1000 ms',
      'uses of the rate limit store redis work again',
    ])
  })

  it('paused are waited for as long as the config says, a few times', async () => {
    const server = await startRedis()
    const one = await instance({ url: server.url, timeLimitMs: 50 })
    expect(await one.ask()).toBe(200)
    server.pause()
    const beganAt = performance.now()
    expect(passed(await statuses(one, 300))).toBe(limit)
    // 300 requests that wait would take 15 seconds; a few find out for all.
    expect(performance.now() - beganAt).toBeLessThan(5_000)
    server.resume()
    await vi.waitFor(async () => {
      await one.ask()
      expect(one.messages()).toHaveLength(2)
    }, 30_000)
  })

  it('with the wrong password are counted in memory', async () => {
    const server = await startRedis(['--requirepass', 'right-password'])
    const wrong = await instance({ url: server.url, password: 'wrong-password' })
    expect(passed(await statuses(wrong, 2 * limit))).toBe(limit)
    expect(server.command('-a', 'right-password', '--no-auth-warning', 'DBSIZE')).toBe('0')
  })

  it('with full memory are counted in memory, and together again when there is room', async () => {
    const server = await startRedis(['--maxmemory-policy', 'noeviction'])
    const one = await instance({ url: server.url, timeLimitMs: 1_000 })
    server.command('CONFIG', 'SET', 'maxmemory', '1')
    expect(passed(await statuses(one, 2 * limit))).toBe(limit)
    server.command('CONFIG', 'SET', 'maxmemory', '0')
    await vi.waitFor(async () => expect(await one.ask()).toBe(200), { timeout: 30_000, interval: 50 })
    await isShared(one)
  })
})

describe('plugins that share on Redis', () => {
  const url = 'redis://127.0.0.1:1'

  it('are refused together when they provide the same', async () => {
    await expect(testApp({ plugins: [redis({ url }), redisCache({ url })] })).rejects.toThrow(
      'is provided by "redis" and "redis-cache"',
    )
  })
})
