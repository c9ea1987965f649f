/** How the state of a schedule changes. Pure. */
import type { ScheduleOutcome, ScheduleRecord } from '../schedule.ts'
import type { Change, RunState, ScheduleState } from './document.ts'
import type { PassedSlots, Slots } from './slots.ts'

/** Who changes it, and when by its own clock. */
export interface Actor {
  readonly instance: string
  readonly nowMs: number
}

export interface Rules {
  readonly slots: Slots
  readonly overlap: 'skip' | 'wait'
  readonly missed: 'report' | 'once'
  readonly interrupted: 'report' | 'rerun'
}

/** A slot is still in time so long after: a restart takes a while. */
export const inTimeMs = 60_000
/** How often a run is begun at most. */
const mostAttempts = 3

export interface Claiming {
  readonly slotMs: number
  readonly trigger: 'slot' | 'hand'
  readonly attempt: number
}

export interface RunResult {
  readonly outcome: ScheduleOutcome
  readonly error?: string | undefined
}

/** What an instance can do about a state in which nothing runs. */
export type Step =
  | { readonly kind: 'claim'; readonly change: Change }
  /** Slots of this plan are promised from now on. */
  | { readonly kind: 'promise'; readonly change: Change }
  /** Slots passed long ago. Not for this instance alone to say: its clock may be wrong. */
  | { readonly kind: 'missed'; readonly passed: PassedSlots; readonly nextMs: number | undefined }
  | { readonly kind: 'wait'; readonly nextMs: number | undefined }

/** Before anything ran, nothing was promised. */
export const firstState = ({ plan }: Slots, { nowMs }: Actor): ScheduleState => ({
  plan,
  slot: new Date(nowMs),
  fence: 0,
  records: 0,
})

/** @param isFirst whether this instance has not looked before: only then it may make another plan the one that holds */
export function decide(state: ScheduleState, rules: Rules, actor: Actor, isFirst: boolean): Step {
  const { slots } = rules
  const { owed } = state
  if (owed !== undefined)
    return {
      kind: 'claim',
      change: claimed(
        state,
        { slotMs: owed.slot.getTime(), trigger: 'slot', attempt: owed.attempt },
        slots,
        actor,
      ),
    }
  const decidedMs = state.slot.getTime()
  const passed = slots.passed(decidedMs, actor.nowMs)
  const wait = { kind: 'wait', nextMs: slots.next(Math.max(decidedMs, passed?.latestMs ?? 0)) } as const
  const isPromised = state.plan === slots.plan
  const isInTime = passed !== undefined && actor.nowMs - slots.dueMs(passed.latestMs) <= inTimeMs
  if (!isPromised && !isInTime && isFirst)
    return { kind: 'promise', change: { state: promised(state, slots, actor), records: [] } }
  if (passed === undefined || (!isInTime && !isPromised)) return wait
  if (!isInTime && rules.missed === 'report') return { ...wait, kind: 'missed', passed }
  const before = isPromised ? leftOut('missed', withoutLatest(passed, decidedMs, slots), actor) : []
  const claim = claimed(state, { slotMs: passed.latestMs, trigger: 'slot', attempt: 1 }, slots, actor)
  return { kind: 'claim', change: told(claim.state, before) }
}

/** Nobody has promised the slots that another plan, of which nothing is known, would have had until now. */
const promised = (state: ScheduleState, { plan }: Slots, { nowMs }: Actor): ScheduleState =>
  state.plan === plan ? state : { ...state, plan, slot: laterOf(state.slot, nowMs) }

/** A run begins. */
export function claimed(
  state: ScheduleState,
  { slotMs, trigger, attempt }: Claiming,
  slots: Slots,
  actor: Actor,
): Change {
  const { owed: _, ...rest } = state
  const { instance, nowMs } = actor
  const fence = state.fence + 1
  return {
    state: {
      ...(trigger === 'slot'
        ? { ...rest, plan: slots.plan, slot: laterOf(state.slot, slotMs) }
        : promised(state, slots, actor)),
      fence,
      run: { slot: new Date(slotMs), fence, attempt, trigger, instance, beganAt: new Date(nowMs), beats: 0 },
    },
    records: [],
  }
}

