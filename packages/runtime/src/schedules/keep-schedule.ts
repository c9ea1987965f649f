/** One schedule on one instance: waits for its slots, claims what is due, and watches what others run. */
import type { Logger } from 'pino'
import { FreedaError } from '../errors.ts'
import { inTurn } from '../leases/in-turn.ts'
import type { ScheduleDefinition, ScheduleRecord } from '../schedule.ts'
import { openClaim } from './claim.ts'
import { pause, type Clock } from './clock.ts'
import type { Change, Found, ScheduleState } from './document.ts'
import { runHandler, type Handler, type Result } from './run-handler.ts'
import type { ScheduleMetrics } from './schedule-metrics.ts'
import { slotsOf, type PassedSlots } from './slots.ts'
import type { StateStore } from './state-store.ts'
import { tellRecords } from './tell-records.ts'
import {
  claimed,
  decide,
  ended,
  firstState,
  givenUp,
  type Actor,
  type Claiming,
  type Rules,
} from './transitions.ts'

export interface KeepScheduleParts {
  readonly name: string
  readonly definition: ScheduleDefinition
  readonly handler: Handler
  /** Of this process, and of no other. */
  readonly instance: string
  readonly store: StateStore
  readonly clock: Clock
  readonly metrics: ScheduleMetrics
  readonly log: Logger
}

export interface KeptSchedule {
  /** Waits for slots until `draining` aborts; resolves when nothing is under way. Never throws. */
  keep(draining: AbortSignal): Promise<void>
  /** Runs it now, beside its slots. @throws FREEDA_SCHEDULE_RUNNING, and what storage throws */
  runNow(slot?: Date): Promise<ScheduleRecord>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
  /** Aborts what is under way, and everything that is begun later. */
  interrupt(): void
  /** What was read or written last. */
  readonly seen: ScheduleState | undefined
  /** The next slot, by the clock of this instance. @param decidedMs the slot up to which all are decided */
  nextMs(decidedMs?: number): number | undefined
}

interface Looked {
  /** How long to wait before looking again; undefined: for good. */
  readonly waitMs?: number | undefined
  /** The state, from a write of this instance's own. */
  readonly known?: Found | undefined
}

const again = (known: Found | undefined): Looked => ({ waitMs: 0, known })

/** Instances come one after the other, so that most of them find a slot claimed, and need not try. */
const spreadMs = 50
/** So long others get to be in time by their own clocks. */
const patienceMs = 600_000
/** How long a store that fails is left alone. */
const longestRetryMs = 30_000
/** More than clocks go wrong in practice. */
const aheadMs = 600_000

