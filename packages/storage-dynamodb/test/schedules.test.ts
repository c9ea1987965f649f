/** What schedules cost, in request units: docs/jobs.md says the same. */
import { definePlugin, schedule, Schedules, start, type App } from '@freeda/runtime'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { dynamodb } from '../src/index.ts'
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { freshTable, startDynamo } from './start-dynamo.ts'

const dynamo = await startDynamo()
afterAll(() => dynamo.stop())

interface Instance {
  readonly app: App
  readonly proxy: FaultProxy
  readonly slots: number[]
}

/** An instance that notes what had been used when each run began. */
async function startInstance(
  table: string,
  onRun: () => unknown = () => undefined,
  timing: { readonly everyMs: number; readonly leaseMs?: number } = { everyMs: 1_000 },
): Promise<Instance> {
  const proxy = await startFaultProxy(dynamo.endpoint, { isMeasuring: true })
  const slots: number[] = []
  const ticking = definePlugin({
    name: 'ticking',
    freeda: '^1.0.0',
    schedules: { tick: schedule(timing) },
    setup({ schedules }) {
      schedules.tick.run(async ({ slot }) => {
        slots.push(slot.getTime())
        await onRun()
      })
    },
  })
  const app = await start({
    config: {
      server: { port: 0, shutdown: '2s' },
      log: { level: 'silent' },
      plugins: [dynamodb({ table, endpoint: proxy.endpoint }), ticking()],
    },
    mode: 'test',
    environment: {},
    signals: false,
  })
  onTestFinished(async () => {
    await app.stop()
    await proxy.close()
  })
  return { app, proxy, slots }
}

const unitsOf = ({ proxy }: Instance) => ({ read: proxy.units.read, write: proxy.units.write })
const patiently = { timeout: 30_000, interval: 10 }

describe.skipIf(!dynamo.hasTransactions)('a schedule on DynamoDB', () => {
  it('costs 3 reads and 5 writes a slot, and nothing between slots', async () => {
    const seen: { read: number; write: number }[] = []
    const started: Instance[] = []
    started.push(await startInstance(freshTable(), () => seen.push(...started.map(unitsOf))))
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(4), patiently)
    const [, , before, after] = seen
    expect({ read: after!.read - before!.read, write: after!.write - before!.write }).toEqual({
      read: 3,
      write: 5,
    })
  })

  it('costs an instance that finds a slot run 1 or 2 reads', async () => {
    const table = freshTable()
    const instances = [await startInstance(table), await startInstance(table)]
    const slots = () => instances.flatMap((one) => one.slots)
    await vi.waitFor(() => expect(slots().length).toBeGreaterThanOrEqual(2), patiently)
    const total = () => instances.map(unitsOf)
    const ranBefore = slots().length
    const before = total()
    await vi.waitFor(() => expect(slots().length).toBeGreaterThanOrEqual(ranBefore + 6), patiently)
    const after = total()
    const ran = slots().length - ranBefore
    const sum = (of: 'read' | 'write') =>
      after.reduce((all, units, i) => all + units[of] - before[i]![of], 0) / ran
    expect(new Set(slots()).size).toBe(slots().length)
    // A slot may be half done at either end, and two may try at a time.
    expect(sum('read')).toBeLessThanOrEqual(3 + 2 + 1)
    expect(sum('write')).toBeLessThanOrEqual(5 + 1 + 1)
  })

  it('costs a write for each third of the lease while a run goes on', async () => {
    const table = freshTable()
    let end: (() => void) | undefined
    const running = new Promise<void>((resolve) => (end = resolve))
    const instance = await startInstance(table, () => running, { everyMs: 1_000, leaseMs: 1_500 })
    await vi.waitFor(() => expect(instance.slots).toHaveLength(1), patiently)
    const before = unitsOf(instance)
    await vi.waitFor(
      () => expect(unitsOf(instance).write - before.write).toBeGreaterThanOrEqual(4),
      patiently,
    )
    expect(unitsOf(instance).read).toBe(before.read)
    const { running: run } = (await instance.app.get(Schedules).list())[0]!
    expect(run!.slot.getTime()).toBe(instance.slots[0])
    end!()
  })
})
