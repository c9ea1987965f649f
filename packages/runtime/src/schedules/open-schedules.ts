/** The schedules of an app: what plugins get, what is looked at, and when all of it begins and ends. */
import type { Logger } from 'pino'
import { FreedaError } from '../errors.ts'
import type { ScheduleReport, Schedules } from '../schedule.ts'
import type { Clock } from './clock.ts'
import type { ScheduleState } from './document.ts'
import { keepSchedule, type KeptSchedule } from './keep-schedule.ts'
import { noHandler, refusal, type ScheduleRegistry } from './registry.ts'
import type { ScheduleMetrics } from './schedule-metrics.ts'
import type { StateStore, StateStores } from './state-store.ts'

export interface OpenSchedulesParts {
  /** Of this process, and of no other. */
  readonly instance: string
  /** `false`: waits for no slot. */
  readonly isOn: boolean
  readonly stores: StateStores
  readonly clock: Clock
  readonly metrics: (schedule: string) => ScheduleMetrics
  readonly log: Logger
}

/** For a handler to settle, and a store that is slow to take what became of the run: at most, and at most that part of the time. */
const givingUpMs = 5_000
const givingUpShare = 0.2

interface Opened {
  readonly plugin: string
  readonly store: StateStore
  kept?: KeptSchedule
}

export interface OpenSchedules {
  readonly registry: ScheduleRegistry
  readonly service: Schedules
  /** What was seen last, without asking the store: schedules whose last slot was not run well, with why. */
  troubles(): readonly string[]
}

export function openSchedules(parts: OpenSchedulesParts, opened = new Map<string, Opened>()): OpenSchedules {
  const { stores, clock, log } = parts
  const draining = new AbortController()
  let keeping: Promise<unknown> = Promise.resolve()

  const named = (name: string): Opened => {
    const found = opened.get(name)
    if (found !== undefined) return found
    throw new FreedaError('FREEDA_SCHEDULE_UNKNOWN', { schedule: name, known: [...opened.keys()] })
  }
  const keptOf = ({ kept, plugin }: Opened, name: string): KeptSchedule => {
    if (kept !== undefined) return kept
    throw noHandler(plugin, name)
  }
  const all = () => [...opened.values()].flatMap(({ kept }) => kept ?? [])

  const registry: ScheduleRegistry = {
    open({ plugin, log: ownLog, transact }, name, definition) {
      const store = stores.of(name, definition.keepRuns, transact)
      const own: Opened = { plugin, store }
      opened.set(name, own)
      return {
        name,
        run(handler) {
          if (own.kept !== undefined) throw refusal(plugin, `the schedule "${name}" has a handler already.`)
          own.kept = keepSchedule({
            name,
            definition,
            handler,
            store,
            instance: parts.instance,
            clock,
            metrics: parts.metrics(name),
            log: ownLog.child({ schedule: name }),
          })
        },
      }
    },
    withoutHandler: (plugin) =>
      [...opened].flatMap(([name, one]) => (one.plugin === plugin && one.kept === undefined ? [name] : [])),
    remove(plugin) {
      for (const [name, one] of opened) if (one.plugin === plugin) opened.delete(name)
    },
    start() {
      if (!parts.isOn) return log.info('no schedule is run by this instance: FREEDA_SCHEDULES is off')
      keeping = Promise.all(all().map((kept) => kept.keep(draining.signal)))
    },
    async stop(budgetMs) {
      draining.abort()
      const over = new AbortController()
      const lastMs = Math.min(givingUpMs, budgetMs * givingUpShare)
      const outOfTime = async () => {
        await clock.wait(budgetMs - lastMs, over.signal)
        for (const kept of all()) kept.interrupt()
        await clock.wait(lastMs, over.signal)
        if (!over.signal.aborted)
          log.error('a run goes on although the app stops; it will be recorded as interrupted')
      }
      await Promise.race([keeping.then(() => Promise.all(all().map((kept) => kept.idle()))), outOfTime()])
      over.abort()
    },
  }

  return {
    registry,
    service: {
      async list() {
        const names = [...opened.keys()].toSorted()
        const states = await stores.readAll(names)
        return names.map((name, i) => reportOf(name, states[i]?.state, opened.get(name)?.kept))
      },
      runs: async (name) => named(name).store.records(),
      run: async (name, { slot } = {}) => keptOf(named(name), name).runNow(slot),
    },
    troubles: () =>
      [...opened].flatMap(([name, { kept }]) => {
        const { outcome = 'ok', error } = kept?.seen?.last ?? {}
        if (outcome === 'ok' || outcome === 'skipped') return []
        return [`${name}: ${outcome}${error === undefined ? '' : ` (${error})`}`]
      }),
  }
}

const reportOf = (
  name: string,
  state: ScheduleState | undefined,
  kept: KeptSchedule | undefined,
): ScheduleReport => {
  const next = kept?.nextMs(state?.slot.getTime())
  return {
    name,
    last: state?.last,
    next: next === undefined ? undefined : new Date(next),
    running: state?.run,
  }
}
