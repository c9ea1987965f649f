/** Schedules: work at certain times, done by one instance at a time. */
import { Cron } from 'croner'
import type { Logger } from 'pino'
import { FreedaError } from './errors.ts'
import { service, type Service } from './service.ts'
import type { Operation } from './storage.ts'

interface ScheduleSettings {
  /** Name in the store, and for people. Default: the key under which a plugin declares it. Letters, digits, `.`, `_` and `-`. */
  readonly name?: string
  /** How long one run may take, in milliseconds; then its signal aborts, and it has failed. Default 60,000. */
  readonly timeLimitMs?: number
  /** A run begins up to this much after its slot, in milliseconds: by chance, the same on each instance. Default 0. */
  readonly jitterMs?: number
  /**
   * What becomes of a slot that comes while a run is going on. `skip`: it is left out, and that is reported. `wait`: the
   * last such slot is run right after. Default `skip`.
   */
  readonly overlap?: 'skip' | 'wait'
  /**
   * What becomes of slots that passed more than a minute ago, since no instance was up. `report`: only that. `once`: the
   * last of them is run late, the others are reported. Default `report`.
   */
  readonly missed?: 'report' | 'once'
  /**
   * What becomes of a run whose instance died or had to stop. `report`: only that, so that nothing is done twice. `rerun`:
   * it is begun again, on another instance or after a restart, at most three times in all. Default `report`.
   */
  readonly interrupted?: 'report' | 'rerun'
  /**
   * How long an instance may be silent, in milliseconds, until others take its run for dead: 1,000 to 600,000. It says
   * that it lives each third of it. Default 15,000.
   */
  readonly leaseMs?: number
  /** How many runs are kept to look at, 1–1,000. Default 50. */
  readonly keepRuns?: number
}

export type ScheduleOptions = ScheduleSettings &
  (
    | {
        /** Slots at every whole multiple of it since 1970 (UTC), in milliseconds; at least 1,000. */
        readonly everyMs: number
        readonly cron?: undefined
        readonly timeZone?: undefined
      }
    | {
        /** Five fields, minutes first, or six, seconds first. */
        readonly cron: string
        /** Of the fields, as IANA names it, e.g. `Europe/Paris`. Default `UTC`. */
        readonly timeZone?: string
        readonly everyMs?: undefined
      }
  )

/** A schedule as declared by a plugin: pure data. */
export interface ScheduleDefinition extends Required<Omit<ScheduleSettings, 'name'>> {
  readonly name: string | undefined
  readonly when:
    | { readonly everyMs: number; readonly cron?: undefined }
    | { readonly cron: string; readonly timeZone: string }
}

/**
 * Declares a schedule: `schedule({ cron: '30 6 * * MON-FRI', timeZone: 'Europe/Paris' })`.
 * @throws FREEDA_PLUGIN_DEFINITION when the options cannot be honoured.
 */
export function schedule(options: ScheduleOptions): ScheduleDefinition {
  const {
    name,
    timeLimitMs = 60_000,
    jitterMs = 0,
    overlap = 'skip',
    missed = 'report',
    interrupted = 'report',
    leaseMs = 15_000,
    keepRuns = 50,
  } = options
  const refuse = (reason: string): never => {
    throw new FreedaError('FREEDA_PLUGIN_DEFINITION', { plugin: `schedule ${name ?? '(unnamed)'}`, reason })
  }
  for (const key of Object.keys(options))
    if (!optionNames.includes(key)) refuse(`"${key}" is not an option; there are ${optionNames.join(', ')}.`)
  const whole = (key: string, value: number, min: number, max: number) => {
    if (!Number.isInteger(value) || value < min || value > max)
      refuse(`${key} is ${value}; use a whole number from ${min} to ${max}.`)
  }
  const oneOf = (key: string, value: string, words: readonly string[]) => {
    if (!words.includes(value)) refuse(`${key} is "${value}"; use ${words.join(' or ')}.`)
  }
  if (name !== undefined && !scheduleName.test(name))
    refuse(`"${name}" is not the name of a schedule (${scheduleName}).`)
  whole('timeLimitMs', timeLimitMs, 1, longestTimerMs)
  whole('leaseMs', leaseMs, 1_000, 600_000)
  whole('keepRuns', keepRuns, 1, 1_000)
  oneOf('overlap', overlap, ['skip', 'wait'])
  oneOf('missed', missed, ['report', 'once'])
  oneOf('interrupted', interrupted, ['report', 'rerun'])
  const when = planned(options, refuse)
  whole('jitterMs', jitterMs, 0, jitterMs === 0 ? 0 : shortestGapMs(when) - 1)
  return { name, when, timeLimitMs, jitterMs, overlap, missed, interrupted, leaseMs, keepRuns }
}

const optionNames = [
  'name',
  'everyMs',
  'cron',
  'timeZone',
  'timeLimitMs',
  'jitterMs',
  'overlap',
  'missed',
  'interrupted',
  'leaseMs',
  'keepRuns',
]
const scheduleName = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
/** setTimeout turns anything longer into 1 ms. */
const longestTimerMs = 2 ** 31 - 1

function planned(
  { everyMs, cron, timeZone }: ScheduleOptions,
  refuse: (reason: string) => never,
): ScheduleDefinition['when'] {
  if (everyMs === undefined) return plannedByCron(cron, timeZone ?? 'UTC', refuse)
  if (cron !== undefined) refuse('it has both everyMs and cron; keep one of them.')
  if (timeZone !== undefined) refuse('timeZone is for cron: everyMs counts from 1970 in UTC. Leave it out.')
  if (!Number.isInteger(everyMs) || everyMs < 1_000 || everyMs > longestTimerMs)
    refuse(`everyMs is ${everyMs}; use a whole number from 1000 to ${longestTimerMs}.`)
  return { everyMs }
}