export function keepSchedule(parts: KeepScheduleParts): KeptSchedule {
  const { name, definition, instance, store, clock, metrics, log } = parts
  const { leaseMs, overlap, missed, interrupted } = definition
  const slots = slotsOf(name, definition)
  const rules: Rules = { slots, overlap, missed, interrupted }
  const actor = (): Actor => ({ instance, nowMs: clock.wallMs() })
  const tell = tellRecords(metrics, log)
  const turns = inTurn()
  const stopping = new AbortController()
  let seen: ScheduleState | undefined
  /** Since when a document has not changed, on this instance's clock. */
  let watched: { readonly version: number; readonly sinceMs: number } | undefined
  let overdue: { readonly slotMs: number; readonly sinceMs: number } | undefined
  let running: ScheduleState['run']
  let hasLooked = false
  /** Whether this instance waits for slots, and so takes over what others leave. */
  let isKeeping = false
  let isBegunByHand = false

  const endOf = (state: ScheduleState, result: Result) => ended(state, state.run!, result, rules, actor())

  const see = (found: Found): Found => {
    seen = found.state
    return found
  }

  async function write(from: Found, change: Change): Promise<Found | undefined> {
    const written = await store.write(from, change)
    if (written === undefined) return undefined
    tell(change.records)
    return see(written)
  }

  async function readOrCreate(): Promise<Found> {
    const found = (await store.read()) ?? (await store.create(firstState(slots, actor())))
    return see(found ?? (await readOrCreate()))
  }

  /** Does what is to be done about a state. */
  async function look(known: Found | undefined, draining: AbortSignal): Promise<Looked> {
    const readMs = clock.monotonicMs()
    const found = known ?? (await readOrCreate())
    if (draining.aborted) return {}
    const { run } = found.state
    if (run !== undefined) {
      if (run.instance !== instance) return watch(found, readMs)
      // This process was never told that it claimed.
      return again(await execute(found, readMs))
    }
    watched = undefined
    const step = decide(found.state, rules, actor(), !hasLooked)
    if (step.kind !== 'missed') overdue = undefined
    if (step.kind === 'promise') {
      const written = await write(found, step.change)
      hasLooked = written !== undefined
      return again(written)
    }
    hasLooked = true
    if (step.kind === 'claim') {
      const claimMs = clock.monotonicMs()
      const written = await write(found, step.change)
      return again(written && (await execute(written, claimMs)))
    }
    const waitMs = step.nextMs === undefined ? undefined : slots.dueMs(step.nextMs) - clock.wallMs()
    if (step.kind === 'wait') {
      warnOfClock(found.state)
      return { waitMs: waitMs && waitMs + spreadMs * clock.random() }
    }
    const { passed } = step
    const patience = patienceFor(passed, readMs)
    if (patience > 0) return { waitMs: Math.min(patience, waitMs ?? patience) }
    return again(await write(found, givenUp(found.state, passed, actor())))
  }

  /** How long others may still take to be in time for these slots. */
  function patienceFor({ latestMs, count }: PassedSlots, nowMs: number): number {
    if (overdue?.slotMs !== latestMs) {
      overdue = { slotMs: latestMs, sinceMs: nowMs }
      log.warn(
        { slots: count, slot: new Date(latestMs) },
        'slots have passed that no instance has run; unless another one still does, they are missed',
      )
    }
    return overdue.sinceMs + patienceMs - nowMs
  }

  function warnOfClock({ slot }: ScheduleState): void {
    if (slot.getTime() - clock.wallMs() > aheadMs)
      log.error(
        { slot },
        `this slot lies ahead, and was run already: the clock of an instance was wrong. Nothing is run before the next one, unless somebody sets it back: freeda repl, await collections['freeda.schedules'].update('${name}', (one) => ({ ...one, slot: new Date() }))`,
      )
  }

  /** Takes the run of an instance over that has been silent for the whole lease. */
  async function watch(found: Found, readMs: number): Promise<Looked> {
    if (watched?.version !== found.version) watched = { version: found.version, sinceMs: clock.monotonicMs() }
    const leftMs = watched.sinceMs + leaseMs - readMs
    if (leftMs > 0) return { waitMs: Math.min(leaseMs / 3, leftMs) }
    const run = found.state.run!
    const error = `Nothing was heard of ${run.instance} for ${leaseMs} ms.`
    const written = await write(found, endOf(found.state, { outcome: 'interrupted', error }))
    if (written !== undefined)
      log.error(
        { slot: run.slot, fence: run.fence, owner: run.instance, silentMs: leaseMs },
        'a run was interrupted: nothing was heard of its instance for the whole lease',
      )
    return again(written)
  }

  /** Runs what was claimed. @returns the state after it, when that is known */
  async function execute(claim: Found, claimMs: number): Promise<Found | undefined> {
    const run = (running = claim.state.run!)
    const beganMs = clock.monotonicMs()
    const runLog = log.child({ slot: run.slot, fence: run.fence })
    metrics.begun((run.beganAt.getTime() - slots.dueMs(run.slot.getTime())) / 1_000, run.trigger)
    runLog.debug({ attempt: run.attempt }, 'run begins')
    const held = openClaim({ name, leaseMs, store, clock }, claim, claimMs)
    const alive = held.keepAlive()
    try {
      const { handler } = parts
      const { timeLimitMs } = definition
      const result = await runHandler({
        handler,
        run,
        claim: held,
        timeLimitMs,
        clock,
        stopping: stopping.signal,
        log: runLog,
      })
      let change: Change | undefined
      const written = await held.end((state) => (change = endOf(state, result)), stopping.signal)
      metrics.ended((clock.monotonicMs() - beganMs) / 1_000)
      if (written === undefined)
        runLog.error(
          result,
          'the run was lost: another instance took it for dead, and has recorded it as interrupted',
        )
      else {
        tell(change!.records)
        see(written)
      }
      return written
    } finally {
      await alive
      running = undefined
    }
  }

  async function keep(draining: AbortSignal): Promise<void> {
    let failures = 0
    let looked: Looked = {}
    while (!draining.aborted) {
      const { known } = looked
      try {
        looked = await turns.take(() => look(known, draining))
        failures = 0
      } catch (error) {
        const waitMs = Math.min(1_000 * 2 ** failures++, longestRetryMs) * (0.5 + clock.random() / 2)
        log.warn(
          { err: error, retryMs: Math.round(waitMs) },
          'the schedule could not be looked at; it is tried again',
        )
        looked = { waitMs }
      }
      await pause(clock, looked.waitMs, draining)
    }
  }

  async function runNow(slot: Date | undefined): Promise<ScheduleRecord> {
    const found = await readOrCreate()
    const { run } = found.state
    // This process was never told that it claimed.
    if (run?.instance === instance && run.trigger === 'hand') {
      const record = await recordOf(found, clock.monotonicMs())
      return slot === undefined || slot.getTime() === record.slot.getTime() ? record : runNow(slot)
    }
    if (run !== undefined) {
      if (!(await endsLeftBehind(found))) throw busy(run.instance)
      return runNow(slot)
    }
    const claiming: Claiming = { slotMs: slot?.getTime() ?? clock.wallMs(), trigger: 'hand', attempt: 1 }
    const claimMs = clock.monotonicMs()
    const written = await write(found, claimed(found.state, claiming, slots, actor()))
    return written === undefined ? runNow(slot) : recordOf(written, claimMs)
  }

  /** Runs what was claimed, and gives back what became of it. */
  async function recordOf(claim: Found, claimMs: number): Promise<ScheduleRecord> {
    const { slot: ran, fence, attempt } = claim.state.run!
    const after = (await execute(claim, claimMs))?.state.last
    if (after?.fence === fence) return after
    throw new FreedaError('FREEDA_JOB_LOST', {
      schedule: name,
      slot: ran.toISOString(),
      fence,
      attempt,
      reason: 'another instance took over.',
    })
  }

  /**
   * Ends a run that stands in the way, if its instance is silent for the whole lease; false when it lives, or comes to its own
   * end. Where slots are waited for, that is seen to anyway.
   */
  async function endsLeftBehind(found: Found): Promise<boolean> {
    if (isKeeping) return false
    for (;;) {
      const { waitMs = 0, known } = await watch(found, clock.monotonicMs())
      if (waitMs === 0) return known !== undefined
      await clock.wait(waitMs, stopping.signal)
      const now = await readOrCreate()
      if (now.version !== found.version || stopping.signal.aborted) return false
    }
  }

  const busy = (by: string) => new FreedaError('FREEDA_SCHEDULE_RUNNING', { schedule: name, instance: by })

  return {
    async keep(draining) {
      isKeeping = true
      await keep(draining)
      await turns.idle()
    },
    async runNow(slot) {
      if (running !== undefined || isBegunByHand) throw busy(instance)
      isBegunByHand = true
      try {
        return await turns.take(() => runNow(slot))
      } finally {
        isBegunByHand = false
      }
    },
    idle: () => turns.idle(),
    interrupt: () => stopping.abort(new DOMException('The app stops.', 'AbortError')),
    get seen() {
      return seen
    },
    nextMs: (decidedMs = 0) => slots.next(Math.max(clock.wallMs(), decidedMs)),
  }
}
