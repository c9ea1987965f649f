/** Several instances on one store: leases, take-overs, fencing, clocks, and the end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FreedaError, isFreedaError, type Job, type StorageDriver } from '../../src/index.ts'
import { deferred } from '../deferred.ts'
import { commitEffect, effectsOf, sharedBus, sharedMemory, startInstance, type Work } from './instances.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const second = 1_000
const leaseMs = 30 * second

describe('a job', () => {
  it('is begun at once by the instance that added it', async () => {
    const instance = startInstance({ driver: sharedMemory(), work: commitEffect })
    const { id } = await instance.queue.add({ n: 1 })
    await pass(1)
    expect(await effectsOf(instance, id)).toBe(1)
  })

  it('is begun within seconds by another instance', async () => {
    const driver = sharedMemory()
    const adding = startInstance({ driver })
    const working = startInstance({ driver, work: commitEffect })
    await pass(60 * second)
    const { id } = await adding.queue.add({ n: 1 })
    await pass(5 * second)
    expect(await effectsOf(working, id)).toBe(1)
    expect(adding.outcomes).toEqual([])
  })

  it('is begun at once by another instance that was told of it', async () => {
    const driver = sharedMemory()
    const { bus, gaps, said } = sharedBus()
    const adding = startInstance({ driver, bus })
    const off = startInstance({ driver, bus, isOn: false, work: commitEffect })
    const working = startInstance({ driver, bus, work: commitEffect })
    await pass(60 * second)
    const { id } = await adding.queue.add({ n: 1 })
    await pass(1)
    expect(await effectsOf(working, id)).toBe(1)
    await adding.transact([
      adding.queue.op.add({ n: 1 }, { id: 'two' }),
      adding.effects.op.create({ job: 'none' }),
    ])
    await adding.queue.add({ n: 1 }, { id: 'three', delayMs: 1 })
    await pass(second)
    expect([await effectsOf(working, 'two'), await effectsOf(working, 'three')]).toEqual([1, 1])
    // Not of each job: whoever was woken looks again by itself.
    expect(said).toHaveLength(1)
    expect(off.outcomes).toEqual([])
    // What was said while nobody could hear it is found as soon as they hear again.
    const unheard = startInstance({ driver })
    await pass(60 * second)
    const late = await unheard.queue.add({ n: 1 })
    gaps.forEach((tell) => tell())
    await pass(1)
    expect(await effectsOf(working, late.id)).toBe(1)
  })

  it('is begun within 400 ms by another instance that was told of one just before', async () => {
    const driver = sharedMemory()
    const { bus, said } = sharedBus()
    const adding = startInstance({ driver, bus })
    const working = startInstance({ driver, bus, work: commitEffect })
    await pass(60 * second)
    for (const afterMs of [1, 50, 99]) {
      said.length = 0
      await adding.queue.add({ n: 1 })
      await pass(afterMs)
      const { id } = await adding.queue.add({ n: 2 })
      expect(said).toHaveLength(1)
      await pass(400)
      expect(await effectsOf(working, id)).toBe(1)
      await pass(60 * second)
    }
  })

  it('does not wait for ever behind those that an instance adds and begins by itself', async () => {
    const driver = sharedMemory()
    const adding = startInstance({ driver })
    const working = startInstance({
      driver,
      concurrency: 1,
      async work(job, instance) {
        await new Promise((resolve) => setTimeout(resolve, 9))
        if (job.value.n === 1) await commitEffect(job, instance)
      },
    })
    const feeding = setInterval(() => void working.queue.add({ n: 0 }), 10)
    await pass(10 * second)
    const { id } = await adding.queue.add({ n: 1 })
    await pass(6 * second)
    clearInterval(feeding)
    expect(await effectsOf(working, id)).toBe(1)
  })

  it('is begun when its delay is over, not later', async () => {
    const driver = sharedMemory()
    const adding = startInstance({ driver })
    const working = startInstance({ driver, work: commitEffect })
    const { id } = await adding.queue.add({ n: 1 }, { delayMs: 61_234 })
    await pass(61_233)
    expect(await effectsOf(working, id)).toBe(0)
    await pass(1)
    expect(await effectsOf(working, id)).toBe(1)
  })

  it('that was added by a transaction is begun at once', async () => {
    const instance = startInstance({ driver: sharedMemory(), work: commitEffect })
    await instance.transact([
      instance.effects.op.create({ job: 'none' }),
      instance.queue.op.add({ n: 1 }, { id: 'one' }),
    ])
    await pass(1)
    expect(await effectsOf(instance, 'one')).toBe(1)
  })

  it('keeps to the concurrency of its queue', async () => {
    let running = 0
    let most = 0
    const driver = sharedMemory()
    const instance = startInstance({
      driver,
      concurrency: 3,
      async work() {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 100))
        running--
      },
    })
    await Promise.all(Array.from({ length: 20 }, (_, n) => instance.queue.add({ n })))
    await pass(10 * second)
    expect(instance.outcomes).toEqual(Array.from({ length: 20 }, () => 'done'))
    expect(most).toBe(3)
  })

  it('fails when its time limit is over, and its signal says so', async () => {
    const signals: AbortSignal[] = []
    const instance = startInstance({
      driver: sharedMemory(),
      timeLimitMs: 5 * second,
      attempts: 1,
      work: ({ signal }) => {
        signals.push(signal)
        return new Promise(() => {})
      },
    })
    await instance.queue.add({ n: 1 })
    await pass(4_999)
    expect(signals[0]!.aborted).toBe(false)
    await pass(2)
    expect(signals[0]!.reason).toEqual(new Error('The time limit of 5000 ms is over.'))
    expect((await instance.queue.dead()).items[0]!.error).toBe('The time limit of 5000 ms is over.')
    expect(instance.outcomes).toEqual(['dead'])
  })

  it('waits longer after each failure, anything up to a bound', async () => {
    const beganAt: number[] = []
    const instance = startInstance({
      driver: sharedMemory(),
      attempts: 6,
      backoff: { minMs: 10 * second, maxMs: 40 * second },
      work() {
        beganAt.push(Date.now())
        throw new Error('no')
      },
    })
    await instance.queue.add({ n: 1 })
    await pass(200 * second)
    const waits = beganAt.slice(1).map((at, n) => at - beganAt[n]!)
    expect(waits).toHaveLength(5)
    for (const [n, bound] of [10, 20, 40, 40, 40].entries())
      expect(waits[n]).toBeLessThanOrEqual(bound * second + 1)
    expect(new Set(waits).size).toBeGreaterThan(1)
  })
})

describe('a worker that is gone', () => {
  it('loses its jobs to another instance after the lease, not before', async () => {
    const driver = sharedMemory()
    const gone = startInstance({ driver, work: () => new Promise(() => {}), timeLimitMs: 3_600_000 })
    const { id } = await gone.queue.add({ n: 1 })
    await pass(second)
    gone.kill()
    const other = startInstance({ driver, work: commitEffect })
    await pass(leaseMs - second)
    expect(await effectsOf(other, id)).toBe(0)
    await pass(leaseMs)
    expect(await effectsOf(other, id)).toBe(1)
  })

  it('loses nothing while it works: it renews its claims', async () => {
    const driver = sharedMemory()
    const end = deferred()
    const first = startInstance({
      driver,
      timeLimitMs: 3_600_000,
      async work(job, instance) {
        await end.promise
        await commitEffect(job, instance)
      },
    })
    const { id } = await first.queue.add({ n: 1 })
    const other = startInstance({ driver, work: commitEffect })
    await pass(20 * leaseMs)
    expect(other.outcomes).toEqual([])
    end.resolve()
    await pass(1)
    expect(await effectsOf(first, id)).toBe(1)
  })

  it('can write nothing when it comes back, and is told that it was late', async () => {
    const driver = sharedMemory()
    const end = deferred()
    const seen: unknown[] = []
    const frozen = startInstance({
      driver,
      timeLimitMs: 3_600_000,
      async work(job, instance) {
        job.signal.addEventListener('abort', () => seen.push(job.signal.reason))
        await end.promise
        await commitEffect(job, instance).catch((error: unknown) => {
          seen.push(isFreedaError(error) ? error.code : error)
          throw error
        })
      },
    })
    const { id } = await frozen.queue.add({ n: 1 })
    await pass(second)
    frozen.freeze()
    const other = startInstance({ driver, work: commitEffect })
    await pass(3 * leaseMs)
    expect(await effectsOf(other, id)).toBe(1)
    end.resolve()
    frozen.thaw()
    await pass(second)
    expect(await effectsOf(other, id)).toBe(1)
    expect(frozen.outcomes).toEqual(['lost'])
    expect(seen).toContainEqual('FREEDA_JOB_LOST')
  })

  it('can write nothing although its job has an id that was used again', async () => {
    const driver = sharedMemory()
    const end = deferred()
    const frozen = startInstance({
      driver,
      timeLimitMs: 12 * 3_600 * second,
      async work(job, instance) {
        await end.promise
        await commitEffect(job, instance)
      },
    })
    await frozen.queue.add({ n: 1 }, { id: 'daily' })
    await pass(second)
    frozen.freeze()
    const other = startInstance({ driver, work: commitEffect })
    await pass(3 * leaseMs)
    expect(await effectsOf(other, 'daily')).toBe(1)
    other.kill()
    await pass(24 * 3_600 * second)
    const holding = startInstance({ driver, work: () => new Promise(() => {}) })
    await holding.queue.add({ n: 2 }, { id: 'daily' })
    await pass(1)
    end.resolve()
    frozen.thaw()
    await pass(second)
    expect(frozen.outcomes).toEqual(['lost'])
    expect(await effectsOf(holding, 'daily')).toBe(1)
  })

  it('makes a job dead that has had all of its attempts', async () => {
    const driver = sharedMemory()
    const gone = startInstance({ driver, attempts: 1, work: () => new Promise(() => {}) })
    await gone.queue.add({ n: 1 })
    await pass(second)
    gone.kill()
    const other = startInstance({ driver, attempts: 1, work: commitEffect })
    await pass(3 * leaseMs)
    expect((await other.queue.dead()).items).toMatchObject([{ attempts: 1, error: 'its worker was lost.' }])
  })

  it('can write nothing of its last attempt when it comes back after that was taken for dead', async () => {
    const driver = sharedMemory()
    const end = deferred()
    const frozen = startInstance({
      driver,
      attempts: 1,
      timeLimitMs: 3_600_000,
      async work(job, instance) {
        await end.promise
        await commitEffect(job, instance)
      },
    })
    const { id } = await frozen.queue.add({ n: 1 })
    await pass(second)
    frozen.freeze()
    const other = startInstance({ driver, attempts: 1, work: commitEffect })
    await pass(3 * leaseMs)
    expect((await other.queue.dead()).items).toMatchObject([{ id }])
    end.resolve()
    frozen.thaw()
    await pass(second)
    expect(frozen.outcomes).toEqual(['lost'])
    expect(await effectsOf(other, id)).toBe(0)
    expect((await other.queue.dead()).items).toMatchObject([{ id }])
  })
})

describe.each(['before', 'after'] as const)(
  'a write whose outcome nobody knows, since it failed %s it was done',
  (when) => {
    it.each([
      ['a claim', (n: number) => n === 1],
      ['an end', (n: number) => n === 2],
      ['every other write', (n: number) => n % 2 === 1],
    ])('does not begin the job a second time when it is %s', async (_, isMeant) => {
      const memory = sharedMemory()
      let writes = 0
      const driver: StorageDriver = {
        ...memory,
        async commit(actions, call) {
          const fails =
            actions.some(({ collection }) => collection.name === 'freeda.jobs') && isMeant(writes++)
          const timeout = new FreedaError('FREEDA_TIMEOUT', { driver: 'memory', timeoutMs: 1 })
          if (fails && when === 'before') throw timeout
          const versions = await memory.commit(actions, call)
          if (fails) throw timeout
          return versions
        },
      }
      let begun = 0
      const instance = startInstance({
        driver,
        async work(job, self) {
          begun++
          if (job.value.n === 1) await commitEffect(job, self)
        },
      })
      for (const [n, id] of [
        [0, undefined],
        [0, 'first'],
        [1, undefined],
        [1, 'second'],
      ] as const) {
        writes = 0
        begun = 0
        const added = await instance.queue.add({ n }, id === undefined ? {} : { id })
        await pass(20 * second)
        expect(begun).toBe(1)
        expect(await effectsOf(instance, added.id)).toBe(n)
      }
      expect(instance.outcomes.filter((outcome) => outcome !== 'taken')).toEqual(Array(4).fill('done'))
    })
  },
)

describe('an app that stops', () => {
  it('begins nothing more, lets end what may, and gives back the rest for others to begin at once', async () => {
    const driver = sharedMemory()
    const reasons: unknown[] = []
    const work = (job: Job<Work>) =>
      new Promise<void>((resolve) => {
        if (job.value.n === 1) setTimeout(resolve, 3 * second)
        else job.signal.addEventListener('abort', () => reasons.push(job.signal.reason))
      })
    const stopping = startInstance({ driver, concurrency: 2, timeLimitMs: 3_600_000, work })
    await stopping.queue.add({ n: 1 })
    const { id } = await stopping.queue.add({ n: 2 })
    await pass(1)
    const waiting = await stopping.queue.add({ n: 3 })
    const stopped = stopping.queues.stop(10 * second)
    await pass(9 * second)
    await stopped
    expect(stopping.outcomes.toSorted()).toEqual(['done', 'interrupted'])
    expect(reasons).toEqual([new Error('The app is stopping.')])
    const attempts: unknown[] = []
    const next = startInstance({
      driver,
      work(job, instance) {
        attempts.push([job.id, job.attempt])
        return commitEffect(job, instance)
      },
    })
    await pass(1)
    expect(await effectsOf(next, id)).toBe(1)
    expect(await effectsOf(next, waiting.id)).toBe(1)
    expect(attempts).toContainEqual([id, 1])
  })
})

it.each([1, 5])(
  'is not lost when nobody knows whether it was added, and was: %i attempts',
  async (attempts) => {
    const memory = sharedMemory()
    let fails = true
    const driver: StorageDriver = {
      ...memory,
      async commit(actions, call) {
        const versions = await memory.commit(actions, call)
        if (!fails) return versions
        fails = false
        throw new FreedaError('FREEDA_TIMEOUT', { driver: 'memory', timeoutMs: 1 })
      },
    }
    const instance = startInstance({ driver, attempts, work: commitEffect })
    await pass(second)
    await expect(instance.queue.add({ n: 1 }, { id: 'one' })).rejects.toThrow(
      'whether the write happened is unknown',
    )
    await expect(instance.queue.add({ n: 1 }, { id: 'one' })).rejects.toThrow('exists already')
    await pass(3 * leaseMs)
    expect(await effectsOf(instance, 'one')).toBe(1)
  },
)

it.each(['query', 'commit'] as const)(
  'says once that the store is away, and goes on when it is back: %s',
  async (call) => {
    const memory = sharedMemory()
    let isAway = false
    const driver: StorageDriver = {
      ...memory,
      [call]: async (...args: never[]) => {
        if (isAway) throw new FreedaError('FREEDA_UNAVAILABLE', { driver: 'memory', reason: 'it is away.' })
        return (memory[call] as (...args: never[]) => unknown)(...args)
      },
    }
    const adding = startInstance({ driver: memory })
    const instance = startInstance({ driver, work: commitEffect })
    await pass(second)
    isAway = true
    const added = await Promise.all(Array.from({ length: 20 }, (_, n) => adding.queue.add({ n })))
    await pass(60 * second)
    expect(instance.queues.trouble()).toBe(
      'queue "work" cannot be worked on: Storage (memory) is unavailable: it is away.',
    )
    isAway = false
    await pass(10 * second)
    expect(instance.queues.trouble()).toBeUndefined()
    expect(await Promise.all(added.map(({ id }) => effectsOf(instance, id)))).toEqual(added.map(() => 1))
    expect(instance.logs.map(({ msg }) => msg)).toEqual([
      'queue "work" cannot be worked on',
      'queue "work" can be worked on again',
    ])
  },
)

it('begins a dead job at once that is to begin again', async () => {
  const driver = sharedMemory()
  let isDown = true
  const instance = startInstance({
    driver,
    attempts: 1,
    work(job, self) {
      if (isDown) throw new Error('down')
      return commitEffect(job, self)
    },
  })
  await pass(60 * second)
  const { id } = await instance.queue.add({ n: 1 })
  await pass(second)
  isDown = false
  await instance.queue.retry(id)
  await pass(1)
  expect(await effectsOf(instance, id)).toBe(1)
})

it('gives back what it was about to begin when it stops', async () => {
  const memory = sharedMemory()
  const driver: StorageDriver = {
    ...memory,
    async commit(actions, call) {
      await new Promise((resolve) => setTimeout(resolve, second))
      return memory.commit(actions, call)
    },
  }
  const work = vi.fn()
  const instance = startInstance({ driver, work })
  await pass(second)
  const added = instance.queue.add({ n: 1 })
  await pass(1)
  void instance.queues.stop(500)
  await pass(10 * second)
  await added
  expect(work).not.toHaveBeenCalled()
  expect(instance.outcomes).toEqual(['interrupted'])
  const attempts: number[] = []
  startInstance({ driver: memory, work: ({ attempt }) => attempts.push(attempt) })
  await pass(1)
  expect(attempts).toEqual([1])
})

it('stops in time although the store does not answer', async () => {
  const instance = startInstance({
    driver: sharedMemory(),
    timeLimitMs: 3_600_000,
    work: () => new Promise(() => {}),
  })
  await instance.queue.add({ n: 1 })
  await pass(1)
  instance.freeze()
  const stopped = vi.fn()
  void instance.queues.stop(10 * second).then(stopped)
  await pass(10 * second)
  expect(stopped).toHaveBeenCalled()
  expect(instance.logs.at(-1)).toMatchObject({
    msg: '1 jobs of "work" could not be given back: they begin again once their lease is over',
  })
})

describe.each([-10, -1, 1, 10])('an instance whose clock is off by %i minutes', (minutes) => {
  it('takes nothing from others that work, and does what is due early or late', async () => {
    const driver = sharedMemory()
    const end = deferred()
    const right = startInstance({
      driver,
      timeLimitMs: 3_600_000,
      concurrency: 1,
      async work(job, instance) {
        await end.promise
        await commitEffect(job, instance)
      },
    })
    const held = await right.queue.add({ n: 1 })
    await pass(1)
    const wrong = startInstance({ driver, skewMs: minutes * 60_000, work: commitEffect })
    await pass(5 * leaseMs)
    expect(wrong.outcomes).toEqual([])
    const fresh = await right.queue.add({ n: 2 })
    await pass(6 * second)
    expect(await effectsOf(wrong, fresh.id)).toBe(minutes < 0 ? 0 : 1)
    end.resolve()
    await pass(11 * 60_000)
    expect(await effectsOf(wrong, fresh.id)).toBe(1)
    expect(await effectsOf(wrong, held.id)).toBe(1)
    expect(right.outcomes.filter((outcome) => outcome === 'lost')).toEqual([])
  })
})

it('spreads its jobs over shards, and finds them in all of them, in every state', async () => {
  const memory = sharedMemory()
  const places = new Set<string>()
  const driver: StorageDriver = {
    ...memory,
    commit(actions, call) {
      for (const action of actions)
        if (action.kind === 'put' && typeof action.value['place'] === 'string')
          places.add(action.value['place'])
      return memory.commit(actions, call)
    },
  }
  const options = { shards: 3, attempts: 2, backoff: { minMs: 0, maxMs: 0 } }
  const adding = startInstance({ driver, ...options })
  const gone = startInstance({ driver, ...options, concurrency: 10, work: () => new Promise(() => {}) })
  const added = await Promise.all(Array.from({ length: 60 }, (_, n) => adding.queue.add({ n })))
  await pass(10 * second)
  gone.kill()
  const working = startInstance({
    driver,
    ...options,
    work(job, instance) {
      if (job.value.n % 10 === 0) throw new Error('no')
      return commitEffect(job, instance)
    },
  })
  await pass(5 * leaseMs)
  const dead = await working.queue.dead()
  expect(dead.items).toHaveLength(6)
  const done = await Promise.all(added.map(({ id }) => effectsOf(working, id)))
  expect(done).toEqual(added.map((_, n) => (n % 10 === 0 ? 0 : 1)))
  expect([...places].toSorted()).toEqual([
    'dead/work',
    ...['held', 'waiting'].flatMap((state) => [`${state}/work`, `${state}/work/1`, `${state}/work/2`]),
  ])
})

it('asks the store seldom while there is nothing to do', async () => {
  const memory = sharedMemory()
  const asked: string[] = []
  const driver: StorageDriver = {
    ...memory,
    query(query, call) {
      asked.push(query.index!.partition)
      return memory.query(query, call)
    },
  }
  startInstance({ driver, work: commitEffect })
  await pass(60 * second)
  asked.length = 0
  await pass(3_600 * second)
  const of = (state: string) => asked.filter((partition) => partition.includes(state)).length
  // At half a read unit each: what docs/jobs.md says.
  expect({ waiting: of('waiting'), held: of('held') }).toEqual({ waiting: 720, held: 240 })
})

it('says that nobody does the jobs of a queue', async () => {
  const { logs } = startInstance({ driver: sharedMemory() })
  expect(logs).toMatchObject([
    { queue: 'work', msg: 'nobody does the jobs of queue "work": its plugin has not called `work`' },
  ])
})
