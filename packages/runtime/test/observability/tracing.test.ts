import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { collection, definePlugin, httpProblem, secret } from '../../src/index.ts'
import { testApp, type TestAppOptions } from '../../src/testing.ts'
import { gate } from '../http/serve.ts'

const exporter = new InMemorySpanExporter()
let provider: NodeTracerProvider

function register() {
  provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  provider.register()
}

function unregister() {
  trace.disable()
  context.disable()
  propagation.disable()
  exporter.reset()
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const Note = z.object({ text: z.string() })

const notes = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  collections: { notes: collection(Note, {}) },
  setup({ router, collections, log }) {
    router.get('/:id', async (ctx) => {
      const span = trace.getTracer('app').startSpan('own work')
      await new Promise(setImmediate)
      await context.with(trace.setSpan(context.active(), span), () =>
        collections.notes.get(ctx.params['id']!),
      )
      span.end()
      await collections.notes.put('a', { text: 'a' })
      ctx.log.info('handled')
      log.debug('unrelated')
      ctx.body = {}
    })
    router.post('/', async () => {
      await collections.notes.create({ text: 'x' }, { id: 'a' })
      await collections.notes.create({ text: 'x' }, { id: 'a' })
    })
    router.post('/broken', () => {
      throw new Error('the password is hunter2hunter2')
    })
    router.post('/refused', () => {
      throw httpProblem(422, { code: 'no' })
    })
  },
})

async function app(options: Partial<TestAppOptions> = {}) {
  const made = await testApp({ plugins: [notes()], ...options })
  onTestFinished(() => made.stop())
  return made
}

const spans = () => exporter.getFinishedSpans()
const named = (name: string): ReadableSpan => {
  const found = spans().find((span) => span.name === name)
  if (found === undefined)
    throw new Error(
      `no span "${name}" among ${spans()
        .map((span) => span.name)
        .join(', ')}`,
    )
  return found
}

