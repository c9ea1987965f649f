/** Instances that share a store, in a time of their own: with wrong clocks, deaths, pauses and answers that get lost. */
import pino from 'pino'
import { z } from 'zod'
import { FreedaError } from '../../src/errors.ts'
import {
  collection,
  type ScheduleDefinition,
  type ScheduledRun,
  type ScheduleRecord,
} from '../../src/index.ts'
import type { Clock } from '../../src/schedules/clock.ts'
import { scheduleRecords, scheduleStates, type ScheduleState } from '../../src/schedules/document.ts'
import { openSchedules } from '../../src/schedules/open-schedules.ts'
import { stateStores } from '../../src/schedules/state-store.ts'
import type { StorageDriver } from '../../src/storage.ts'
import { collectionInfo } from '../../src/storage/collection-info.ts'
import { memoryDriver } from '../../src/storage/memory-driver.ts'
import { openStorage } from '../../src/storage/open-storage.ts'

export const name = 'tick'
export const effects = collection(z.object({ fence: z.number() }), { name: 'effects' })

export interface Begun {
  readonly slotMs: number
  readonly fence: number
  readonly instance: string
  readonly atMs: number
}

export interface Committed {
  readonly fence: number
  readonly current: number | undefined
}

export interface SimulatedOptions {
  readonly definition: ScheduleDefinition
  /** Called for each random choice: 0 ≤ n < 1. */
  readonly random: () => number
  readonly latencyMs?: number
  /** How many of a hundred writes are done and not acknowledged. */
  readonly lostAnswers?: number
  /** How many of a hundred writes are given up by who made them, and done up to half a minute later. */
  readonly lateWrites?: number
  readonly runMs?: (instance: string) => number
  /** How long a handler goes on after its commit, whatever its signal says. */
  readonly lingerMs?: number
}

export interface Instance {
  readonly id: string
  kill(): void
  pause(): void
  resume(): void
  /** As at SIGTERM. Resolves when it has ended. */
  stop(budgetMs: number): Promise<void>
  /** Runs the schedule by hand. */
  run(slot?: Date): Promise<ScheduleRecord>
}

export interface World {
  readonly nowMs: number
  readonly begun: readonly Begun[]
  /** Commits that the store took, in that order, and the fence of the run that counted then. */
  readonly committed: readonly Committed[]
  /** Commits that were refused. */
  readonly refused: readonly { readonly fence: number; readonly code: string }[]
  /**
   * @param own another definition than that of the world
   * @param isOn whether it waits for slots
   */
  start(id: string, skewMs?: number, own?: ScheduleDefinition, isOn?: boolean): Instance
  /** Lets time pass. */
  pass(ms: number): Promise<void>
  state(): Promise<ScheduleState | undefined>
  records(): Promise<ScheduleRecord[]>
}

const statesInfo = collectionInfo(scheduleStates)
const startMs = Date.UTC(2026, 0, 1, 12)

