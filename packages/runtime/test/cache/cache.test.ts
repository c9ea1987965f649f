import { afterEach, describe, expect, it, vi } from 'vitest'
import { Cache, definePlugin, optional, service } from '../../src/index.ts'
import { fake, testApp, type TestAppOptions } from '../../src/testing.ts'
import { deferred } from '../deferred.ts'
import { readMetrics, valueOf } from '../observability/read-metrics.ts'

const minute = 60_000

/** An app whose plugins `names` have a cache each. */
async function caches<const N extends string>(names: readonly N[], options: Partial<TestAppOptions> = {}) {
  const found = {} as Record<N, Cache>
  const plugins = names.map((name) =>
    definePlugin({
      name,
      freeda: '^1.0.0',
      needs: { cache: Cache },
      setup: ({ needs }) => void (found[name] = needs.cache),
    })(),
  )
  return { app: await testApp({ plugins, ...options }), ...found }
}

afterEach(() => vi.useRealTimers())

describe('a cache in memory', () => {
  it('gives back what was set, until it is deleted', async () => {
    const { notes: cache } = await caches(['notes'])
    expect(await cache.get('a')).toBeUndefined()
    expect(await cache.set('a', { text: 'Hello', gone: undefined }, { ttlMs: minute })).toBe(true)
    expect(await cache.get('a')).toEqual({ text: 'Hello' })
    expect(await cache.delete('a')).toBe(true)
    expect(await cache.get('a')).toBeUndefined()
  })

  it.each([
    ['null', null],
    ['0', 0],
    ['an empty text', ''],
    ['false', false],
    ['a bigint', 12n],
    ['a date', new Date(5)],
    ['bytes', new Uint8Array([1, 2])],
    ['a list', [1, { a: new Date(7) }]],
    ['what looks like a date', { $date: 'not one' }],
  ])('keeps %s as a collection would', async (_, value) => {
    const { notes: cache } = await caches(['notes'])
    await cache.set('a', value, { ttlMs: minute })
    expect(await cache.get('a')).toStrictEqual(value)
  })

  it('cannot be changed through what it gave or got', async () => {
    const { notes: cache } = await caches(['notes'])
    const given = { list: [1], at: new Date(0) }
    await cache.set('a', given, { ttlMs: minute })
    given.list.push(2)
    const read = (await cache.get<typeof given>('a'))!
    expect(() => read.list.push(3)).toThrow(TypeError)
    read.at.setFullYear(2000)
    expect(await cache.get('a')).toEqual({ list: [1], at: new Date(0) })
  })

  it('keeps the keys and tags of plugins apart', async () => {
    const { a, b } = await caches(['a', 'b'])
    await a.set('key', 1, { ttlMs: minute, tags: ['t'] })
    await b.set('key', 2, { ttlMs: minute, tags: ['t'] })
    await a.invalidate('t')
    await a.delete('key')
    expect([await a.get('key'), await b.get('key')]).toEqual([undefined, 2])
  })

  it('forgets all of a tag, and nothing else', async () => {
    const { notes: cache } = await caches(['notes'])
    await cache.set('a', 1, { ttlMs: minute, tags: ['x', 'y'] })
    await cache.set('b', 2, { ttlMs: minute, tags: ['y'] })
    await cache.set('c', 3, { ttlMs: minute, tags: ['x'] })
    await cache.set('c', 4, { ttlMs: minute })
    await cache.invalidate('x')
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([undefined, 2, 4])
  })

  it('serves nothing past its time, and ends values of one time apart', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    // The library takes a beginning at 0, which no process sees, for none.
    vi.advanceTimersByTime(1)
    const { notes: cache } = await caches(['notes'])
    const keys = Array.from({ length: 100 }, (_, at) => `k${at}`)
    for (const key of keys) await cache.set(key, 1, { ttlMs: 10_000 })
    const left = async () => (await Promise.all(keys.map((key) => cache.get(key)))).filter(Boolean).length
    vi.advanceTimersByTime(8_900)
    expect(await left()).toBe(100)
    vi.advanceTimersByTime(600)
    const middle = await left()
    expect(middle).toBeGreaterThan(5)
    expect(middle).toBeLessThan(95)
    vi.advanceTimersByTime(501)
    expect(await left()).toBe(0)
  })

  it('takes no more memory than it may, and lets go of what was not used for longest', async () => {
    const { notes: cache } = await caches(['notes'], { cache: { maxBytes: 100_000 } })
    const text = 'x'.repeat(10_000)
    for (const key of ['a', 'b', 'c', 'd']) await cache.set(key, text, { ttlMs: minute })
    await cache.get('a')
    await cache.set('e', text, { ttlMs: minute })
    expect(await cache.get('a')).toBe(text)
    expect(await cache.get('b')).toBeUndefined()
  })

  it.each([
    [3, 10],
    [16, 100],
  ])('counts tags as memory: %i of %i letters', async (count, length) => {
    const { notes: cache } = await caches(['notes'], { cache: { maxBytes: 100_000 } })
    const entries = 400
    for (let n = 0; n < entries; n++) {
      const tags = Array.from({ length: count }, (_, at) => `${n} ${at} `.padEnd(length, 'x'))
      await cache.set(`k${n}`, n, { ttlMs: minute, tags })
    }
    let kept = 0
    for (let n = 0; n < entries; n++) if ((await cache.get(`k${n}`)) !== undefined) kept++
    // What a tag takes at the least: its text, a set with one key, and its places in both.
    expect(kept).toBeLessThan(100_000 / (count * (200 + length)))
    expect(kept).toBeGreaterThan(5)
  })

  it('keeps to the tags that it was given, whatever becomes of their list', async () => {
    const { notes: cache } = await caches(['notes'])
    const tags = ['x']
    await cache.set('a', 1, { ttlMs: minute, tags })
    tags[0] = 'y'
    await cache.set('a', 2, { ttlMs: minute })
    await cache.invalidate('x')
    expect(await cache.get('a')).toBe(2)
    const loaded = deferred<number>()
    const loading = cache.remember('b', minute, () => loaded.promise, { tags })
    tags[0] = 'z'
    await cache.invalidate('y')
    loaded.resolve(1)
    await loading
    expect(await cache.get('b')).toBeUndefined()
  })

  it('does not keep a value that is too large, says so once, and gives it to those who asked', async () => {
    const { app, notes: cache } = await caches(['notes'], { cache: { maxValueBytes: 10 } })
    expect(await cache.set('a', 'x'.repeat(9), { ttlMs: minute })).toBe(false)
    expect(await cache.remember('b', minute, () => 'y'.repeat(9))).toBe('y'.repeat(9))
    const many = Array.from({ length: 500_000 }, () => 0)
    expect(await cache.remember('c', minute, () => many)).toBe(many)
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(app.logs.filter(({ msg }) => String(msg).includes('too large'))).toHaveLength(1)
  })

  it.each([
    ['an empty key', (cache: Cache) => cache.get('')],
    ['a key that is too long', (cache: Cache) => cache.get('é'.repeat(257))],
    ['a broken key', (cache: Cache) => cache.delete('\ud800')],
    ['an empty tag', (cache: Cache) => cache.invalidate('')],
    ['no time', (cache: Cache) => cache.set('a', 1, { ttlMs: 0 })],
    ['time without end', (cache: Cache) => cache.remember('a', Infinity, () => 1)],
    [
      'too many tags',
      (cache: Cache) => cache.set('a', 1, { ttlMs: 1, tags: Array(17).fill('t') as string[] }),
    ],
    ['undefined', (cache: Cache) => cache.set('a', undefined, { ttlMs: 1 })],
    ['a function', (cache: Cache) => cache.set('a', { f: () => 1 }, { ttlMs: 1 })],
    ['what load gives, when it is no data', (cache: Cache) => cache.remember('a', 1, () => new Map())],
  ])('refuses %s', async (_, call) => {
    const { notes } = await caches(['notes'])
    await expect(call(notes)).rejects.toMatchObject({ code: 'FREEDA_VALIDATION' })
  })
})

