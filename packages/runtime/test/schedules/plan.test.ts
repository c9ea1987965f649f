import { describe, expect, it } from 'vitest'
import { pluginFacts } from '../../src/cli/plugins/plugin-facts.ts'
import { nextTimes } from '../../src/cli/timetable/next-times.ts'
import { describeApp, describePlan } from '../../src/describe-app.ts'
import { definePlugin, isFreedaError, schedule, StorageDriver, type FreedaConfig } from '../../src/index.ts'

const store = definePlugin({
  name: 'store',
  freeda: '^1.0.0',
  provides: { storage: StorageDriver },
  setup: () => {
    throw new Error('nothing runs')
  },
})
const plugin = (name: string, schedules: Record<string, ReturnType<typeof schedule>>, critical = true) =>
  definePlugin({
    name,
    freeda: '^1.0.0',
    critical,
    schedules,
    setup: ({ schedules: own }) => Object.values(own).forEach((one) => one.run(() => undefined)),
  })()
const nightly = schedule({ cron: '0 3 * * *', timeZone: 'Europe/Paris' })
const planOf = async (config: FreedaConfig, environment = {}) =>
  (await describePlan({ config, mode: 'development', environment })).plan
const problemsOf = async (config: FreedaConfig) => {
  const error: unknown = await planOf(config).catch((thrown: unknown) => thrown)
  if (!isFreedaError(error, 'FREEDA_CONFIG_INVALID')) throw new Error('expected problems', { cause: error })
  return error.data.problems.map(({ at, message }) => `${at}: ${message}`)
}

describe('the plan of an app with schedules', () => {
  it('has the plugin that carries them, before those that declare them', async () => {
    const plan = await planOf({ plugins: [plugin('reports', { nightly }), store()] })
    const facts = pluginFacts(plan)
    expect(facts.map(({ name }) => name)).toEqual(['store', 'freeda-schedules', 'reports'])
    expect(facts[1]!.collections.map(({ name }) => name)).toEqual([
      'freeda.schedules',
      'freeda.schedule-runs',
    ])
    expect(facts[2]).toMatchObject({
      needs: [{ service: 'freeda.schedules', provider: 'freeda-schedules', forCollections: true }],
      schedules: [
        { name: 'nightly', plugin: 'reports', cron: '0 3 * * *', timeZone: 'Europe/Paris', everyMs: null },
      ],
    })
  })

  it('has none where nobody declares one', async () => {
    const plan = await planOf({ plugins: [plugin('reports', {}), store()] })
    expect(plan.plugins.map(({ name }) => name)).toEqual(['reports', 'store'])
  })

  it('names schedules with the same name, and a store that is missing', async () => {
    const twice = { plugins: [plugin('a', { nightly }), plugin('b', { nightly }), store()] }
    expect(await problemsOf(twice)).toEqual([
      'plugins[0], plugins[1]: the schedule "nightly" is declared by "a" and "b".',
    ])
    expect(await problemsOf({ plugins: [plugin('a', { nightly })] })).toEqual([
      'plugins[0]: plugin "freeda-schedules" has collections, but no plugin provides storage.',
    ])
  })

  it('takes what carries them for as critical as those that declare them', async () => {
    const criticalOf = async (...plugins: ReturnType<typeof plugin>[]) =>
      (await planOf({ plugins: [...plugins, store()] })).plugins.find(
        ({ name }) => name === 'freeda-schedules',
      )!.critical
    expect(await criticalOf(plugin('a', { nightly }, false))).toBe(false)
    expect(await criticalOf(plugin('a', { nightly }, false), plugin('b', { other: nightly }))).toBe(true)
  })

  it('is rehearsed without running anything', async () => {
    const app = await describeApp({
      config: { plugins: [plugin('reports', { nightly }), store()] },
      mode: 'development',
      environment: {},
    })
    expect(app.failures).toEqual([])
    expect(app.stopFailures).toEqual([])
  })
})

it('knows the next times', () => {
  const from = Date.parse('2026-03-28T12:00:00Z')
  const texts = (times: readonly Date[]) => times.map((time) => time.toISOString().slice(0, 19))
  expect(texts(nextTimes({ cron: '30 2 * * *', timeZone: 'Europe/Paris', everyMs: null }, 2, from))).toEqual([
    '2026-03-29T01:00:00',
    '2026-03-30T00:30:00',
  ])
  expect(texts(nextTimes({ cron: null, timeZone: null, everyMs: 3_600_000 }, 2, from))).toEqual([
    '2026-03-28T13:00:00',
    '2026-03-28T14:00:00',
  ])
})
