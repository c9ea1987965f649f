import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { health } from '@freeda/health'
import { Bus, definePlugin } from '@freeda/runtime'
import { testApp } from '@freeda/runtime/testing'
import { redis, redisBus } from '../src/index.ts'
import { busInstance, handsOn, hears, listen } from './bus-instance.ts'
import { becomesReplica, hasRedis, orSkipped, rights, startRedis } from './redis-server.ts'
import { startProxy } from './tcp-proxy.ts'

/** What was heard, when gaps are taken out: messages in order, each at most once. */
const inOrder = (heard: readonly unknown[]) => {
  const numbers = heard.filter((one) => one !== 'gap') as number[]
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
}

const hearsOf = ({ messages }: Awaited<ReturnType<typeof busInstance>>, line: string) =>
  vi.waitFor(() => expect(messages()).toContain(line), { timeout: 30_000, interval: 20 })

describe.skipIf(!hasRedis)(`a bus on a Redis that fails${orSkipped}`, () => {
  it('killed reaches this instance alone, at once, and all others with a gap when it is back', async () => {
    const server = await startRedis()
    const [a, b] = [await busInstance({ url: server.url }), await busInstance({ url: server.url })]
    const [here, there] = [await listen(a.bus), await listen(b.bus)]
    expect(await a.bus.publish('tickets', 1)).toBe(true)
    await hears(there, 1)
    await server.kill()
    const beganAt = performance.now()
    for (let i = 2; i < 100; i++) expect(await a.bus.publish('tickets', i)).toBe(false)
    expect(performance.now() - beganAt).toBeLessThan(2_000)
    await server.restart()
    await hears(there, 'gap')
    await handsOn(a.bus, 100)
    await hears(there, 100)
    expect(there.heard.slice(0, 2)).toEqual([1, 'gap'])
    inOrder(there.heard)
    await hears(here, 'gap')
    expect(here.heard.filter((one) => one !== 'gap' && one !== 100)).toEqual(
      Array.from({ length: 99 }, (_, at) => at + 1),
    )
    expect(b.messages().filter((line) => line.includes('for subscriptions'))).toEqual([
      'the connection to Redis for subscriptions failed; it is tried again until it works',
      'the connection to Redis for subscriptions works again',
    ])
  })

  it('paused is waited for as long as the config says, a few times, and goes on in order', async () => {
    const server = await startRedis()
    const [a, b] = [
      await busInstance({ url: server.url, timeLimitMs: 50 }),
      await busInstance({ url: server.url }),
    ]
    const there = await listen(b.bus)
    server.pause()
    const beganAt = performance.now()
    for (let i = 0; i < 500; i++) expect(await a.bus.publish('tickets', i)).toBe(false)
    expect(performance.now() - beganAt).toBeLessThan(5_000)
    const lateAt = performance.now()
    await a.bus.subscribe('other', vi.fn())
    expect(performance.now() - lateAt).toBeLessThan(3_000)
    server.resume()
    await handsOn(a.bus, 500)
    await hears(there, 500)
    // Most were never sent; the numbers of messages tell.
    expect(there.heard).toContain('gap')
    inOrder(there.heard)
  })

  it('paused does not keep the app from stopping', async () => {
    const server = await startRedis()
    const { app, bus } = await busInstance({ url: server.url })
    await listen(bus)
    server.pause()
    void bus.publish('tickets', 1)
    const beganAt = performance.now()
    await app.stop()
    expect(performance.now() - beganAt).toBeLessThan(5_000)
  })

  it('that is not there when the app starts lets it start, and tells of the gap when it comes', async () => {
    const server = await startRedis()
    await server.kill()
    const one = await busInstance({ url: server.url })
    const beganAt = performance.now()
    const ear = await listen(one.bus)
    expect(performance.now() - beganAt).toBeLessThan(3_000)
    await one.bus.publish('tickets', 'mine')
    await server.restart()
    await hears(ear, 'gap')
    expect(ear.heard).toEqual(['mine', 'gap'])
    const other = await busInstance({ url: server.url })
    await handsOn(other.bus, 'theirs')
    await hears(ear, 'theirs')
  })

  it('that refuses the password is not named in full, and lets the app work alone', async () => {
    const server = await startRedis(['--requirepass', 'right-password'])
    const wrong = await busInstance({ url: server.url, password: 'wrong-password' })
    const ear = await listen(wrong.bus)
    expect(await wrong.bus.publish('tickets', 1)).toBe(false)
    await hears(ear, 1)
    expect(JSON.stringify(wrong.app.logs)).toContain('WRONGPASS')
    expect(JSON.stringify(wrong.app.logs)).not.toContain('wrong-password')
  })

  it('with full memory still carries messages', async () => {
    const server = await startRedis(['--maxmemory-policy', 'noeviction'])
    const [a, b] = [await busInstance({ url: server.url }), await busInstance({ url: server.url })]
    const ear = await listen(b.bus)
    server.command('CONFIG', 'SET', 'maxmemory', '1')
    await handsOn(a.bus, 1)
    await hears(ear, 1)
    server.command('CONFIG', 'SET', 'maxmemory', '0')
  })

  it('that throws slow subscribers out tells them of the gap', async () => {
    const server = await startRedis()
    const [a, b] = [
      await busInstance({ url: server.url, timeLimitMs: 5_000 }),
      await busInstance({ url: server.url }),
    ]
    const ear = await listen(b.bus)
    server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await hears(ear, 'gap')
    await handsOn(a.bus, 1)
    await hears(ear, 1)
  })

  it('makes readiness say degraded while subscriptions do not stand, and stay green', async () => {
    const server = await startRedis()
    const desk = definePlugin({
      name: 'desk',
      freeda: '^1.0.0',
      needs: { bus: Bus },
      setup({ needs, onStart }) {
        onStart(() => needs.bus.subscribe('x', () => undefined))
      },
    })
    const app = await testApp({ plugins: [health(), desk(), redisBus({ url: server.url })] })
    onTestFinished(() => app.stop())
    const ready = async () => {
      const response = await app.request('/health/ready')
      return [response.status, ((await response.json()) as { degraded: string[] }).degraded]
    }
    expect(await ready()).toEqual([200, []])
    await server.kill()
    await vi.waitFor(async () => expect(await ready()).toEqual([200, ['redis-bus']]), 10_000)
    await server.restart()
    await vi.waitFor(async () => expect(await ready()).toEqual([200, []]), 20_000)
  })
})

