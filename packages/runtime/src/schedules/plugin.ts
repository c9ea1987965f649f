/** The plugin that carries the schedules of an app. Planning adds it when another plugin declares one. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { env } from '../env.ts'
import { definePlugin, type PluginFactory } from '../plugin.ts'
import { Schedules, type ScheduleReport } from '../schedule.ts'
import { systemClock } from './clock.ts'
import { scheduleRecords, scheduleStates } from './document.ts'
import { openSchedules } from './open-schedules.ts'
import { ScheduleRegistry } from './registry.ts'
import { scheduleMetrics } from './schedule-metrics.ts'
import { stateStores } from './state-store.ts'

export const schedulesPlugin: PluginFactory = definePlugin({
  name: 'freeda-schedules',
  freeda: '^1.0.0',
  // Of an instance, not of the app: a config is the same for all of them.
  env: { isOn: env.boolean('FREEDA_SCHEDULES', true) },
  collections: { states: scheduleStates, records: scheduleRecords },
  provides: { schedules: Schedules, registry: ScheduleRegistry },
  setup({ env: { isOn }, collections, transact, metrics, health, log }) {
    const { states, records } = collections
    const { registry, service, troubles } = openSchedules({
      instance: `${hostname()}-${randomBytes(4).toString('hex')}`,
      isOn,
      stores: stateStores({ states, records, transact }),
      clock: systemClock,
      metrics: scheduleMetrics(metrics),
      log,
    })
    health.ready(
      'schedules',
      () => {
        const failing = troubles()
        if (failing.length > 0) throw new Error(failing.join('; '))
      },
      { critical: false },
    )
    health.view('schedules', async ({ details }) => (await service.list()).map((one) => shown(one, details)))
    return { schedules: service, registry }
  },
})

/** Names of machines and reasons of failures are not for everybody. */
function shown({ last, running, ...report }: ScheduleReport, details: boolean) {
  if (details) return { ...report, last, running }
  const { instance: _, error: __, ...outcome } = last ?? {}
  const { instance: ___, ...run } = running ?? {}
  return { ...report, last: last && outcome, running: running && run }
}
