import { definePlugin } from '@freeda/runtime'
import { testApp, type TestApp } from '@freeda/runtime/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { health } from '../src/index.ts'

type Check = (context: { signal: AbortSignal }) => unknown

const checked = (name: string, check: Check, options: { critical?: boolean; timeoutMs?: number } = {}) =>
  definePlugin({
    name,
    freeda: '^1.0.0',
    setup({ health: registrar }) {
      registrar.ready(`${name} check`, check, options)
    },
  })()

async function appWith(...plugins: ReturnType<typeof checked>[]): Promise<TestApp> {
  const app = await testApp({ name: 'desk', version: '1.2.3', plugins: [health(), ...plugins] })
  onTestFinished(() => app.stop())
  return app
}

const failing = checked('broken', () => {
  throw new Error('connect ECONNREFUSED 10.0.0.7')
})

describe('/health', () => {
  it('tells people name, version, uptime, and the state of every plugin and check', async () => {
    const app = await appWith(checked('fine', () => {}))
    const response = await app.request('/health')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      status: 'ok',
      name: 'desk',
      version: '1.2.3',
      state: 'ready',
      uptimeSeconds: expect.any(Number),
      plugins: ['storage-memory', 'health', 'fine'].map((name) => ({ name, critical: true, state: 'ready' })),
      checks: [
        { name: 'fine check', plugin: 'fine', critical: true, ok: true, durationMs: expect.any(Number) },
      ],
    })
  })

  it('tells which commit runs, where the deployment says it', async () => {
    const app = await testApp({ plugins: [health()], environment: { GIT_SHA: '3f2c1ab' } })
    onTestFinished(() => app.stop())
    expect(await (await app.request('/health')).json()).toMatchObject({ commit: '3f2c1ab' })
  })

  it('answers 503 with the reason when the app is not ready', async () => {
    const response = await (await appWith(failing)).request('/health')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({
      status: 'unavailable',
      checks: [{ name: 'broken check', ok: false, error: 'connect ECONNREFUSED 10.0.0.7' }],
    })
  })

  it('keeps reasons to itself when told to', async () => {
    const app = await testApp({ plugins: [health({ details: false }), failing] })
    onTestFinished(() => app.stop())
    expect(await (await app.request('/health')).text()).not.toContain('10.0.0.7')
  })

  it('shows a plugin that may fail and did, and stays green', async () => {
    const optional = definePlugin({
      name: 'optional',
      freeda: '^1.0.0',
      critical: false,
      setup() {
        throw new Error('not today')
      },
    })
    const response = await (await appWith(optional())).request('/health')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      plugins: expect.arrayContaining([expect.objectContaining({ name: 'optional', state: 'failed' })]),
    })
  })
})

describe('/health/ready', () => {
  it('is 200 when every critical check passes, and names those that are degraded', async () => {
    const app = await appWith(
      checked('fine', () => {}),
      checked('cache', () => Promise.reject(new Error('cold')), { critical: false }),
    )
    const response = await app.request('/health/ready')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ status: 'ready', failing: [], degraded: ['cache check'] })
  })

  it('is 503 with the names of the failing checks, and without their reasons', async () => {
    const response = await (await appWith(failing)).request('/health/ready')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'unavailable', failing: ['broken check'], degraded: [] })
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('answers within the deadline when a check hangs', async () => {
    let aborted = false
    const app = await appWith(
      checked(
        'hung',
        ({ signal }) => new Promise(() => signal.addEventListener('abort', () => (aborted = true))),
        { timeoutMs: 30 },
      ),
    )
    const response = await app.request('/health/ready')
    expect([response.status, aborted]).toEqual([503, true])
  })

  it('is 503 while the app drains', async () => {
    let ready: Promise<Response> | undefined
    const watcher = definePlugin({
      name: 'watcher',
      freeda: '^1.0.0',
      setup({ onStop }) {
        onStop(async () => {
          ready = app.request('/health/ready')
          await ready
        })
      },
    })
    const app = await testApp({ plugins: [health(), watcher()] })
    await app.stop()
    expect((await ready!).status).toBe(503)
    expect(await (await ready!).json()).toMatchObject({ status: 'draining' })
  })
})

describe('/health/live', () => {
  it('never looks at a dependency', async () => {
    let looked = false
    const app = await appWith(checked('hung', () => new Promise(() => (looked = true))))
    const response = await app.request('/health/live')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ status: 'alive' })
    expect(looked).toBe(false)
  })
})

it('can stand under another path', async () => {
  const app = await testApp({ plugins: [health({}, { prefix: '/internal' })] })
  onTestFinished(() => app.stop())
  expect((await app.request('/internal/live')).status).toBe(200)
  expect((await app.request('/health/live')).status).toBe(404)
})
