/** Processes that share a schedule on one table, and what is left when they were killed and paused. */
import { collection, type ScheduleRecord } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  scheduleRecords,
  scheduleStates,
  type ScheduleState,
} from '../../packages/runtime/src/schedules/document.ts'
import { slotsOf } from '../../packages/runtime/src/schedules/slots.ts'
import { stateStores } from '../../packages/runtime/src/schedules/state-store.ts'
import { violations } from '../../packages/runtime/test/schedules/check-world.ts'
import { freshTable, startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { spawnApp, type SpawnedApp } from '../e2e/spawn-app.ts'

export const tickApp = fileURLToPath(new URL('tick-app.mjs', import.meta.url))
const begunCollection = collection(z.object({ slotMs: z.number(), fence: z.number() }), { name: 'begun' })
const effectsCollection = collection(z.object({ fence: z.number() }), { name: 'effects' })
const tick = slotsOf('tick', { when: { everyMs: 1_000 }, jitterMs: 0 })

export interface Clockwork {
  start(env?: Readonly<Record<string, string>>): Promise<SpawnedApp>
  state(): Promise<ScheduleState | undefined>
  /** Latest first. */
  records(): Promise<ScheduleRecord[]>
  /** Fences of the runs whose commits were taken, by slot. */
  effects(): Promise<ReadonlyMap<string, number>>
  /** What does not hold of the slots that are decided. */
  violations(): Promise<string[]>
}

/** A table of its own on a DynamoDB of its own; gone after the test. */
export async function openClockwork(): Promise<Clockwork> {
  const dynamo = await startDynamo()
  const table = freshTable()
  const { endpoint } = dynamo
  const collections = [begunCollection, effectsCollection, scheduleStates, scheduleRecords].map(
    collectionInfo,
  )
  const storage = openStorage(await openDynamoDriver({ table, endpoint, collections, prepare: 'create' }))
  onTestFinished(async () => {
    await storage.close()
    await dynamo.stop()
  })
  // Sources and built types of the same: only their private marks differ.
  const store = stateStores({
    states: storage.collection(scheduleStates) as never,
    records: storage.collection(scheduleRecords) as never,
    transact: storage.transact as never,
  }).of('tick', 1_000)
  const state = async () => (await store.read())?.state

  async function effects(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>()
    for await (const { id, fence } of storage.collection(effectsCollection).iterate()) found.set(id, fence)
    return found
  }

  return {
    start: (env = {}) =>
      spawnApp({
        command: [tickApp],
        cwd: process.cwd(),
        env: { TABLE_NAME: table, ENDPOINT: endpoint, ...env },
      }),
    state,
    records: () => store.records(),
    effects,
    async violations() {
      const { slot, run } = (await state())!
      const records = await store.records()
      const begun: { slotMs: number; fence: number }[] = []
      for await (const each of storage.collection(begunCollection).iterate()) begun.push(each)
      const firstMs = Math.min(...records.map((record) => record.firstSlot.getTime()))
      const wrong = violations({
        slots: tick,
        fromMs: firstMs - 1,
        toMs: run === undefined ? slot.getTime() : run.slot.getTime() - 1,
        begun: begun.filter(({ fence }) => fence !== run?.fence),
        records,
        committed: [],
        attempts: 1,
      })
      const written = await effects()
      for (const { outcome, slot: at, fence } of records)
        if (outcome === 'ok' && written.get(at.toISOString()) !== fence)
          wrong.push(`what run ${fence} has committed is not there`)
      for (const [at, fence] of written)
        if (fence !== run?.fence && !records.some((record) => record.fence === fence))
          wrong.push(`${at} was written by run ${fence}, which nobody knows`)
      return wrong
    },
  }
}

/** Lets processes run the schedule that are killed and paused at random. */
export async function disturb(
  clockwork: Clockwork,
  { forMs, processes = 3 }: { forMs: number; processes?: number },
) {
  const apps = await Promise.all(Array.from({ length: processes }, () => clockwork.start()))
  const untilMs = performance.now() + forMs
  const random = (below: number) => Math.floor(Math.random() * below)
  const counts = { killed: 0, paused: 0 }
  while (performance.now() < untilMs) {
    await sleep(random(1_200))
    const at = random(processes)
    if (Math.random() < 0.5) {
      await apps[at]!.end('SIGKILL')
      counts.killed++
      apps[at] = await clockwork.start()
    } else {
      apps[at]!.child.kill('SIGSTOP')
      counts.paused++
      await sleep(500 + random(3_000))
      apps[at]!.child.kill('SIGCONT')
    }
  }
  return { apps, counts }
}
