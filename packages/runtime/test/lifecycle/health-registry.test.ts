import { afterEach, describe, expect, it, vi } from 'vitest'
import { healthRegistry } from '../../src/lifecycle/health-registry.ts'

const app = { name: 'desk', version: '1.0.0' }
const plugin = { name: 'mail', critical: true }

function ready() {
  const registry = healthRegistry(app)
  registry.setState('ready')
  return registry
}

afterEach(() => {
  vi.useRealTimers()
})

describe('readiness', () => {
  it('is red until the app is ready, and while it drains', async () => {
    const registry = healthRegistry(app)
    expect((await registry.readiness()).ok).toBe(false)
    registry.setState('ready')
    expect((await registry.readiness()).ok).toBe(true)
    registry.setState('draining')
    expect(await registry.readiness()).toMatchObject({ ok: false, state: 'draining' })
  })

  it('is red when a critical check fails, green when another one does', async () => {
    const registry = ready()
    registry.registrar(plugin).ready('cache', () => Promise.reject(new Error('cold')), { critical: false })
    expect(await registry.readiness()).toMatchObject({
      ok: true,
      checks: [{ name: 'cache', ok: false, error: 'cold' }],
    })
    registry.registrar(plugin).ready('smtp', () => {
      throw new Error('refused')
    })
    expect(await registry.readiness()).toMatchObject({
      ok: false,
      checks: [{}, { name: 'smtp', plugin: 'mail', ok: false, error: 'refused' }],
    })
  })

  it('does not hang with a check that hangs: it aborts it at its deadline and does not pile up runs', async () => {
    vi.useFakeTimers()
    const registry = ready()
    let runs = 0
    let aborts = 0
    registry.registrar(plugin).ready(
      'slow',
      ({ signal }) =>
        new Promise(() => {
          runs++
          signal.addEventListener('abort', () => aborts++)
        }),
      { timeoutMs: 100 },
    )
    const first = registry.readiness()
    await vi.advanceTimersByTimeAsync(100)
    expect((await first).checks[0]).toMatchObject({ ok: false, error: 'no answer within 100 ms' })
    await vi.advanceTimersByTimeAsync(400)
    expect((await registry.readiness()).ok).toBe(false)
    expect([runs, aborts]).toEqual([1, 1])
  })

  it('tries a check that hung again after a while, and comes back by itself', async () => {
    vi.useFakeTimers()
    const registry = ready()
    let well = false
    registry
      .registrar(plugin)
      .ready('db', () => (well ? undefined : new Promise(() => {})), { timeoutMs: 100 })
    const first = registry.readiness()
    await vi.advanceTimersByTimeAsync(100)
    expect((await first).ok).toBe(false)
    well = true
    await vi.advanceTimersByTimeAsync(500)
    expect((await registry.readiness()).ok).toBe(true)
  })

  it('runs a check once for all who ask, and keeps the result for a second', async () => {
    vi.useFakeTimers()
    const registry = ready()
    let runs = 0
    registry.registrar(plugin).ready('db', () => void runs++)
    await Promise.all([registry.readiness(), registry.readiness()])
    await registry.readiness()
    expect(runs).toBe(1)
    await vi.advanceTimersByTimeAsync(1_000)
    await registry.readiness()
    expect(runs).toBe(2)
  })

  it('refuses two checks of the same name, naming the first owner', () => {
    const registry = ready()
    registry.registrar(plugin).ready('db', () => {})
    expect(() => registry.registrar({ name: 'other', critical: true }).ready('db', () => {})).toThrow(
      'the health check "db" is registered already, by "mail"',
    )
  })
})
