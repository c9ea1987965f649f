import { describe, expect, it, vi } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { Cache, CacheStore, definePlugin, type CacheClaim } from '../../src/index.ts'
import { testApp } from '../../src/testing.ts'
import { deferred } from '../deferred.ts'

const minute = 60_000

/** A store in memory that instances of an app share; the returned calls can be replaced to make them fail. */
function sharedStore() {
  const texts = new Map<string, string>()
  const claims = new Map<string, symbol>()
  const nameOf = ({ namespace, key }: { namespace: string; key: string }) => `${namespace}/${key}`
  return {
    name: 'shared',
    timeLimitMs: 100,
    read: vi.fn<CacheStore['read']>(async (entry) => texts.get(nameOf(entry))),
    write: vi.fn<CacheStore['write']>(async (entry, text) => {
      texts.set(nameOf(entry), text)
      claims.delete(nameOf(entry))
    }),
    delete: vi.fn<CacheStore['delete']>(async (entry) => {
      texts.delete(nameOf(entry))
      claims.delete(nameOf(entry))
    }),
    invalidate: vi.fn<CacheStore['invalidate']>(async () => texts.clear()),
    claim: vi.fn<CacheStore['claim']>(async (entry): Promise<CacheClaim | undefined> => {
      const name = nameOf(entry)
      if (claims.has(name)) return undefined
      const mine = Symbol(name)
      claims.set(name, mine)
      const end = () => claims.get(name) === mine && claims.delete(name)
      return {
        keep: async (text) => void (end() && texts.set(name, text)),
        release: async () => void end(),
      }
    }),
  } satisfies CacheStore
}

/** One instance of an app on the store. The plugin that uses the cache comes first in the config. */
async function instance(store: CacheStore) {
  let cache!: Cache
  const desk = definePlugin({
    name: 'desk',
    freeda: '^1.0.0',
    needs: { cache: Cache },
    setup: ({ needs }) => void (cache = needs.cache),
  })
  const provider = definePlugin({
    name: 'shared-cache',
    freeda: '^1.0.0',
    provides: { store: CacheStore },
    setup: () => ({ store }),
  })
  const app = await testApp({ plugins: [desk(), provider()] })
  return { app, cache, logs: () => app.logs.map(({ msg }) => String(msg)) }
}

const down = () => Promise.reject(new Error('connection refused'))
const hanging = () => new Promise<never>(() => {})

describe('caches on a store that instances share', () => {
  it('see what others wrote, in values of every kind', async () => {
    const store = sharedStore()
    const [a, b] = [await instance(store), await instance(store)]
    const value = { at: new Date(0), n: 12n, list: [null, 'x'] }
    await a.cache.set('key', value, { ttlMs: minute })
    expect(await b.cache.get('key')).toEqual(value)
    expect(Object.isFrozen(await b.cache.get('key'))).toBe(true)
    await b.cache.delete('key')
    expect(await a.cache.get('key')).toBeUndefined()
  })

  it('load once for 1,000 misses on 4 instances', async () => {
    const store = sharedStore()
    const instances = await Promise.all(Array.from({ length: 4 }, () => instance(store)))
    const load = vi.fn(() => delay(50, 'loaded'))
    const asked = Array.from({ length: 1_000 }, (_, at) =>
      instances[at % 4]!.cache.remember('a', minute, load),
    )
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['loaded']))
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('let the next instance load when a load failed', async () => {
    const store = sharedStore()
    const [a, b] = [await instance(store), await instance(store)]
    const failing = deferred<string>()
    const first = a.cache.remember('a', minute, () => failing.promise)
    await vi.waitFor(() => expect(store.claim).toHaveBeenCalled())
    const second = b.cache.remember('a', minute, () => 'second')
    failing.reject(new Error('no'))
    await expect(first).rejects.toThrow('no')
    expect(await second).toBe('second')
    expect(await a.cache.get('a')).toBe('second')
  })

  it('load themselves when another instance takes too long, without writing over it', async () => {
    const store = sharedStore()
    const [a, b] = [await instance(store), await instance(store)]
    const slow = deferred<string>()
    const first = a.cache.remember('a', minute, () => slow.promise)
    await vi.waitFor(() => expect(store.claim).toHaveBeenCalled())
    expect(await b.cache.remember('a', minute, () => 'own')).toBe('own')
    slow.resolve('slow')
    expect(await first).toBe('slow')
    expect(await b.cache.get('a')).toBe('slow')
  })

  it('keep nothing that another instance deleted while it was loaded', async () => {
    const store = sharedStore()
    const [a, b] = [await instance(store), await instance(store)]
    const old = deferred<string>()
    const load = vi.fn(() => old.promise)
    const first = a.cache.remember('a', minute, load)
    await vi.waitFor(() => expect(load).toHaveBeenCalled())
    await b.cache.delete('a')
    old.resolve('old')
    expect(await first).toBe('old')
    expect(await b.cache.get('a')).toBeUndefined()
  })
})