describe('with an OpenTelemetry SDK', () => {
  beforeEach(register)
  afterEach(unregister)

  it('a request is a server span of its route', async () => {
    const made = await app()
    await made.request('/notes/1?token=abc')
    const span = named('GET /notes/:id')
    expect(span.kind).toBe(SpanKind.SERVER)
    expect(span.parentSpanContext).toBeUndefined()
    expect(span.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/notes/:id',
      'http.response.status_code': 200,
      'url.path': '/notes/1',
      'url.scheme': 'http',
    })
    expect(span.status.code).toBe(SpanStatusCode.UNSET)
  })

  it("goes on with the caller's trace", async () => {
    const made = await app()
    await made.request('/notes/1', {
      headers: { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'vendor=x' },
    })
    const span = named('GET /notes/:id')
    expect(span.spanContext().traceId).toBe(traceId)
    expect(span.parentSpanContext).toMatchObject({ spanId, isRemote: true })
    expect(span.spanContext().traceState?.serialize()).toBe('vendor=x')
  })

  it("nests the handler's own spans, and storage in whatever is active", async () => {
    const made = await app()
    await made.request('/notes/1')
    const server = named('GET /notes/:id')
    const own = named('own work')
    const get = named('get notes')
    const put = named('put notes')
    expect(own.parentSpanContext?.spanId).toBe(server.spanContext().spanId)
    expect(get.parentSpanContext?.spanId).toBe(own.spanContext().spanId)
    expect(put.parentSpanContext?.spanId).toBe(server.spanContext().spanId)
    expect(get.kind).toBe(SpanKind.CLIENT)
    expect(get.attributes).toEqual({
      'db.system.name': 'memory',
      'db.operation.name': 'get',
      'db.collection.name': 'notes',
    })
  })

  it('keeps requests apart that run at the same time', async () => {
    const made = await app()
    await Promise.all(Array.from({ length: 20 }, (_, i) => made.request(`/notes/${i}`)))
    const servers = new Map(
      spans()
        .filter(({ kind }) => kind === SpanKind.SERVER)
        .map((span) => [span.spanContext().spanId, span.spanContext().traceId]),
    )
    expect(servers.size).toBe(20)
    const children = spans().filter(({ name }) => name === 'own work')
    expect(new Set(children.map((span) => span.parentSpanContext?.spanId)).size).toBe(20)
    for (const child of children)
      expect(servers.get(child.parentSpanContext!.spanId)).toBe(child.spanContext().traceId)
  })

  it('marks failures of the server, and no refusals', async () => {
    const made = await app()
    await made.request('/notes/broken', { method: 'POST' })
    await made.request('/notes/refused', { method: 'POST' })
    await made.request('/none')
    const broken = named('POST /notes/broken')
    expect(broken.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(broken.attributes).toMatchObject({
      'http.response.status_code': 500,
      'error.type': 'FREEDA_INTERNAL',
    })
    for (const name of ['POST /notes/refused', 'GET']) {
      expect(named(name).status.code).toBe(SpanStatusCode.UNSET)
      expect(named(name).attributes).not.toHaveProperty('error.type')
    }
  })

  it('tells how an operation of storage failed', async () => {
    const made = await app()
    await made.request('/notes', { method: 'POST' })
    const failed = spans().filter(
      ({ name, status }) => name === 'create notes' && status.code === SpanStatusCode.ERROR,
    )
    expect(failed).toHaveLength(1)
    expect(failed[0]!.attributes['error.type']).toBe('conflict')
  })

  it('shows no secret and no query string, in any attribute or event', async () => {
    const made = await app({
      plugins: [notes(), definePlugin({ name: 'p', freeda: '^1.0.0', env: { KEY: secret('KEY') } })()],
      environment: { KEY: 'hunter2hunter2' },
    })
    const headers = { authorization: 'Bearer hunter2hunter2', cookie: 'id=hunter2hunter2' }
    await made.request('/notes/hunter2hunter2?key=hunter2hunter2', { headers })
    await made.request('/notes/broken?key=hunter2hunter2', { method: 'POST', headers })
    const told = spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }))
    expect(told.length).toBeGreaterThan(3)
    expect(JSON.stringify(told)).not.toContain('hunter2')
    expect(JSON.stringify(told)).toContain('/notes/[redacted]')
  })

  it('writes the ids of the span into log lines, and keeps the request id', async () => {
    const made = await app()
    await made.request('/notes/1', {
      headers: { traceparent: `00-${traceId}-${spanId}-01`, 'x-request-id': 'mine' },
    })
    const own = named('GET /notes/:id').spanContext()
    const lines = made.logs.filter(({ msg }) => msg === 'handled' || msg === 'request')
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toMatchObject({ traceId, spanId: own.spanId, requestId: 'mine' })
  })

  it('makes no second server span where another instrumentation has one', async () => {
    const made = await app()
    const outer = trace.getTracer('http').startSpan('GET', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
    await context.with(trace.setSpan(ROOT_CONTEXT, outer), () => made.request('/notes/1'))
    outer.end()
    expect(spans().filter(({ kind }) => kind === SpanKind.SERVER)).toHaveLength(1)
    expect(named('GET /notes/:id').attributes['http.route']).toBe('/notes/:id')
  })

  it('gives an unknown method a name that nobody can make up', async () => {
    const made = await app()
    await made.request('/notes/1', { method: 'PROPFIND' })
    expect(named('HTTP').attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
      'http.response.status_code': 501,
    })
  })

  it('ends the span of a request that is refused for overload', async () => {
    const { opened, open } = gate()
    const slow = definePlugin({
      name: 'slow',
      freeda: '^1.0.0',
      setup: ({ router }) =>
        void router.get('/', async (ctx) => {
          await opened
          ctx.body = {}
        }),
    })
    const made = await app({ server: { overload: { maxInFlight: 1 } }, plugins: [slow()] })
    const first = made.request('/slow')
    await made.request('/slow')
    expect(named('GET').attributes).toMatchObject({
      'http.response.status_code': 503,
      'error.type': 'FREEDA_OVERLOADED',
    })
    open()
    await first
  })

  it('counts beside it: metrics and spans of the same operations', async () => {
    const made = await app({ metrics: true })
    await made.request('/notes/1')
    expect(named('get notes').kind).toBe(SpanKind.CLIENT)
    expect(await (await made.request('/metrics')).text()).toContain('operation="get",outcome="ok"} 1')
  })
})

describe('an SDK that a plugin registers in its setup', () => {
  afterEach(unregister)

  it('is found', async () => {
    const otel = definePlugin({ name: 'otel', freeda: '^1.0.0', setup: register })
    const made = await app({ plugins: [notes(), otel()] })
    await made.request('/notes/1')
    expect(named('get notes').parentSpanContext).toBeDefined()
  })
})

describe('without an SDK', () => {
  it('there is no span, and the API sees none', async () => {
    let seen: unknown = 'not called'
    const plugin = definePlugin({
      name: 'p',
      freeda: '^1.0.0',
      setup: ({ router }) =>
        void router.get('/', (ctx) => {
          seen = trace.getActiveSpan()
          ctx.body = ''
        }),
    })
    const made = await app({ plugins: [plugin()] })
    await made.request('/p')
    expect(seen).toBeUndefined()
    expect(spans()).toEqual([])
  })
})
