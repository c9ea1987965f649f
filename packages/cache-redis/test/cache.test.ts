import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { instance, minute } from './instance.ts'
import { hasRedis, orSkipped, startRedis } from './redis-server.ts'

describe.skipIf(!hasRedis)(`a cache on Redis${orSkipped}`, () => {
  it('is shared by the instances of an app, in values of every kind', async () => {
    const { url } = await startRedis()
    const [a, b] = [await instance({ url }), await instance({ url })]
    const values = [
      null,
      0,
      '',
      '#1',
      '# \n\n',
      { at: new Date(0), n: 12n, b: new Uint8Array([0, 255]) },
      ['é💥'],
    ]
    for (const value of values)
      for (const tags of [[], ['t', 'ü, "\n']]) {
        expect(await a.cache.set('key', value, { ttlMs: minute, tags })).toBe(true)
        expect(await b.cache.get('key')).toStrictEqual(value)
      }
    expect(await b.cache.delete('key')).toBe(true)
    expect(await a.cache.get('key')).toBeUndefined()
  })

  it('keeps plugins apart, and apps by their prefix', async () => {
    const { url } = await startRedis()
    const [one, other] = [await instance({ url, prefix: 'one:' }), await instance({ url, prefix: 'other:' })]
    await one.cache.set('key', 1, { ttlMs: minute, tags: ['t'] })
    await one.shop.set('key', 2, { ttlMs: minute, tags: ['t'] })
    await other.cache.set('key', 3, { ttlMs: minute, tags: ['t'] })
    await one.cache.invalidate('t')
    expect(await Promise.all([one.cache, one.shop, other.cache].map((cache) => cache.get('key')))).toEqual([
      undefined,
      2,
      3,
    ])
  })

  it('leaves nothing without an end in the server', async () => {
    const server = await startRedis()
    const { cache } = await instance({ url: server.url })
    await cache.set('a', 1, { ttlMs: minute, tags: ['t'] })
    await cache.remember('b', minute, () => 2, { tags: ['u'] })
    await cache.remember('c', minute, () => undefined, { tags: ['u'] })
    const keys = server.command('KEYS', '*').split('\n')
    expect(keys.toSorted()).toEqual(
      ['tag:t', 'tag:u', 'value:a', 'value:b'].map((key) => `test:{desk}:${key}`),
    )
    for (const key of keys) expect(Number(server.command('PTTL', key))).toBeGreaterThan(minute / 2)
  })

  it('forgets all of a tag on every instance, also what is written after by a load that began before', async () => {
    const { url } = await startRedis()
    const [a, b] = [await instance({ url }), await instance({ url })]
    await a.cache.set('x', 1, { ttlMs: minute, tags: ['t', 'u'] })
    await a.cache.set('y', 2, { ttlMs: minute, tags: ['u'] })
    const load = vi.fn(async () => {
      await b.cache.invalidate('t')
      return 3
    })
    expect(await a.cache.remember('z', minute, load, { tags: ['t'] })).toBe(3)
    expect(await Promise.all(['x', 'y', 'z'].map((key) => b.cache.get(key)))).toEqual([
      undefined,
      2,
      undefined,
    ])
  })

  it('does not bring values back when the server has lost their tags', async () => {
    const server = await startRedis()
    const { cache } = await instance({ url: server.url })
    await cache.set('old', 1, { ttlMs: minute, tags: ['t'] })
    server.command('DEL', 'test:{desk}:tag:t')
    await cache.set('new', 2, { ttlMs: minute, tags: ['t'] })
    expect([await cache.get('old'), await cache.get('new')]).toEqual([undefined, 2])
  })

  it('keeps nothing that another instance deleted while it was loaded', async () => {
    const { url } = await startRedis()
    const [a, b] = [await instance({ url }), await instance({ url })]
    const load = async () => {
      await b.cache.delete('key')
      return 'old'
    }
    expect(await a.cache.remember('key', minute, load)).toBe('old')
    expect(await b.cache.get('key')).toBeUndefined()
  })

  it('loads once for 1,000 misses at the same time on 4 instances', async () => {
    const { url } = await startRedis()
    const instances = await Promise.all(
      Array.from({ length: 4 }, () => instance({ url, timeLimitMs: 5_000 })),
    )
    const load = vi.fn(() => delay(200, 'loaded'))
    const asked = Array.from({ length: 1_000 }, (_, at) =>
      instances[at % 4]!.cache.remember('key', minute, load, { tags: ['t'] }),
    )
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['loaded']))
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('works in a cluster', async () => {
    const server = await startRedis(['--cluster-enabled', 'yes'])
    server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await vi.waitFor(() => expect(server.command('CLUSTER', 'INFO')).toContain('cluster_state:ok'), 10_000)
    const { cache, app } = await instance({ url: server.url, cluster: true })
    expect(await cache.remember('key', minute, () => 1, { tags: ['t', 'u'] })).toBe(1)
    expect(await cache.get('key')).toBe(1)
    expect(await cache.invalidate('u')).toBe(true)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.set('key', 2, { ttlMs: minute, tags: ['t'] })).toBe(true)
    expect(await cache.get('key')).toBe(2)
    await app.stop()
  })
})
