/** The queues of an app: opened for the plugins that declare them, worked on once the app listens. */
import type { Logger } from 'pino'
import { FreedaError } from '../errors.ts'
import type { Queue, QueueDefinition } from '../queue.ts'
import { service, type Service } from '../service.ts'
import type { Operation, Storage } from '../storage.ts'
import { timeOrderedIds } from '../storage/id.ts'
import type { Outcome } from './attempt.ts'
import { backoffMs } from './backoff.ts'
import type { Clock } from '../leases/clock.ts'
import type { Jobs, StoredJob } from './job-document.ts'
import { jobStore } from './job-store.ts'
import { openQueue } from './open-queue.ts'
import type { OpenedQueue } from './opened-queue.ts'
import type { QueueMetrics } from './queue-metrics.ts'
import { createWorker, type QueueWorker } from './queue-worker.ts'
import type { Waking } from './wake-others.ts'

/** How many attempts ended how. */
export type WorkCount = Readonly<Record<Exclude<Outcome, 'taken'>, number>>

export interface QueueReport {
  readonly name: string
  /** Attempts that are under way on this instance. */
  readonly running: number
  readonly concurrency: number
  /** How long the job that has been due for longest had waited when this instance last looked. */
  readonly oldestWaitingSeconds: number
}

export interface QueueRegistry {
  /** @param definition with its name */
  open(plugin: string, definition: QueueDefinition): Queue
  /** Of a plugin that failed: nobody does the jobs of its queues. */
  forget(plugin: string): void
  /** Told of a transaction that went through: jobs that it added are begun without being looked for. */
  committed(operations: readonly Operation[]): void
  /** Begins to work. */
  start(): void
  /** Begins nothing any more, and gives back what does not end in time. */
  stop(budgetMs: number): Promise<void>
  /** Without {@link QueueRegistry.start}: does what is due within `aheadMs`, until nothing is. For tests. */
  doDue(aheadMs: number): Promise<WorkCount>
  /** What this instance knows of its queues, without asking the store. */
  reports(): readonly QueueReport[]
  /** Why a queue cannot be worked on, in a sentence; undefined when all is well. */
  trouble(): string | undefined
  /** Names of queues that have dead jobs. */
  queuesWithDead(): Promise<string[]>
}

/** For the runtime alone: plugins get their queues in `setup`. */
export const Queues: Service<QueueRegistry> = service<QueueRegistry>('freeda.queues')

export interface QueueRegistryParts {
  readonly jobs: Jobs
  readonly transact: Storage['transact']
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: QueueMetrics
  /** `false`: this instance adds jobs, and leaves them to others. Default `true`. */
  readonly isOn?: boolean
  /** From 0 to 1: how much of its bound a wait before the next attempt has. Default: by chance. */
  readonly waitShare?: () => number
  /** Tells other instances of jobs. */
  readonly waking?: Waking
}

interface Entry {
  readonly queue: OpenedQueue
  readonly facade: Queue
  readonly worker: QueueWorker
}

export function createQueues(parts: QueueRegistryParts): QueueRegistry {
  const { clock, log, metrics, isOn = true, waking, waitShare } = parts
  const store = jobStore(parts)
  const makeId = timeOrderedIds(clock.wallMs)
  const entries = new Map<string, Entry>()
  const adding = new WeakMap<Operation, { readonly queue: string; readonly id: string }>()
  let state: 'idle' | 'working' | 'stopped' = 'idle'
  const active = () => [...entries.values()].filter(({ queue }) => queue.handler !== undefined)

  function committed(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const added = adding.get(operation)
      if (added === undefined) continue
      metrics.added(added.queue)
      if (entries.get(added.queue)?.worker.offerId(added.id) === false) waking?.tell(added.queue)
    }
  }

  function setHandler(queue: OpenedQueue, handler: NonNullable<OpenedQueue['handler']>): void {
    const refuse = (reason: string) =>
      new FreedaError('FREEDA_PLUGIN_DEFINITION', {
        plugin: queue.plugin,
        reason: `queue "${queue.name}": ${reason}`,
      })
    if (typeof handler !== 'function') throw refuse('what does its jobs must be a function.')
    if (queue.handler !== undefined)
      throw refuse('`work` was called already. One handler does all of its jobs.')
    if (state !== 'idle') throw refuse('`work` is called too late. Call it in `setup`.')
    queue.handler = handler
  }

  return {
    committed,
    open(plugin, definition) {
      const name = definition.name!
      const retryMs = (attempt: number) => backoffMs(definition.backoff, attempt, waitShare)
      const queue: OpenedQueue = { ...definition, name, plugin, retryMs, handler: undefined }
      const worker = createWorker({ queue, store, clock, log, metrics, committed })
      const facade = openQueue({
        queue,
        store,
        clock,
        makeId,
        beginNew: worker.beginNew,
        onAdded(job: StoredJob, isBegun) {
          metrics.added(name)
          if (!isBegun && !worker.offer(job)) waking?.tell(name)
        },
        onOperation: (operation, id) => void adding.set(operation, { queue: name, id }),
        onRetried() {
          worker.wake()
          waking?.tell(name)
        },
        setHandler: (handler) => setHandler(queue, handler),
      })
      entries.set(name, { queue, facade, worker })
      return facade
    },
    forget(plugin) {
      for (const { queue } of entries.values()) if (queue.plugin === plugin) queue.handler = undefined
    },
    start() {
      if (state !== 'idle') return
      state = 'working'
      if (!isOn) return log.info('no job is done by this instance: FREEDA_QUEUES is off')
      waking?.listen((queue) => {
        for (const [name, { worker }] of entries) if (queue === undefined || queue === name) worker.wake()
      })
      for (const { queue, worker } of entries.values())
        if (queue.handler !== undefined) worker.start()
        else
          log.warn(
            { plugin: queue.plugin, queue: queue.name },
            `nobody does the jobs of queue "${queue.name}": its plugin has not called \`work\``,
          )
    },
    async stop(budgetMs) {
      state = 'stopped'
      await Promise.all([...entries.values()].map(({ worker }) => worker.stop(budgetMs)))
    },
    async doDue(aheadMs) {
      const counts = { done: 0, failed: 0, dead: 0, interrupted: 0, lost: 0 }
      let begun: number
      const count = (outcome: Outcome) => {
        if (outcome === 'taken') return
        counts[outcome]++
        begun++
      }
      do {
        begun = 0
        await Promise.all(active().map(({ worker }) => worker.doDue(aheadMs, count)))
      } while (begun > 0 && state !== 'stopped')
      return counts
    },
    reports: () =>
      [...entries.values()].map(({ queue: { name, concurrency }, worker: { running, oldestMs } }) => ({
        name,
        running,
        concurrency,
        oldestWaitingSeconds: Math.round(oldestMs / 1_000),
      })),
    trouble() {
      const stuck = active().find(({ worker }) => worker.trouble !== undefined)
      return stuck && `queue "${stuck.queue.name}" cannot be worked on: ${stuck.worker.trouble}`
    },
    async queuesWithDead() {
      const looks = [...entries.values()].map(async ({ queue, facade }) => {
        const { items } = await facade.dead({ limit: 1 })
        return items.length === 0 ? [] : [queue.name]
      })
      return (await Promise.all(looks)).flat()
    },
  }
}