describe('a cache store that fails', () => {
  it('is a miss, says so once, and is asked again after a while', async () => {
    const store = sharedStore()
    const { cache, logs } = await instance(store)
    await cache.set('a', 1, { ttlMs: minute })
    const read = store.read.getMockImplementation()!
    store.read.mockImplementation(down)
    for (let i = 0; i < 10; i++) expect(await cache.get('a')).toBeUndefined()
    expect(store.read).toHaveBeenCalledTimes(3)
    expect(
      logs().filter((line) => line.includes('reads of the cache store shared keep failing')),
    ).toHaveLength(1)
    store.read.mockImplementation(read)
    await vi.waitFor(async () => expect(await cache.get('a')).toBe(1), { timeout: 10_000 })
    expect(logs()).toContain('reads of the cache store shared work again')
  })

  it('never fails a request: remember loads, and those who write are told', async () => {
    const store = sharedStore()
    const { cache } = await instance(store)
    for (const call of ['read', 'write', 'delete', 'invalidate', 'claim'] as const)
      store[call].mockImplementation(down)
    for (let i = 0; i < 5; i++) {
      expect(await cache.remember('a', minute, () => i)).toBe(i)
      expect(await cache.set('a', 1, { ttlMs: minute })).toBe(false)
      expect(await cache.delete('a')).toBe(false)
      expect(await cache.invalidate('t')).toBe(false)
    }
  })

  it('that hangs is waited for as long as it says, and not at all once the circuit is open', async () => {
    const store = sharedStore()
    const { cache } = await instance(store)
    store.read.mockImplementation(hanging)
    const beganAt = performance.now()
    for (let i = 0; i < 3; i++) expect(await cache.get('a')).toBeUndefined()
    expect(performance.now() - beganAt).toBeGreaterThan(290)
    for (let i = 0; i < 1_000; i++) await cache.get('a')
    // One a second may ask again.
    expect(store.read.mock.calls.length).toBeLessThan(20)
  })

  it('that cannot be written to is still read and deleted from', async () => {
    const store = sharedStore()
    const { cache } = await instance(store)
    await cache.set('a', 1, { ttlMs: minute })
    store.write.mockImplementation(down)
    store.claim.mockImplementation(down)
    for (let i = 0; i < 5; i++) {
      expect(await cache.set('b', 1, { ttlMs: minute })).toBe(false)
      expect(await cache.remember('c', minute, () => 3)).toBe(3)
    }
    expect(await cache.get('a')).toBe(1)
    expect(await cache.delete('a')).toBe(true)
  })

  it('that gives what nobody wrote is a miss', async () => {
    const store = sharedStore()
    const { cache } = await instance(store)
    store.read.mockImplementation(async () => '{"half":')
    expect(await cache.remember('a', minute, () => 'loaded')).toBe('loaded')
  })
})
