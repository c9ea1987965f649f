import { once } from 'node:events'
import { WebSocket } from 'ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { collection, definePlugin, httpProblem, start, type PluginRouter } from '../../src/index.ts'
import { testApp, type TestApp, type TestAppOptions } from '../../src/testing.ts'
import { gate } from '../http/serve.ts'
import { readMetrics, valueOf } from './read-metrics.ts'

async function app(options: TestAppOptions): Promise<TestApp> {
  const made = await testApp({ metrics: true, ...options })
  onTestFinished(() => made.stop())
  return made
}

const routes = (define: (router: PluginRouter) => unknown) =>
  definePlugin({ name: 'items', freeda: '^1.0.0', setup: ({ router }) => void define(router) })()

const answer = (text: string) => (ctx: { body: unknown }) => {
  ctx.body = text
}

const read = async (of: TestApp) => readMetrics(await (await of.request('/metrics')).text())

describe('requests', () => {
  it('are counted and timed by method, route and status', async () => {
    const it = await app({
      plugins: [
        routes((router) => {
          router.get('/:id', answer('one'))
          router.post('/', () => {
            throw httpProblem(409, { code: 'taken' })
          })
          router.get('/broken/now', () => {
            throw new Error('broken')
          })
        }),
      ],
    })
    for (const id of ['1', '2', '3']) await it.request(`/items/${id}?token=abc`)
    await it.request('/items', { method: 'POST' })
    await it.request('/items/broken/now')
    const samples = await read(it)
    const total = (method: string, route: string, status: string) =>
      valueOf(samples, 'http_requests_total', { method, route, status })
    expect(total('GET', '/items/:id', '200')).toBe(3)
    expect(total('POST', '/items', '409')).toBe(1)
    expect(total('GET', '/items/broken/now', '500')).toBe(1)
    const duration = { method: 'GET', route: '/items/:id', status: '2xx' }
    expect(valueOf(samples, 'http_request_duration_seconds_count', duration)).toBe(3)
    expect(valueOf(samples, 'http_request_duration_seconds_sum', duration)).toBeGreaterThan(0)
  })

  it('have buckets that rise up to their count', async () => {
    const it = await app({ plugins: [routes((router) => router.get('/', answer('all')))] })
    await it.request('/items')
    const buckets = (await read(it)).filter(
      ({ name, labels }) => name === 'http_request_duration_seconds_bucket' && labels['route'] === '/items',
    )
    expect(buckets.at(-1)).toMatchObject({ value: 1, labels: { le: '+Inf' } })
    const bounds = buckets.map(({ labels }) => Number(labels['le']!.replace('+Inf', 'Infinity')))
    const counts = buckets.map(({ value }) => value)
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b))
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })

  it('that match nothing share one series, whatever path and method a client makes up', async () => {
    const it = await app({ plugins: [routes((router) => router.get('/', answer('all')))] })
    for (let i = 0; i < 50; i++) await it.request(`/made/up/${i}`)
    for (const method of ['PROPFIND', 'REPORT', 'MKCOL']) await it.request('/items', { method })
    const text = await (await it.request('/metrics')).text()
    expect(text).not.toMatch(/made|PROPFIND|REPORT/)
    const samples = readMetrics(text)
    expect(
      valueOf(samples, 'http_requests_total', { method: 'GET', route: 'unmatched', status: '404' }),
    ).toBe(50)
    expect(
      samples.filter(({ name, labels }) => name === 'http_requests_total' && labels['method'] === 'OTHER'),
    ).toHaveLength(1)
  })

  it('whose client left before an answer count as 499', async () => {
    const arrived = gate()
    const slow = definePlugin({
      name: 'slow',
      freeda: '^1.0.0',
      setup: ({ router }) =>
        void router.get('/', async (ctx) => {
          arrived.open()
          await once(ctx.signal, 'abort')
        }),
    })
    const made = await start({
      config: { server: { port: 0 }, metrics: true, plugins: [slow()] },
      mode: 'test',
      environment: {},
      signals: false,
    })
    onTestFinished(() => made.stop())
    const leaving = new AbortController()
    const answer = fetch(`${made.url}/slow`, { signal: leaving.signal })
    await arrived.opened
    leaving.abort()
    await expect(answer).rejects.toThrow()
    const left = async () => {
      const samples = readMetrics(await (await fetch(`${made.url}/metrics`)).text())
      return valueOf(samples, 'http_requests_total', { method: 'GET', route: '/slow', status: '499' })
    }
    await expect.poll(left).toBe(1)
  })

  it('under way are counted while they are', async () => {
    const it = await app({ plugins: [] })
    // The one that asks.
    expect(valueOf(await read(it), 'http_requests_in_flight')).toBe(1)
  })
})

describe('an app that is overloaded', () => {
  it('still shows its metrics, and how many it refused', async () => {
    const { opened, open } = gate()
    const made = await app({
      server: { overload: { maxInFlight: 1 } },
      plugins: [
        routes((router) =>
          router.get('/', async (ctx) => {
            await opened
            ctx.body = {}
          }),
        ),
      ],
    })
    const first = made.request('/items')
    for (let i = 0; i < 3; i++) expect((await made.request('/items')).status).toBe(503)
    const samples = await read(made)
    expect(valueOf(samples, 'http_requests_shed_total')).toBe(3)
    expect(valueOf(samples, 'http_requests_in_flight')).toBe(2)
    open()
    expect((await first).status).toBe(200)
  })
})