describe('remember', () => {
  it('loads once for all who ask at the same time, and then not again', async () => {
    const { notes: cache } = await caches(['notes'])
    const loaded = deferred<{ n: number }>()
    const load = vi.fn(() => loaded.promise)
    const asked = Array.from({ length: 1_000 }, () => cache.remember('a', minute, load))
    loaded.resolve({ n: 1 })
    expect(new Set(await Promise.all(asked)).size).toBe(1)
    expect(await cache.remember('a', minute, load)).toEqual({ n: 1 })
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('throws what load throws to all who wait, and tries again for the next', async () => {
    const { notes: cache } = await caches(['notes'])
    const failing = () => Promise.reject(new Error('no statistics'))
    const asked = await Promise.allSettled([
      cache.remember('a', minute, failing),
      cache.remember('a', minute, failing),
    ])
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await cache.remember('a', minute, () => 2)).toBe(2)
  })

  it('never keeps undefined, and keeps null', async () => {
    const { notes: cache } = await caches(['notes'])
    const load = vi.fn((): null | undefined => undefined)
    expect(await cache.remember('a', minute, load)).toBeUndefined()
    load.mockReturnValue(null)
    expect(await cache.remember('a', minute, load)).toBeNull()
    expect(await cache.remember('a', minute, load)).toBeNull()
    expect(load).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['deleted', (cache: Cache) => cache.delete('a')],
    ['invalidated', (cache: Cache) => cache.invalidate('t')],
  ])(
    'keeps nothing that was %s while it was loaded, and gives later callers what is new',
    async (_, change) => {
      const { notes: cache } = await caches(['notes'])
      const old = deferred<string>()
      const first = cache.remember('a', minute, () => old.promise, { tags: ['t'] })
      await change(cache)
      const second = cache.remember('a', minute, () => 'new', { tags: ['t'] })
      expect(await second).toBe('new')
      old.resolve('old')
      expect(await first).toBe('old')
      expect(await cache.get('a')).toBe('new')
    },
  )

  it('keeps what was set while it was loaded', async () => {
    const { notes: cache } = await caches(['notes'])
    const old = deferred<string>()
    const first = cache.remember('a', minute, () => old.promise)
    await cache.set('a', 'set', { ttlMs: minute })
    old.resolve('old')
    await first
    expect(await cache.get('a')).toBe('set')
  })

  it('does not wait for a load that hangs when 30 seconds have passed', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const { notes: cache } = await caches(['notes'])
    void cache.remember('a', minute, () => new Promise(() => {}))
    vi.advanceTimersByTime(30_000)
    expect(await cache.remember('a', minute, () => 'second')).toBe('second')
    expect(await cache.get('a')).toBe('second')
  })

  it.each([
    ['deleted', (cache: Cache) => cache.delete('a')],
    ['invalidated', (cache: Cache) => cache.invalidate('t')],
  ])('keeps nothing of a load that was not waited for any more when its key was %s', async (_, change) => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const { notes: cache } = await caches(['notes'])
    const tags = ['t']
    const old = deferred<string>()
    const first = cache.remember('a', minute, () => old.promise, { tags })
    vi.advanceTimersByTime(30_000)
    expect(await cache.remember('a', minute, () => 'second', { tags })).toBe('second')
    await change(cache)
    old.resolve('old')
    expect(await first).toBe('old')
    expect(await cache.get('a')).toBeUndefined()
  })
})