export function simulate({
  definition,
  random,
  latencyMs = 0,
  lostAnswers = 0,
  lateWrites = 0,
  runMs = () => 0,
  lingerMs = 0,
}: SimulatedOptions): World {
  let nowMs = startMs
  let timers: { atMs: number; fire(): void }[] = []
  const shared = memoryDriver()
  const begun: Begun[] = []
  const committed: Committed[] = []
  const refused: { fence: number; code: string }[] = []
  const direct = openStorage(shared)
  const observer = stateStores({
    states: direct.collection(scheduleStates),
    records: direct.collection(scheduleRecords),
    transact: direct.transact,
  }).of(name, definition.keepRuns)

  const after = (ms: number) =>
    new Promise<void>((resolve) => timers.push({ atMs: nowMs + Math.max(0, ms), fire: resolve }))

  /** Notes which run an effect is of, and which one counted when it was written. */
  async function commit(...[actions, call]: Parameters<StorageDriver['commit']>): Promise<number[]> {
    const done = shared.commit(actions, call)
    // In the same turn: nothing comes between.
    const seen = shared.read(statesInfo, [{ id: name, position: name }], call)
    const versions = await done
    const run = (await seen)[0]?.value['run'] as { fence: number } | undefined
    for (const action of actions)
      if (action.kind === 'put' && action.collection.name === effects.name)
        committed.push({ fence: action.value['fence'] as number, current: run?.fence })
    return versions
  }

  function start(id: string, skewMs = 0, own = definition, isOn = true): Instance {
    let isAlive = true
    let resumed: Promise<void> | undefined
    let resume = () => undefined as void
    /** A dead process never goes on; one that is paused does later. */
    async function gate(): Promise<void> {
      while (resumed !== undefined) await resumed
      if (!isAlive) await new Promise(() => undefined)
    }
    const clock: Clock = {
      wallMs: () => nowMs + skewMs,
      monotonicMs: () => nowMs - startMs + skewMs * 7,
      random,
      async wait(ms, signal) {
        if (signal.aborted) return
        await Promise.race([
          after(ms),
          new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
        ])
        await gate()
      },
    }
    const slow = async <T>(work: () => Promise<T>, isWrite: boolean): Promise<T> => {
      await gate()
      if (isWrite && random() * 100 < lateWrites) {
        void after(random() * 30_000).then(() => work().catch(() => undefined))
        await after(1_000)
        await gate()
        throw new FreedaError('FREEDA_TIMEOUT', { driver: 'simulated', timeoutMs: 1_000 })
      }
      await after(random() * latencyMs)
      const result = await work()
      await after(random() * latencyMs)
      await gate()
      if (isWrite && random() * 100 < lostAnswers)
        throw new FreedaError('FREEDA_TIMEOUT', { driver: 'simulated', timeoutMs: latencyMs })
      return result
    }
    const driver: StorageDriver = {
      ...shared,
      read: (...args) => slow(() => shared.read(...args), false),
      commit: (...args) => slow(() => commit(...args), true),
      query: (...args) => slow(() => shared.query(...args), false),
    }
    const storage = openStorage(driver, { clock: clock.wallMs })
    const log = pino({ level: 'silent' })
    const { registry, service } = openSchedules({
      instance: id,
      isOn,
      stores: stateStores({
        states: storage.collection(scheduleStates),
        records: storage.collection(scheduleRecords),
        transact: storage.transact,
      }),
      clock,
      metrics: () => ({ begun() {}, ended() {}, record() {} }),
      log,
    })
    registry.open({ plugin: 'clockwork', log, transact: storage.transact }, name, own).run(work)

    async function work(run: ScheduledRun): Promise<void> {
      const slotMs = run.slot.getTime()
      begun.push({ slotMs, fence: run.fence, instance: id, atMs: nowMs })
      await clock.wait(runMs(id), run.signal)
      const { op } = storage.collection(effects)
      try {
        await run.commit([op.put(`${slotMs}`, { fence: run.fence })])
      } catch (error) {
        refused.push({ fence: run.fence, code: (error as FreedaError).code })
        throw error
      }
      if (lingerMs > 0) await clock.wait(lingerMs, new AbortController().signal)
    }

    registry.start()
    return {
      id,
      kill() {
        isAlive = false
        resume()
      },
      pause() {
        resumed ??= new Promise((resolve) => {
          resume = () => {
            resumed = undefined
            resolve()
          }
        })
      },
      resume: () => resume(),
      stop: (budgetMs) => registry.stop(budgetMs),
      run: (slot) => service.run(name, slot === undefined ? {} : { slot }),
    }
  }

  return {
    get nowMs() {
      return nowMs
    },
    begun,
    committed,
    refused,
    start,
    async pass(ms) {
      const untilMs = nowMs + ms
      for (;;) {
        await settle()
        timers = timers.toSorted((a, b) => a.atMs - b.atMs)
        const next = timers[0]
        if (next === undefined || next.atMs > untilMs) break
        timers.shift()
        nowMs = Math.max(nowMs, next.atMs)
        next.fire()
      }
      nowMs = untilMs
    },
    state: async () => (await observer.read())?.state,
    records: () => observer.records(),
  }
}

/** Everything that can go on without time passing does so. */
const settle = () => new Promise((resolve) => setImmediate(resolve))