function plannedByCron(
  cron: string | undefined,
  timeZone: string,
  refuse: (reason: string) => never,
): ScheduleDefinition['when'] {
  if (typeof cron !== 'string') return refuse('it has no time: give it everyMs or cron.')
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== 5 && fields.length !== 6)
    refuse(`cron is "${cron}"; write five fields (minute hour day month weekday), or six with seconds first.`)
  // croner reads it as any value, or as what the clock says at the time, by its version.
  if (cron.includes('?')) refuse(`cron is "${cron}"; write * instead of ?.`)
  const when = { cron: fields.join(' '), timeZone }
  try {
    if (cronOf(when).nextRun() === null) refuse(`cron is "${cron}", which never comes.`)
  } catch (error) {
    if (error instanceof FreedaError) throw error
    refuse(
      isTimeZone(timeZone)
        ? `cron is "${cron}": ${(error as Error).message.replace(/^Cron\w+: /, '')}`
        : `"${timeZone}" is not a time zone; use a name as in the IANA database, e.g. Europe/Paris.`,
    )
  }
  return when
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

/**
 * The slots of a cron pattern. A time of day that is skipped when clocks go forward comes right after the gap, and one that
 * comes twice when they go back is taken once; patterns that repeat (`*`, steps) follow the time that really passes.
 */
export const cronOf = ({ cron, timeZone }: { readonly cron: string; readonly timeZone: string }): Cron =>
  new Cron(cron, { timezone: timeZone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard', paused: true })

/** Looked at from any one day on, so that the answer is the same on each day. */
function shortestGapMs(when: ScheduleDefinition['when']): number {
  if (when.cron === undefined) return when.everyMs
  const times = cronOf(when)
    .nextRuns(50, new Date('2025-01-01T00:00:00Z'))
    .map((time) => time.getTime())
  return Math.min(longestTimerMs, ...times.slice(1).map((time, i) => time - times[i]!))
}

// ──────────────────────────────────────────────── what a plugin uses ────────────────────────────────────────────────

/** One run of a schedule. */
export interface ScheduledRun {
  /** The time that it was planned for; of a run by hand, when it was begun. */
  readonly slot: Date
  /** Larger for each run of this schedule than for those before. */
  readonly fence: number
  /** 1, and more when it is begun again after an interruption. */
  readonly attempt: number
  /** Aborts when the run is out of time, when another instance took over, and when the app has no more time to stop. */
  readonly signal: AbortSignal
  readonly log: Logger
  /**
   * Does `operations` if this run is still the one that counts, all or nothing; at most 99.
   * @throws FREEDA_JOB_LOST when another instance took over, or the run is over; and what {@link Storage.transact} throws
   */
  commit(operations: readonly Operation[]): Promise<void>
}

/** A schedule of the plugin that declared it. */
export interface Schedule {
  readonly name: string
  /**
   * Says what is done; in setup, once. What the handler throws is a failed run.
   * @throws FREEDA_PLUGIN_DEFINITION the second time
   */
  run(handler: (run: ScheduledRun) => unknown): void
}

// ──────────────────────────────────────────────── what can be looked at ────────────────────────────────────────────────

/**
 * `ok`, `failed` (the handler threw), `timeout`; `interrupted`: its instance died or had to stop; `missed`: no instance was
 * up at these slots; `skipped`: they came while a run was going on.
 */
export type ScheduleOutcome = 'ok' | 'failed' | 'timeout' | 'interrupted' | 'missed' | 'skipped'

/** What became of a slot, or of several in a row that were left out. */
export interface ScheduleRecord {
  readonly outcome: ScheduleOutcome
  /** The last one, when there are several. */
  readonly slot: Date
  /** How many slots; 1 but for `missed` and `skipped`, and at most 1,000, which then means that many or more. */
  readonly slots: number
  /** The earliest of them. */
  readonly firstSlot: Date
  /** `hand`: begun by somebody. */
  readonly trigger: 'slot' | 'hand'
  /** 0 for slots that were left out. */
  readonly fence: number
  readonly attempt: number
  /** By the clock of the instance that ran it; of slots that were left out, when that was found. */
  readonly beganAt: Date
  readonly endedAt: Date
  /** Which one ran it, or found that it was left out. */
  readonly instance: string
  /** Why it did not end well. May hold internal names. */
  readonly error?: string | undefined
}

export interface ScheduleReport {
  readonly name: string
  /** What became of it last. */
  readonly last: ScheduleRecord | undefined
  /** By the clock of this instance. */
  readonly next: Date | undefined
  /** Where a run is going on. */
  readonly running:
    | { readonly slot: Date; readonly beganAt: Date; readonly instance: string; readonly fence: number }
    | undefined
}

/** The schedules of all plugins, to look at and to run by hand. */
export interface Schedules {
  /** In order of names. */
  list(): Promise<readonly ScheduleReport[]>
  /** What became of its slots, latest first; as many as are kept. @throws FREEDA_SCHEDULE_UNKNOWN */
  runs(name: string): Promise<readonly ScheduleRecord[]>
  /**
   * Runs it now, here, beside its slots. Resolves when the run is over, however it ended.
   * @param options.slot what the handler gets as its slot. Default: now
   * @throws FREEDA_SCHEDULE_UNKNOWN, FREEDA_SCHEDULE_RUNNING, and what storage throws
   */
  run(name: string, options?: { readonly slot?: Date }): Promise<ScheduleRecord>
}

/** Provided by the runtime in an app where a plugin declares schedules. */
export const Schedules: Service<Schedules> = service<Schedules>('freeda.schedules')
