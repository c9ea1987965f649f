/** When a schedule is due. Pure: the same on each instance. */
import { createHash } from 'node:crypto'
import { cronOf, type ScheduleDefinition } from '../schedule.ts'

/** Slots that have passed, to the latest. */
export interface PassedSlots {
  readonly latestMs: number
  readonly firstMs: number
  /** How many from the first to the latest; at most {@link mostCounted}. */
  readonly count: number
}

/** All times are Unix milliseconds. */
export interface Slots {
  /** Tells this plan from another: slots of the one were never promised by the other. */
  readonly plan: string
  /** The first slot after `ms`; undefined when there is none. */
  next(ms: number): number | undefined
  /** When the run of a slot begins: with its jitter. */
  dueMs(slotMs: number): number
  /** The slots after `fromMs` that are due at `nowMs`. */
  passed(fromMs: number, nowMs: number): PassedSlots | undefined
}

/** Who slept for years need not count the seconds. */
export const mostCounted = 1_000

/** @param name decides the jitter, with the slot */
export function slotsOf(
  name: string,
  { when, jitterMs }: Pick<ScheduleDefinition, 'when' | 'jitterMs'>,
): Slots {
  const { next, before } = when.cron === undefined ? everySlots(when.everyMs) : cronSlots(when)
  const dueMs = (slotMs: number) => slotMs + jitterOf(`${name} ${slotMs}`, jitterMs)

  function latestDue(nowMs: number): number | undefined {
    const latest = before(nowMs + 1)
    // The jitter is shorter than any gap, so that the one before is due.
    return latest === undefined || dueMs(latest) <= nowMs ? latest : before(latest)
  }

  return {
    plan: JSON.stringify(when),
    next,
    dueMs,
    passed(fromMs, nowMs) {
      const latestMs = latestDue(nowMs)
      if (latestMs === undefined || latestMs <= fromMs) return undefined
      let firstMs = latestMs
      let count = 1
      for (
        let ms = before(firstMs);
        ms !== undefined && ms > fromMs && count < mostCounted;
        ms = before(ms)
      ) {
        firstMs = ms
        count++
      }
      return { latestMs, firstMs, count }
    },
  }
}

const everySlots = (everyMs: number) => ({
  next: (ms: number) => (Math.floor(ms / everyMs) + 1) * everyMs,
  before: (ms: number): number | undefined => (Math.ceil(ms / everyMs) - 1) * everyMs,
})

function cronSlots(when: { readonly cron: string; readonly timeZone: string }) {
  const cron = cronOf(when)
  return {
    next: (ms: number) => cron.nextRun(new Date(ms))?.getTime(),
    before: (ms: number) => cron.previousRuns(1, new Date(ms))[0]?.getTime(),
  }
}

function jitterOf(seed: string, jitterMs: number): number {
  if (jitterMs === 0) return 0
  return createHash('sha256').update(seed).digest().readUInt32BE() % (jitterMs + 1)
}
