/** What is kept of a schedule: one document that instances agree on, and a ring of what became of its slots. */
import { z } from 'zod'
import type { ScheduleRecord } from '../schedule.ts'
import { collection, type CollectionOf } from '../storage.ts'

const record = z.object({
  outcome: z.enum(['ok', 'failed', 'timeout', 'interrupted', 'missed', 'skipped']),
  slot: z.date(),
  slots: z.number(),
  firstSlot: z.date(),
  trigger: z.enum(['slot', 'hand']),
  fence: z.number(),
  attempt: z.number(),
  beganAt: z.date(),
  endedAt: z.date(),
  instance: z.string(),
  error: z.string().optional(),
})

const running = z.object({
  slot: z.date(),
  fence: z.number(),
  attempt: z.number(),
  trigger: z.enum(['slot', 'hand']),
  instance: z.string(),
  beganAt: z.date(),
  /** Grows while the instance lives. */
  beats: z.number(),
  /** Whether it has committed anything: then it is not begun again. */
  committed: z.boolean().optional(),
})

const state = z.object({
  /** Whose slots these are: see `Slots.plan`. */
  plan: z.string(),
  /** What becomes of this slot and those before is decided. */
  slot: z.date(),
  /** Of the latest run. */
  fence: z.number(),
  /** How many were written, which tells the place of the next in the ring. */
  records: z.number(),
  run: running.optional(),
  /** To be run as soon as possible, however late. */
  owed: z.object({ slot: z.date(), attempt: z.number() }).optional(),
  last: record.optional(),
})

export type RunState = z.output<typeof running>
export type ScheduleState = z.output<typeof state>

/** By name of the schedule. Every write is a compare-and-set on its version. */
export const scheduleStates = collection(state, { name: 'freeda.schedules' })
/** By name of the schedule and place in its ring. */
export const scheduleRecords = collection(record.extend({ number: z.number() }), {
  name: 'freeda.schedule-runs',
})

export type States = CollectionOf<typeof scheduleStates>
export type Records = CollectionOf<typeof scheduleRecords>

/** A state as it is stored. */
export interface Found {
  readonly state: ScheduleState
  readonly version: number
}

/** A change to be written: the state and what is to be told of it, together. */
export interface Change {
  readonly state: ScheduleState
  readonly records: readonly ScheduleRecord[]
}
