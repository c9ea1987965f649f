/** Random histories of instances that work, stand still, die and stop: no job is lost, and none is done twice in effect. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Job, StorageDriver } from '../../src/index.ts'
import { commitEffect, sharedMemory, startInstance, type Instance, type Work } from './instances.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const second = 1_000
const attempts = 4
const options = { attempts, concurrency: 2, leaseMs: 10 * second, timeLimitMs: 60 * second }

/** What a job does is in its value, so that a history can be told from its script. */
const behaviours = ['quick', 'slow', 'very slow', 'fails at first', 'always fails', 'hangs at first'] as const

async function doJob(job: Job<Work>, instance: Instance): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  switch (behaviours[job.value.n]) {
    case 'slow':
      await pause(4 * second)
      break
    case 'very slow':
      await pause(35 * second)
      break
    case 'fails at first':
      if (job.attempt === 1) throw new Error('at first')
      break
    case 'always fails':
      throw new Error('always')
    case 'hangs at first':
      if (job.attempt === 1) await pause(3_600 * second)
  }
  await commitEffect(job, instance)
}

const place = fc.nat({ max: 2 })
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        at: place,
        n: fc.nat({ max: 5 }),
        isNamed: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 20 * second }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('kill' as const, 'freeze' as const, 'thaw' as const, 'stop' as const),
        at: place,
      }),
    },
  ),
  { minLength: 5, maxLength: 40 },
)
const skews = fc.tuple(
  ...Array.from({ length: 3 }, () => fc.integer({ min: -120 * second, max: 120 * second })),
)

/** Stores whose index lags behind: a query may show what was there a moment ago. */
function lagging(driver: StorageDriver): StorageDriver {
  const before = new Map<string, Awaited<ReturnType<StorageDriver['query']>>>()
  let turn = 0
  return {
    ...driver,
    async query(query, call) {
      const key = JSON.stringify([query.collection.name, query.index, query.order])
      const now = await driver.query(query, call)
      const shown = turn++ % 3 === 0 && query.index?.name === 'byPlace' ? before.get(key) : undefined
      before.set(key, now)
      return shown === undefined ? now : { ...shown, documents: shown.documents.slice(0, query.limit) }
    },
  }
}

it('holds in any history', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      skews,
      fc.boolean(),
      fc.integer({ min: 1, max: 3 }),
      async (script, skewMs, isLagging, shards) => {
        const memory = sharedMemory()
        const driver = isLagging ? lagging(memory) : memory
        const start = (at: number) =>
          startInstance({ driver, work: doJob, skewMs: skewMs[at]!, shards, ...options })
        const instances = [start(0), start(1), start(2)]
        const frozen = new Set<number>()
        const added: { id: string; n: number }[] = []
        for (const [n, step] of script.entries()) {
          if (step.kind === 'wait') await vi.advanceTimersByTimeAsync(step.ms)
          else if (step.kind === 'add') {
            if (frozen.has(step.at)) continue
            const { id } = await instances[step.at]!.queue.add(
              { n: step.n },
              step.isNamed ? { id: `job ${n}` } : {},
            )
            added.push({ id, n: step.n })
          } else if (step.kind === 'kill') {
            instances[step.at]!.kill()
            frozen.delete(step.at)
            instances[step.at] = start(step.at)
          } else if (step.kind === 'stop') {
            if (frozen.has(step.at)) continue
            const stopped = instances[step.at]!.queues.stop(5 * second)
            await vi.advanceTimersByTimeAsync(5 * second)
            await stopped
            instances[step.at] = start(step.at)
          } else if (step.kind === 'freeze') {
            instances[step.at]!.freeze()
            frozen.add(step.at)
          } else {
            instances[step.at]!.thaw()
            frozen.delete(step.at)
          }
        }
        await vi.advanceTimersByTimeAsync(60 * second)
        for (const instance of instances) instance.thaw()
        // Every attempt may be lost, hang and back off.
        await vi.advanceTimersByTimeAsync(3_600 * second)

        const [reader] = instances
        const done = new Map<string, number>()
        for (const { job } of (await reader!.effects.query({ limit: 1_000 })).items)
          done.set(job, (done.get(job) ?? 0) + 1)
        const dead = new Set((await reader!.queue.dead({ limit: 1_000 })).items.map(({ id }) => id))
        for (const { id, n } of added) {
          expect({ id, n: behaviours[n], effects: (done.get(id) ?? 0) + (dead.has(id) ? 1 : 0) }).toEqual({
            id,
            n: behaviours[n],
            effects: 1,
          })
          if (behaviours[n] === 'always fails') expect(dead).toContain(id)
        }
        for (const instance of instances) await instance.queues.stop(0)
      },
    ),
    { numRuns: Number(process.env['FREEDA_HISTORIES'] ?? 60), endOnFailure: true },
  )
}, 600_000)
