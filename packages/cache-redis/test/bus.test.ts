import { describe, expect, it, vi } from 'vitest'
import { busInstance, hears, listen } from './bus-instance.ts'
import { instance, minute } from './instance.ts'
import { hasRedis, orSkipped, startRedis } from './redis-server.ts'

const three = (url: string) =>
  Promise.all(Array.from({ length: 3 }, () => busInstance({ url, timeLimitMs: 5_000 })))

describe.skipIf(!hasRedis)(`a bus on Redis${orSkipped}`, () => {
  it('reaches every instance once, in values of every kind', async () => {
    const { url } = await startRedis()
    const instances = await three(url)
    const ears = await Promise.all(instances.map(({ bus }) => listen(bus)))
    const messages = [null, 0, '', { at: new Date(0), n: 12n, b: new Uint8Array([0, 255]) }, ['é💥\n']]
    for (const message of messages) expect(await instances[0]!.bus.publish('tickets', message)).toBe(true)
    for (const ear of ears) {
      await hears(ear, messages.at(-1))
      expect(ear.heard).toStrictEqual(messages)
    }
  })

  it('keeps the order of each publisher, and loses nothing, while all publish at once', async () => {
    const { url } = await startRedis()
    const instances = await three(url)
    const ears = await Promise.all(instances.map(({ bus }) => listen(bus)))
    const count = 2_000
    await Promise.all(
      instances.map(async ({ bus }, by) => {
        const published = Array.from({ length: count }, (_, at) => bus.publish('tickets', [by, at]))
        expect(new Set(await Promise.all(published))).toEqual(new Set([true]))
      }),
    )
    for (const { heard } of ears) {
      await vi.waitFor(() => expect(heard).toHaveLength(3 * count), 10_000)
      for (let by = 0; by < 3; by++)
        expect((heard as number[][]).filter(([who]) => who === by).map(([, at]) => at)).toEqual(
          Array.from({ length: count }, (_, at) => at),
        )
    }
  })

  it('keeps plugins, topics, apps and databases apart', async () => {
    const { url } = await startRedis()
    const one = await busInstance({ url })
    const others = [
      (await busInstance({ url })).shop,
      (await busInstance({ url, prefix: 'other:' })).bus,
      (await busInstance({ url: `${url}/1` })).bus,
    ]
    const ears = [...(await Promise.all(others.map((bus) => listen(bus)))), await listen(one.bus, 'tickets2')]
    const own = await listen((await busInstance({ url })).bus)
    await one.bus.publish('tickets', 1)
    await hears(own, 1)
    expect(ears.flatMap(({ heard }) => heard)).toEqual([])
  })

  it('makes its connection when somebody subscribes, and one for all', async () => {
    const server = await startRedis()
    const { bus, shop, app } = await busInstance({ url: server.url })
    const subscribers = () =>
      server
        .command('CLIENT', 'LIST', 'TYPE', 'pubsub')
        .split('\n')
        .filter((line) => line !== '').length
    await bus.publish('tickets', 1)
    expect(subscribers()).toBe(0)
    await Promise.all([listen(bus), listen(bus), listen(shop), listen(bus, 'other')])
    expect(subscribers()).toBe(1)
    expect(server.command('PUBSUB', 'CHANNELS').split('\n').toSorted()).toEqual([
      'test:bus:0:desk:other',
      'test:bus:0:desk:tickets',
      'test:bus:0:shop:tickets',
    ])
    await app.stop()
    await vi.waitFor(() => expect(subscribers()).toBe(0), 10_000)
  })

  it('is subscribed to in the server for as long as somebody listens', async () => {
    const server = await startRedis()
    const [a, b] = [await busInstance({ url: server.url }), await busInstance({ url: server.url })]
    const channels = () => server.command('PUBSUB', 'CHANNELS')
    const ears = [await listen(a.bus), await listen(a.bus)]
    ears[0]!.unsubscribe()
    await b.bus.publish('tickets', 1)
    await hears(ears[1]!, 1)
    ears[1]!.unsubscribe()
    await vi.waitFor(() => expect(channels()).toBe(''), 10_000)
    // Left and wanted again in one moment, and then for good.
    for (let i = 0; i < 50; i++) (await listen(a.bus)).unsubscribe()
    const last = await listen(a.bus)
    await b.bus.publish('tickets', 2)
    await hears(last, 2)
    expect(last.heard).toEqual([2])
  })

  it('has thousands of topics, and many subscribers of one', async () => {
    const { url } = await startRedis()
    const [a, b] = [await busInstance({ url, timeLimitMs: 5_000 }), await busInstance({ url })]
    const names = Array.from({ length: 5_000 }, (_, at) => `ticket ${at}`)
    const ears = await Promise.all(names.map((name) => listen(b.bus, name)))
    const crowd = await Promise.all(Array.from({ length: 1_000 }, () => listen(b.bus, 'all')))
    await Promise.all(names.map((name, at) => a.bus.publish(name, at)))
    await a.bus.publish('all', 'x')
    await vi.waitFor(() => expect(crowd.every(({ heard }) => heard.length === 1)).toBe(true), 20_000)
    expect(ears.map(({ heard }) => heard)).toEqual(names.map((_, at) => [at]))
  })

  it('needs no more of an ACL user than the README says, as caches do', async () => {
    const server = await startRedis()
    const may = '~test:* &test:* +@read +@write +@pubsub +@scripting +@connection'.split(' ')
    server.command('ACL', 'SETUSER', 'desk', 'on', '>secret', 'resetkeys', 'resetchannels', '-@all', ...may)
    const user = { url: server.url, username: 'desk', password: 'secret' }
    const [a, b] = [await busInstance(user), await busInstance(user)]
    const ear = await listen(b.bus)
    expect(await a.bus.publish('tickets', 1)).toBe(true)
    await hears(ear, 1)
    const stranger = await busInstance({ ...user, prefix: 'other:' })
    const nothing = await listen(stranger.bus)
    expect(await stranger.bus.publish('tickets', 2)).toBe(false)
    expect(nothing.heard).toEqual([2])
    expect(JSON.stringify(stranger.app.logs)).toContain('NOPERM')
    const caching = await instance(user)
    expect(await caching.cache.remember('key', minute, () => 1, { tags: ['t'] })).toBe(1)
    expect(await caching.cache.get('key')).toBe(1)
    expect(await caching.cache.invalidate('t')).toBe(true)
    expect(JSON.stringify([...a.app.logs, ...caching.app.logs])).not.toContain('NOPERM')
  })

  it('works in a cluster', async () => {
    const server = await startRedis(['--cluster-enabled', 'yes'])
    server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await vi.waitFor(() => expect(server.command('CLUSTER', 'INFO')).toContain('cluster_state:ok'), 10_000)
    const options = { url: server.url, cluster: true, timeLimitMs: 5_000 }
    const [a, b] = [await busInstance(options), await busInstance(options)]
    const ear = await listen(b.bus)
    for (let i = 0; i < 100; i++) expect(await a.bus.publish('tickets', i)).toBe(true)
    await hears(ear, 99)
    expect(ear.heard).toEqual(Array.from({ length: 100 }, (_, at) => at))
    await Promise.all([a.app.stop(), b.app.stop()])
  })
})
