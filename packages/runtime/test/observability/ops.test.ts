import { inject } from 'light-my-request'
import { Writable } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { definePlugin, start, type App, type FreedaConfig, type Mode } from '../../src/index.ts'
import { createHttp } from '../../src/http/create-http.ts'
import { opsRoutes } from '../../src/lifecycle/ops-routes.ts'
import { logLevelControl } from '../../src/observability/log-level.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import { defaults, logger, until } from '../http/serve.ts'

const token = 'a-token-of-16-characters'
const bearer = { authorization: `Bearer ${token}` }
const json = { 'content-type': 'application/json' }

interface Settings {
  readonly mode?: Mode
  readonly environment?: Record<string, string>
  readonly lines?: Record<string, unknown>[]
}

async function started(
  config: FreedaConfig,
  { mode = 'test', environment = {}, lines = [] }: Settings = {},
): Promise<App> {
  const logTo = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      lines.push(JSON.parse(line) as Record<string, unknown>)
      done()
    },
  })
  const app = await start({
    config: { ...config, server: { port: 0, host: '127.0.0.1', drain: 0 } },
    mode,
    environment,
    signals: false,
    logTo,
  })
  onTestFinished(() => app.stop().catch(() => {}))
  return app
}

const problems = (promise: Promise<unknown>) =>
  promise.then(
    () => 'started',
    (error: Error) => error.message,
  )

describe('in production', () => {
  it.each([true, {}, { path: '/internal' }])(
    'metrics without a guard are a config error: %j',
    async (metrics) => {
      expect(await problems(started({ metrics }, { mode: 'production' }))).toMatch(
        /FREEDA|metrics.*in production metrics need a `port`.*`token/s,
      )
    },
  )

  it.each([{ port: 0, host: '127.0.0.1' }, { token }, { path: false as const, emf: { namespace: 'x' } }])(
    'they start with %j',
    async (metrics) => {
      expect((await started({ metrics }, { mode: 'production' })).state).toBe('ready')
    },
  )
})

describe('a config of metrics', () => {
  it('is checked like everything else, with a suggestion', async () => {
    expect(await problems(started({ metrics: { tokn: 'x' } as never }))).toContain('Did you mean "token"')
    expect(await problems(started({ metrics: { token: 'short' } }))).toContain('at least 16')
    expect(await problems(started({ metrics: { path: 'metrics' } }))).toContain('metrics.path')
  })
})

describe('a port for metrics', () => {
  it('serves them, and the app does not', async () => {
    const app = await started({ metrics: { port: 0 } })
    const response = await fetch(`${app.opsUrl}/metrics`)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('http_requests_in_flight 0')
    expect((await fetch(`${app.url}/metrics`)).status).toBe(404)
    expect((await fetch(`${app.url}/log-level`)).status).toBe(404)
    expect((await fetch(`${app.opsUrl}/metrics`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${app.opsUrl}/`)).status).toBe(404)
  })

  it('closes with the app', async () => {
    const app = await started({ metrics: { port: 0 } })
    await fetch(`${app.opsUrl}/metrics`)
    await app.stop()
    await expect(fetch(`${app.opsUrl}/metrics`)).rejects.toThrow()
  })

  it('that is taken stops the boot and what ran', async () => {
    const other = await started({ metrics: { port: 0 } })
    let stopped = false
    const plugin = definePlugin({
      name: 'p',
      freeda: '^1.0.0',
      setup: ({ onStop }) => onStop(() => (stopped = true)),
    })
    const port = Number(new URL(other.opsUrl!).port)
    await expect(started({ metrics: { port }, plugins: [plugin()] })).rejects.toMatchObject({
      code: 'FREEDA_LISTEN',
    })
    expect(stopped).toBe(true)
  })

  it('asks for the token too when there is one', async () => {
    const app = await started({ metrics: { port: 0, token } })
    expect((await fetch(`${app.opsUrl}/metrics`)).status).toBe(401)
    expect((await fetch(`${app.opsUrl}/metrics`, { headers: bearer })).status).toBe(200)
  })
})