describe('event streams and WebSockets', () => {
  async function live() {
    const made = await start({
      config: {
        server: { port: 0 },
        metrics: true,
        plugins: [
          routes((router) => {
            router.get('/events', (ctx) => void ctx.events())
            router.ws('/socket', {}, ({ socket }) => once(socket.closed, 'abort'))
          }),
        ],
      },
      mode: 'test',
      environment: {},
      signals: false,
    })
    onTestFinished(() => made.stop())
    const samples = async () => readMetrics(await (await fetch(`${made.url}/metrics`)).text())
    const count = async () => valueOf(await samples(), 'http_connections_live')
    return { made, samples, count }
  }

  it('are counted while they are open, not as requests under way, and are never timed', async () => {
    const { made, samples, count } = await live()
    const leaving = new AbortController()
    await fetch(`${made.url}/items/events`, { signal: leaving.signal })
    const socket = new WebSocket(`${made.url.replace('http', 'ws')}/items/socket`)
    await once(socket, 'open')
    expect(await count()).toBe(2)
    // The scrape itself.
    expect(valueOf(await samples(), 'http_requests_in_flight')).toBe(1)
    leaving.abort()
    socket.close()
    await expect.poll(count).toBe(0)
    const after = await samples()
    const total = (route: string, status: string) =>
      valueOf(after, 'http_requests_total', { method: 'GET', route, status })
    expect(total('/items/events', '200')).toBe(1)
    expect(total('/items/socket', '101')).toBe(1)
    const timed = { method: 'GET', route: '/items/events', status: '2xx' }
    expect(valueOf(after, 'http_request_duration_seconds_count', timed)).toBeUndefined()
  })
})

describe('storage', () => {
  const Note = z.object({ text: z.string() })
  const notes = definePlugin({
    name: 'notes',
    freeda: '^1.0.0',
    collections: { notes: collection(Note, {}) },
    setup({ router, collections, transact }) {
      router.post('/', async (ctx) => {
        const { notes } = collections
        const { id } = await notes.create({ text: 'a' }, { id: 'a' })
        await notes.get(id)
        await notes.create({ text: 'b' }, { id: 'a' }).catch(() => undefined)
        await transact([notes.op.put('c', { text: 'c' })])
        const all: unknown[] = []
        for await (const note of notes.iterate({ limit: 1 })) all.push(note)
        ctx.body = all
      })
    },
  })

  it('operations are counted by collection, operation and outcome', async () => {
    const it = await app({ plugins: [notes()] })
    expect(await (await it.request('/notes', { method: 'POST' })).json()).toHaveLength(2)
    const samples = await read(it)
    const total = (collection: string, operation: string, outcome: string) =>
      valueOf(samples, 'storage_operations_total', { collection, operation, outcome })
    expect(total('notes', 'create', 'ok')).toBe(1)
    expect(total('notes', 'create', 'conflict')).toBe(1)
    expect(total('notes', 'get', 'ok')).toBe(1)
    expect(total('notes', 'query', 'ok')).toBeGreaterThanOrEqual(2)
    expect(total('', 'transact', 'ok')).toBe(1)
    expect(
      valueOf(samples, 'storage_operation_duration_seconds_count', {
        collection: 'notes',
        operation: 'create',
      }),
    ).toBe(2)
  })

  it('works as before without metrics', async () => {
    const it = await app({ metrics: false, plugins: [notes()] })
    expect(await (await it.request('/notes', { method: 'POST' })).json()).toHaveLength(2)
    expect((await it.request('/metrics')).status).toBe(404)
  })
})

describe('/metrics', () => {
  it('tells of the process too', async () => {
    const it = await app({ plugins: [] })
    const names = new Set((await read(it)).map(({ name }) => name))
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_heap_size_used_bytes',
    ])
      expect(names).toContain(name)
  })

  it('speaks OpenMetrics to those who ask, and the text format afterwards as before', async () => {
    const it = await app({ plugins: [routes((router) => router.get('/', answer('all')))] })
    await it.request('/items')
    const before = await it.request('/metrics')
    const asked = await it.request('/metrics', {
      headers: {
        accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      },
    })
    const after = await it.request('/metrics')
    expect(before.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(asked.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    )
    const text = await asked.text()
    expect(text).toMatch(/\n# EOF\n$/)
    expect(text).toContain('# TYPE http_requests counter\nhttp_requests_total{')
    for (const response of [before, after]) {
      const plain = await response.text()
      expect(plain).toContain('# TYPE http_requests_total counter\nhttp_requests_total{')
      expect(readMetrics(plain).length).toBeGreaterThan(20)
    }
    const refused = await it.request('/metrics', {
      headers: { accept: 'application/openmetrics-text;q=0, text/plain' },
    })
    expect(refused.headers.get('content-type')).toMatch('text/plain')
  })

  it('shows no secret, and nothing of a query string', async () => {
    const it = await app({ plugins: [routes((router) => router.get('/:id', answer('x')))] })
    await it.request('/items/hunter2hunter2?key=hunter2hunter2', {
      headers: { authorization: 'Bearer hunter2hunter2' },
    })
    expect(await (await it.request('/metrics')).text()).not.toContain('hunter2')
  })
})
