/** The writes of an attempt whose process stood still, or whose answers were lost: what they say is what the store has. */
import { beforeEach, describe, expect, it } from 'vitest'
import { FreedaError, type StorageDriver } from '../../src/index.ts'
import { memoryDriver, openStorage } from '../../src/driver.ts'
import { jobsCollection, placeOf, stateOf, type StoredJob } from '../../src/queues/job-document.ts'
import { jobStore, type Held, type JobStore } from '../../src/queues/job-store.ts'
import { effects as effectsCollection } from './instances.ts'

const leaseMs = 30_000

let memory: StorageDriver
beforeEach(() => void (memory = memoryDriver()))

/** An instance whose monotonic clock goes on only when it is told to. */
function instance(driver = memory) {
  const storage = openStorage(driver)
  const time = { ms: 0 }
  const jobs = storage.collection(jobsCollection)
  const clock = { wallMs: () => Date.now(), monotonicMs: () => time.ms }
  const store = jobStore({ jobs, transact: storage.transact, clock })
  return { store, jobs, time, effects: storage.collection(effectsCollection) }
}

type Instance = ReturnType<typeof instance>

async function claimed(isNamed: boolean, { store, jobs }: Instance) {
  const waiting = { queue: 'work', addedAt: new Date(), attempt: 0, at: new Date() }
  const job = await jobs.create({
    ...waiting,
    ...(isNamed ? { isNamed } : {}),
    place: placeOf('waiting', waiting),
  })
  return (await store.claim(job, leaseMs))!
}

describe.each([
  ['a job', false],
  ['a job with an id of its own', true],
])('%s that was put aside while its owner stood still', (_, isNamed) => {
  it.each<[string, (store: JobStore, held: Held, owner: Instance) => Promise<unknown>]>([
    ['commit', (store, held, { effects }) => store.commit(held, [effects.op.create({ job: 'one' })])],
    ['finish', (store, held) => store.finish(held)],
    ['release', (store, held) => store.release(held, { delayMs: 0 })],
    ['giveBack', (store, held) => store.giveBack(held)],
    ['bury', (store, held) => store.bury(held, 'mine')],
    ['renew', (store, held) => store.renew(held)],
  ])('is lost to it: %s', async (_, write) => {
    const [owner, other] = [instance(), instance()]
    const held = await claimed(isNamed, owner)
    expect(await other.store.buryLapsed(held.job, 'its worker was lost.')).toBe(true)
    owner.time.ms = 2 * leaseMs
    await expect(write(owner.store, held, owner)).rejects.toMatchObject({ code: 'FREEDA_JOB_LOST' })
    const job = await other.jobs.get(held.job.id)
    expect([stateOf(job!), job!.error]).toEqual(['dead', 'its worker was lost.'])
    expect((await other.effects.query()).items).toEqual([])
  })
})

describe('a renewal that was given up, and arrives after all', () => {
  /** Says of the first renewal that nobody knows its outcome, and does it when it is told to. */
  function delayed() {
    let arrive: (() => Promise<unknown>) | undefined
    let isOn = false
    const driver: StorageDriver = {
      ...memory,
      async commit(actions, call) {
        if (!isOn) return memory.commit(actions, call)
        arrive ??= () => memory.commit(actions, call)
        throw new FreedaError('FREEDA_TIMEOUT', { driver: 'memory', timeoutMs: 1 })
      },
    }
    return {
      driver,
      delay: () => void (isOn = true),
      async arrive() {
        isOn = false
        await arrive!()
      },
    }
  }

  it.each([false, true])('does not pass for a commit: with an id of its own %s', async (isNamed) => {
    const { driver, delay, arrive } = delayed()
    const owner = instance(driver)
    const held = await claimed(isNamed, owner)
    delay()
    owner.time.ms = leaseMs
    await expect(owner.store.renew(held)).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
    await arrive()
    owner.time.ms = leaseMs - 1
    await owner.store.commit(held, [owner.effects.op.create({ job: 'one' })])
    expect((await owner.effects.query()).items).toMatchObject([{ job: 'one' }])
    const left: StoredJob | undefined = await owner.jobs.get(held.job.id)
    expect(left === undefined ? 'gone' : stateOf(left)).toBe(isNamed ? 'ended' : 'gone')
  })

  it('does not pass for a refusal of what the caller wanted to write', async () => {
    const { driver, delay, arrive } = delayed()
    const owner = instance(driver)
    const held = await claimed(false, owner)
    const taken = await owner.effects.create({ job: 'one' })
    delay()
    owner.time.ms = leaseMs
    await expect(owner.store.renew(held)).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
    await arrive()
    const operations = [owner.effects.op.create({ job: 'two' }, { id: taken.id })]
    await expect(owner.store.commit(held, operations)).rejects.toMatchObject({ code: 'FREEDA_CONFLICT' })
    // The claim still holds.
    await owner.store.commit(held, [])
    expect(await owner.jobs.get(held.job.id)).toBeUndefined()
  })
})