describe.skipIf(!hasRedis)(`a bus over a network that fails${orSkipped}`, () => {
  it('that is slow still brings all, in order', async () => {
    const server = await startRedis()
    const proxy = await startProxy(server.port)
    const [a, b] = [
      await busInstance({ url: proxy.url, timeLimitMs: 5_000 }),
      await busInstance({ url: proxy.url, timeLimitMs: 5_000 }),
    ]
    const ear = await listen(b.bus)
    proxy.delayMs = 100
    const published = Array.from({ length: 200 }, (_, at) => a.bus.publish('tickets', at))
    expect(new Set(await Promise.all(published))).toEqual(new Set([true]))
    await hears(ear, 199)
    expect(ear.heard).toEqual(Array.from({ length: 200 }, (_, at) => at))
  })

  it('that is slower than the limit says that messages may be lost, and is not waited for', async () => {
    const server = await startRedis()
    const proxy = await startProxy(server.port)
    const a = await busInstance({ url: proxy.url, timeLimitMs: 20 })
    proxy.delayMs = 300
    const beganAt = performance.now()
    for (let i = 0; i < 100; i++) expect(await a.bus.publish('tickets', i)).toBe(false)
    expect(performance.now() - beganAt).toBeLessThan(2_000)
  })

  it('that cuts connections again and again costs gaps, and never order', async () => {
    const server = await startRedis()
    const proxy = await startProxy(server.port)
    const [a, b] = [await busInstance({ url: server.url }), await busInstance({ url: proxy.url })]
    const ear = await listen(b.bus)
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 100; i++) await a.bus.publish('tickets', round * 1_000 + i)
      const gaps = ear.heard.filter((one) => one === 'gap').length
      proxy.cut()
      for (let i = 100; i < 200; i++) await a.bus.publish('tickets', round * 1_000 + i)
      await vi.waitFor(
        () => expect(ear.heard.filter((one) => one === 'gap').length).toBeGreaterThan(gaps),
        20_000,
      )
    }
    await handsOn(a.bus, 10_000)
    await hears(ear, 10_000)
    inOrder(ear.heard)
  })

  it.each([
    ['', [], false],
    [' of a cluster', ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'], true],
  ])(
    'that swallows everything without a word is noticed, and left for a new connection%s',
    async (_, settings, cluster) => {
      const proxy = await startProxy(0)
      const announced = cluster ? ['--cluster-announce-port', new URL(proxy.url).port] : []
      const server = await startRedis([...settings, ...announced])
      proxy.port = server.port
      if (cluster) server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
      const [a, b] = [
        await busInstance({ url: server.url }),
        await busInstance({ url: proxy.url, cluster, timeLimitMs: 1_000 }),
      ]
      await handsOn(b.bus, 'before')
      const ear = await listen(b.bus)
      proxy.swallow()
      await a.bus.publish('tickets', 'lost')
      await hears(ear, 'gap')
      await handsOn(a.bus, 'heard')
      await hears(ear, 'heard')
      expect(ear.heard).toEqual(['gap', 'heard'])
      // Whoever publishes over it gets through again, too.
      const there = await listen(a.bus)
      await handsOn(b.bus, 'answer')
      await hears(there, 'answer')
    },
  )

  it('whose address gets another server, as in a failover, goes on there with a gap', async () => {
    const [primary, replica] = [await startRedis(), await startRedis()]
    replica.command('REPLICAOF', '127.0.0.1', String(primary.port))
    await vi.waitFor(
      () => expect(replica.command('INFO', 'replication')).toContain('master_link_status:up'),
      20_000,
    )
    const proxy = await startProxy(primary.port)
    const [a, b] = [await busInstance({ url: proxy.url }), await busInstance({ url: proxy.url })]
    const ear = await listen(b.bus)
    await handsOn(a.bus, 1)
    await hears(ear, 1)
    proxy.port = replica.port
    await primary.kill()
    replica.command('REPLICAOF', 'NO', 'ONE')
    await hears(ear, 'gap')
    await handsOn(a.bus, 2)
    await hears(ear, 2)
    expect(ear.heard.filter((one) => one !== 'gap')).toEqual([1, 2])
  })

  it('whose server becomes a replica, and keeps its connections, is left for the primary with a gap', async () => {
    const [first, second] = [await startRedis(), await startRedis()]
    for (const { command } of [first, second]) command('ACL', 'SETUSER', 'app', 'on', '>pass', ...rights)
    const proxy = await startProxy(first.port)
    const at = { url: proxy.url, username: 'app', password: 'pass' }
    const [a, b] = [await busInstance(at), await busInstance(at)]
    const ear = await listen(b.bus)
    await handsOn(a.bus, 1)
    await hears(ear, 1)
    await becomesReplica(first, second)
    // While the address leads to the replica, nobody takes it for the primary.
    await hearsOf(a, 'the connection to Redis failed; it is tried again until it works')
    await hearsOf(b, 'the connection to Redis for subscriptions failed; it is tried again until it works')
    proxy.port = second.port
    await hears(ear, 'gap')
    await vi.waitFor(
      async () => {
        await a.bus.publish('tickets', 2)
        expect(ear.heard).toContain(2)
      },
      { timeout: 30_000, interval: 50 },
    )
    const saidAgain = a.messages().filter((line) => line === 'the connection to Redis works again')
    expect(saidAgain).toHaveLength(1)
  })
})

describe('the plugins that carry messages', () => {
  it('are refused together', async () => {
    const url = 'redis://127.0.0.1:1'
    await expect(testApp({ plugins: [redis({ url }), redisBus({ url })] })).rejects.toThrow(
      'is provided by "redis" and "redis-bus"',
    )
  })
})