describe('the token Cache', () => {
  it('is met by the runtime, also when optional, and can be faked', async () => {
    const seen: unknown[] = []
    const plugin = definePlugin({
      name: 'p',
      freeda: '^1.0.0',
      needs: { cache: optional(Cache) },
      setup: ({ needs }) => void seen.push(needs.cache),
    })
    await testApp({ plugins: [plugin()] })
    const stand = {} as Cache
    await testApp({ plugins: [plugin()], override: [fake(Cache, stand)] })
    expect(seen[0]).toBeDefined()
    expect(seen[1]).toBe(stand)
  })

  it('cannot be provided by a plugin', async () => {
    const plugin = definePlugin({
      name: 'p',
      freeda: '^1.0.0',
      provides: { cache: service<Cache>('freeda.cache') },
      setup: () => ({ cache: {} as Cache }),
    })
    await expect(testApp({ plugins: [plugin()] })).rejects.toThrow("which is the runtime's own")
  })

  it('counts by plugin and outcome', async () => {
    const { app, desk } = await caches(['desk'], { metrics: true })
    await desk.remember('a', minute, () => 1)
    await desk.get('a')
    await desk.get('a')
    await desk.delete('a')
    await desk.remember('a', minute, () => Promise.reject(new Error('x'))).catch(() => {})
    const samples = readMetrics(await (await app.request('/metrics')).text())
    const count = (name: string, outcome: string) => valueOf(samples, name, { plugin: 'desk', outcome })
    expect(count('cache_reads_total', 'hit')).toBe(2)
    expect(count('cache_reads_total', 'miss')).toBe(2)
    expect(count('cache_writes_total', 'ok')).toBe(1)
    expect(count('cache_deletions_total', 'ok')).toBe(1)
    expect(count('cache_loads_total', 'ok')).toBe(1)
    expect(count('cache_loads_total', 'error')).toBe(1)
  })
})