/** The run lives. */
export const beaten = (state: ScheduleState, run: RunState): ScheduleState => ({
  ...state,
  run: { ...run, beats: run.beats + 1 },
})

/** The run has committed something. */
export const committed = (state: ScheduleState, run: RunState): ScheduleState => ({
  ...state,
  run: { ...run, committed: true },
})

/** The run is over. Slots that came meanwhile wait or are left out, unless it was interrupted: others may be in time for them. */
export function ended(
  { run: _, ...state }: ScheduleState,
  run: RunState,
  result: RunResult,
  rules: Rules,
  actor: Actor,
): Change {
  const own: ScheduleRecord = {
    outcome: result.outcome,
    slot: run.slot,
    slots: 1,
    firstSlot: run.slot,
    trigger: run.trigger,
    fence: run.fence,
    attempt: run.attempt,
    beganAt: run.beganAt,
    endedAt: new Date(actor.nowMs),
    instance: run.instance,
    ...errorOf(run, result),
  }
  if (result.outcome === 'interrupted') {
    const mayRunAgain = run.trigger === 'slot' && run.committed !== true && run.attempt < mostAttempts
    const isOwed = rules.interrupted === 'rerun' && mayRunAgain
    return told(isOwed ? { ...state, owed: { slot: run.slot, attempt: run.attempt + 1 } } : state, [own])
  }
  const { slots, overlap } = rules
  const decidedMs = state.slot.getTime()
  const passed = slots.passed(decidedMs, actor.nowMs)
  if (passed === undefined) return told(state, [own])
  // Nobody planned a run by hand: what comes meanwhile is run after it, if that is in time. What was owed before is run first.
  const isInTime = actor.nowMs - slots.dueMs(passed.latestMs) <= inTimeMs
  if (run.trigger === 'hand' && state.owed !== undefined) return told(state, [own])
  if (run.trigger === 'hand' && isInTime) {
    const before = withoutLatest(passed, decidedMs, slots)
    const decided = before === undefined ? state : { ...state, slot: new Date(before.latestMs) }
    return told(decided, [...leftOut('skipped', before, actor), own])
  }
  const next = { ...state, slot: new Date(passed.latestMs) }
  if (overlap === 'skip') return told(next, [...leftOut('skipped', passed, actor), own])
  const waiting = { ...next, owed: { slot: next.slot, attempt: 1 } }
  return told(waiting, [...leftOut('skipped', withoutLatest(passed, decidedMs, slots), actor), own])
}

function errorOf({ committed }: RunState, { outcome, error }: RunResult): { readonly error?: string } {
  const isHalfKnown = outcome === 'interrupted' && committed === true
  const said = [error, isHalfKnown ? 'What it had committed stands; it is not begun again.' : undefined]
  const text = said.filter((part) => part !== undefined).join(' ')
  return text === '' ? {} : { error: text }
}

/** Nobody ran these slots, and nobody will. */
export const givenUp = (state: ScheduleState, passed: PassedSlots, actor: Actor): Change =>
  told({ ...state, slot: laterOf(state.slot, passed.latestMs) }, leftOut('missed', passed, actor))

function leftOut(
  outcome: 'missed' | 'skipped',
  passed: PassedSlots | undefined,
  { instance, nowMs }: Actor,
): ScheduleRecord[] {
  if (passed === undefined) return []
  const at = new Date(nowMs)
  const { latestMs, firstMs, count } = passed
  return [
    {
      outcome,
      slot: new Date(latestMs),
      slots: count,
      firstSlot: new Date(firstMs),
      trigger: 'slot',
      fence: 0,
      attempt: 0,
      beganAt: at,
      endedAt: at,
      instance,
    },
  ]
}

/** The slots before the latest. */
function withoutLatest(passed: PassedSlots, decidedMs: number, slots: Slots): PassedSlots | undefined {
  return passed.count === 1 ? undefined : slots.passed(decidedMs, slots.dueMs(passed.latestMs) - 1)
}

const told = (state: ScheduleState, records: readonly ScheduleRecord[]): Change => ({
  state: {
    ...state,
    records: state.records + records.length,
    ...(records.length === 0 ? {} : { last: records.at(-1) }),
  },
  records,
})

const laterOf = (date: Date, ms: number) => (date.getTime() >= ms ? date : new Date(ms))
