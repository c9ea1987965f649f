/** Schedules in an app that serves: when they begin, and how they end. */
import { Writable } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  definePlugin,
  schedule,
  Schedules,
  start,
  StorageDriver,
  type App,
  type ScheduledRun,
  type ScheduleOptions,
} from '../../src/index.ts'
import { memoryDriver } from '../../src/storage/memory-driver.ts'

interface Given {
  readonly handler: (run: ScheduledRun) => unknown
  readonly options?: Partial<ScheduleOptions>
  readonly onStop?: () => unknown
  readonly environment?: Record<string, string>
  readonly shutdown?: `${number}s`
  readonly driver?: StorageDriver
}

async function startApp(given: Given) {
  const { handler, options = {}, onStop = () => undefined, environment = {}, shutdown = '5s' } = given
  const lines: Record<string, unknown>[] = []
  const store = definePlugin({
    name: 'store',
    freeda: '^1.0.0',
    provides: { storage: StorageDriver },
    setup: () => ({ storage: given.driver ?? memoryDriver() }),
  })
  const clockwork = definePlugin({
    name: 'clockwork',
    freeda: '^1.0.0',
    schedules: { tick: schedule({ everyMs: 1_000, ...options } as ScheduleOptions) },
    setup({ schedules, onStop: stopping }) {
      stopping(onStop)
      schedules.tick.run(handler)
    },
  })
  const app: App = await start({
    config: {
      server: { port: 0, shutdown },
      log: { level: 'info' },
      metrics: true,
      plugins: [store(), clockwork()],
    },
    mode: 'test',
    environment,
    signals: false,
    logTo: new Writable({
      decodeStrings: false,
      write(line: string, _encoding, done) {
        lines.push(JSON.parse(line) as Record<string, unknown>)
        done()
      },
    }),
  })
  onTestFinished(() => app.stop().catch(() => undefined))
  return { app, lines }
}

const patiently = { timeout: 20_000, interval: 10 }

describe('schedules of an app that serves', () => {
  it('are run at their slots, and counted', async () => {
    const slots: number[] = []
    const { app } = await startApp({ handler: ({ slot }) => slots.push(slot.getTime()) })
    await vi.waitFor(() => expect(slots.length).toBeGreaterThanOrEqual(3), patiently)
    expect(slots.map((ms) => ms - slots[0]!).slice(0, 3)).toEqual([0, 1_000, 2_000])
    const metrics = await (await fetch(`${app.url}/metrics`)).text()
    expect(metrics).toMatch(/freeda_schedules_runs_total\{schedule="tick",outcome="ok"\} [2-9]/)
    expect(metrics).toContain('freeda_schedules_run_lateness_seconds_count{schedule="tick"}')
  })

  it('let a run end before its plugin is stopped, and claim nothing more', async () => {
    const order: string[] = []
    let letGo: (() => void) | undefined
    const { app } = await startApp({
      handler: async () => {
        order.push('began')
        await new Promise<void>((resolve) => (letGo = resolve))
        order.push('ended')
      },
      onStop: () => order.push('stopped'),
    })
    await vi.waitFor(() => expect(order).toEqual(['began']), patiently)
    const stopped = app.stop()
    letGo!()
    await stopped
    expect(order).toEqual(['began', 'ended', 'stopped'])
  })

  it('interrupt a run that takes longer than the shutdown may, and record it', async () => {
    const driver = memoryDriver()
    const kept: StorageDriver = { ...driver, close: async () => undefined }
    const order: string[] = []
    const { app, lines } = await startApp({
      driver: kept,
      shutdown: '1s',
      handler: async ({ signal }) => {
        order.push('began')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        order.push(`aborted: ${(signal.reason as Error).message}`)
      },
      onStop: () => order.push('stopped'),
    })
    await vi.waitFor(() => expect(order).toEqual(['began']), patiently)
    await app.stop()
    expect(order).toEqual(['began', 'aborted: The app stops.', 'stopped'])
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'the run was interrupted: the app stops', schedule: 'tick' }),
    )
    const next = await startApp({ driver: kept, handler: () => undefined })
    expect((await next.app.get(Schedules).list())[0]).toMatchObject({
      last: { outcome: 'interrupted', error: 'The app had no more time: it stopped.' },
      running: undefined,
    })
  })

  it('wait for no slot on an instance that is told not to run them', async () => {
    const driver = memoryDriver()
    const shared: StorageDriver = { ...driver, close: async () => undefined }
    const off: number[] = []
    const on: number[] = []
    const { app, lines } = await startApp({
      driver: shared,
      environment: { FREEDA_SCHEDULES: 'false' },
      handler: ({ fence }) => off.push(fence),
    })
    await startApp({ driver: shared, handler: ({ fence }) => on.push(fence) })
    await vi.waitFor(() => expect(on.length).toBeGreaterThanOrEqual(3), patiently)
    expect(off).toEqual([])
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'no schedule is run by this instance: FREEDA_SCHEDULES is off' }),
    )
    expect(await app.get(Schedules).run('tick')).toMatchObject({ outcome: 'ok', trigger: 'hand' })
    expect(off).toHaveLength(1)
  })

  it('go on when the store was away', async () => {
    const driver = memoryDriver()
    let isAway = false
    const shaky: StorageDriver = {
      ...driver,
      read: (...args) => (isAway ? Promise.reject(new Error('away')) : driver.read(...args)),
    }
    const slots: number[] = []
    const { lines } = await startApp({ driver: shaky, handler: ({ slot }) => slots.push(slot.getTime()) })
    await vi.waitFor(() => expect(slots.length).toBeGreaterThanOrEqual(1), patiently)
    isAway = true
    const text = 'the schedule could not be looked at; it is tried again'
    await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining({ msg: text })), patiently)
    isAway = false
    const before = slots.length
    await vi.waitFor(() => expect(slots.length).toBeGreaterThan(before), patiently)
  })
})
