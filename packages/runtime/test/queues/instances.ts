/** Several instances of an app on one store, as processes would be, in one process and on its (maybe faked) timers. */
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  collection,
  FreedaError,
  queue,
  type Bus,
  type CollectionOf,
  type Job,
  type Queue,
  type QueueOptions,
  type Storage,
} from '../../src/index.ts'
import { memoryDriver, openStorage, type StorageDriver } from '../../src/driver.ts'
import { jobsCollection, type Jobs } from '../../src/queues/job-document.ts'
import { createQueues, type QueueRegistry } from '../../src/queues/queue-registry.ts'
import type { Outcome } from '../../src/queues/attempt.ts'
import { wakeOthers } from '../../src/queues/wake-others.ts'

export const Work = z.object({ n: z.number() })
export type Work = z.infer<typeof Work>
/** What jobs write by `commit`: a document an attempt, so that doubled effects show. */
export const effects = collection(z.object({ job: z.string() }), {
  name: 'effects',
  indexes: { byJob: { partition: 'job' } },
})

export interface Instance {
  readonly queue: Queue<Work>
  readonly queues: QueueRegistry
  readonly jobs: Jobs
  readonly effects: CollectionOf<typeof effects>
  readonly transact: Storage['transact']
  /** How its attempts ended. */
  readonly outcomes: readonly Outcome[]
  readonly logs: readonly Record<string, unknown>[]
  /** As SIGSTOP does: from now on nothing of it reaches the store. */
  freeze(): void
  /** As SIGCONT does. */
  thaw(): void
  /** As SIGKILL does. */
  kill(): void
}

export interface InstanceOptions extends QueueOptions {
  readonly driver: StorageDriver
  readonly work?: ((job: Job<Work>, instance: Instance) => unknown) | undefined
  /** How far its clock is wrong. */
  readonly skewMs?: number
  readonly isOn?: boolean
  /** What it tells others by. */
  readonly bus?: Bus
}

/** An instance that works already. */
export function startInstance({
  driver,
  work,
  skewMs = 0,
  isOn = true,
  bus,
  ...options
}: InstanceOptions): Instance {
  const gate = freezer()
  const storage = openStorage(behind(driver, gate.passed))
  const jobs = storage.collection(jobsCollection)
  const outcomes: Outcome[] = []
  const logs: Record<string, unknown>[] = []
  const clock = { wallMs: () => Date.now() + skewMs, monotonicMs: () => performance.now() }
  const queues = createQueues({
    isOn,
    ...(bus === undefined ? {} : { waking: wakeOthers(bus, clock) }),
    jobs,
    transact: storage.transact,
    clock,
    log: pino({ level: 'debug' }, { write: (line) => void logs.push(JSON.parse(line) as never) }),
    metrics: { added() {}, attempt: (_, outcome) => void outcomes.push(outcome), oldest() {} },
  })
  const opened = queues.open('test', { ...queue(Work, options), name: 'work' }) as Queue<Work>
  const instance: Instance = {
    queue: opened,
    queues,
    jobs,
    effects: storage.collection(effects),
    async transact(operations) {
      await storage.transact(operations)
      queues.committed(operations)
    },
    outcomes,
    logs,
    freeze: gate.close,
    thaw: gate.open,
    kill() {
      gate.end()
      void queues.stop(0)
    },
  }
  if (work !== undefined) opened.work((job) => work(job, instance))
  queues.start()
  onTestFinished(() => void queues.stop(0))
  return instance
}

/** Writes down that it did the job, in the transaction that ends it. */
export const commitEffect = (job: Job<Work>, instance: Instance) =>
  job.commit([instance.effects.op.create({ job: job.id })])

export async function effectsOf(instance: Pick<Instance, 'effects'>, job: string): Promise<number> {
  return (await instance.effects.query({ index: 'byJob', partition: job })).items.length
}

export const sharedMemory = (): StorageDriver => memoryDriver()

const signatureLastsMs = 15 * 60_000

/** What instances in one process hear each other by. */
export function sharedBus() {
  const listeners = new Set<(message: never) => unknown>()
  const gaps: (() => unknown)[] = []
  const said: unknown[] = []
  const bus: Bus = {
    async publish(_, message) {
      said.push(message)
      for (const listener of listeners) listener(message as never)
      return true
    },
    async subscribe(_, listener, { onGap } = {}) {
      listeners.add(listener)
      if (onGap !== undefined) gaps.push(onGap)
      return { unsubscribe: () => void listeners.delete(listener) }
    },
  }
  return { bus, gaps, said }
}

function freezer() {
  let isOver = false
  let open = () => {}
  let closed: Promise<void> | undefined
  return {
    async passed() {
      const askedMs = Date.now()
      while (closed !== undefined) await closed
      if (isOver) throw new FreedaError('FREEDA_UNAVAILABLE', { driver: 'memory', reason: 'killed.' })
      // What a network held back for so long is refused: its signature has expired.
      if (Date.now() - askedMs > signatureLastsMs)
        throw new FreedaError('FREEDA_TIMEOUT', { driver: 'memory', timeoutMs: signatureLastsMs })
    },
    close: () => void (closed ??= new Promise((resolve) => (open = resolve))),
    open() {
      closed = undefined
      open()
    },
    end() {
      isOver = true
      this.open()
    },
  }
}

function behind(driver: StorageDriver, passed: () => Promise<void>): StorageDriver {
  return {
    ...driver,
    async read(...args) {
      await passed()
      return driver.read(...args)
    },
    async commit(...args) {
      await passed()
      return driver.commit(...args)
    },
    async query(...args) {
      await passed()
      return driver.query(...args)
    },
  }
}