describe('metrics behind a token', () => {
  it.each([
    ['no token', {}],
    ['another one', { authorization: 'Bearer another-token-of-that-length' }],
    ['a part of it', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['another scheme', { authorization: `Basic ${token}` }],
  ])('are not for those with %s', async (_, headers) => {
    const lines: Record<string, unknown>[] = []
    const app = await started({ metrics: { token }, log: { level: 'info' } }, { mode: 'production', lines })
    for (const [method, path] of [
      ['GET', '/metrics'],
      ['GET', '/log-level'],
      ['PUT', '/log-level'],
    ] as const) {
      const response = await fetch(`${app.url}${path}`, {
        method,
        headers: { ...json, ...headers },
        ...(method === 'PUT' ? { body: '{"level":"trace"}' } : {}),
      })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(await response.json()).toMatchObject({ code: 'unauthorized' })
    }
    expect(app.log.level).toBe('info')
    expect(JSON.stringify(lines)).not.toContain(token.slice(0, -1))
  })

  it('are for those who have it', async () => {
    const app = await started({ metrics: { token, path: '/internal/metrics' } }, { mode: 'production' })
    const response = await fetch(`${app.url}/internal/metrics`, { headers: bearer })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})

describe('the log level', () => {
  const put = (url: string, body: unknown, headers: Record<string, string> = bearer) =>
    fetch(`${url}/log-level`, { method: 'PUT', headers: { ...json, ...headers }, body: JSON.stringify(body) })

  it('can be changed while the app runs, for a while, for plugins and requests too', async () => {
    const lines: Record<string, unknown>[] = []
    const talkative = definePlugin({
      name: 'talk',
      freeda: '^1.0.0',
      setup: ({ router, log }) =>
        void router.get('/', (ctx) => {
          log.debug('from the plugin')
          ctx.log.debug('from the request')
          ctx.body = ''
        }),
    })
    const app = await started(
      { metrics: { token }, log: { level: 'info' }, plugins: [talkative()] },
      { lines },
    )
    const debugged = () => lines.filter(({ level }) => level === 'debug').map(({ msg }) => msg)
    await fetch(`${app.url}/talk`)
    expect(debugged()).toEqual([])
    const answer = await put(app.url, { level: 'debug', for: '100ms' })
    expect(await answer.json()).toMatchObject({ level: 'debug', reverts: { to: 'info' } })
    await fetch(`${app.url}/talk`)
    expect(debugged()).toEqual(['from the plugin', 'from the request'])
    await until(() => app.log.level === 'info')
    expect(await (await fetch(`${app.url}/log-level`, { headers: bearer })).json()).toEqual({ level: 'info' })
    expect(lines.filter(({ msg }) => msg === 'log level changed')).toHaveLength(2)
  })

  it('can be set on the app', async () => {
    const app = await started({ log: { level: 'info' } })
    app.log.level = 'error'
    expect(app.log.child({}).isLevelEnabled('info')).toBe(false)
  })

  it.each([{}, { level: 'loud' }, { level: 'info', for: 'ever' }, { level: 'info', until: 'x' }, []])(
    'is refused when it is none: %j',
    async (body) => {
      const app = await started({ metrics: { token }, log: { level: 'warn' } })
      expect((await put(app.url, body)).status).toBe(422)
      expect(app.log.level).toBe('warn')
    },
  )

  it('cannot be changed by a page that a browser shows', async () => {
    const app = await started({ metrics: { port: 0 }, log: { level: 'warn' } })
    const simple = await fetch(`${app.opsUrl}/log-level`, {
      method: 'PUT',
      headers: { 'content-type': 'text/plain' },
      body: '{"level":"trace"}',
    })
    expect(simple.status).toBe(415)
    expect(app.log.level).toBe('warn')
  })

  it('needs no token from this machine on a port of its own', async () => {
    const app = await started({ metrics: { port: 0 }, log: { level: 'warn' } })
    expect((await put(app.opsUrl!, { level: 'error' }, {})).status).toBe(200)
    expect(app.log.level).toBe('error')
  })

  it.each([
    ['another machine', '10.0.0.9', {}, 403],
    ['a proxy on this one', '127.0.0.1', { 'x-forwarded-for': '10.0.0.9' }, 403],
    ['this machine', '::ffff:127.0.0.1', {}, 200],
    ['this machine', '::1', {}, 200],
  ])('without a token, is asked by %s at %s', async (_, remoteAddress, headers, status) => {
    const { log } = logger()
    const metrics = await createMetrics({
      load: () => ({ inFlight: 0, live: 0 }),
      redact: (text) => text,
      log,
    })
    const settings = { path: '/metrics', host: '0.0.0.0', port: 0 } as const
    const http = createHttp([opsRoutes(settings, metrics, logLevelControl(log))], defaults, log)
    const ask = (method: 'GET' | 'PUT', url: string, payload?: string) =>
      inject(http.handler, {
        method,
        url,
        remoteAddress,
        headers: { ...json, ...headers },
        ...(payload === undefined ? {} : { payload }),
      })
    expect((await ask('PUT', '/log-level', '{"level":"error"}')).statusCode).toBe(status)
    expect(log.level).toBe(status === 200 ? 'error' : 'debug')
    expect((await ask('GET', '/metrics')).statusCode).toBe(200)
  })

  it('comes from LOG_LEVEL unless the config says it', async () => {
    const environment = { LOG_LEVEL: 'error' }
    expect((await started({}, { environment })).log.level).toBe('error')
    expect((await started({ log: { pretty: false } }, { environment })).log.level).toBe('error')
    expect((await started({}, { environment: { LOG_LEVEL: 'WARN' } })).log.level).toBe('warn')
    expect((await started({ log: { level: 'fatal' } }, { environment })).log.level).toBe('fatal')
    expect((await started({}, { mode: 'production' })).log.level).toBe('info')
    expect(await problems(started({}, { environment: { LOG_LEVEL: 'loud' } }))).toMatch(
      /LOG_LEVEL is "loud".*trace/,
    )
  })
})
