/** Looks at the jobs of an app that were given up, and lets them begin again, without starting the app. */
import { loadConfig } from './config/load-config.ts'
import { FreedaError } from './errors.ts'
import { declaredCollections } from './lifecycle/set-up-plugins.ts'
import { openStore } from './open-store.ts'
import { planApp } from './plugins/plan-app.ts'
import type { Queue } from './queue.ts'
import { systemClock } from './leases/clock.ts'
import { jobsCollection } from './queues/job-document.ts'
import { jobStore } from './queues/job-store.ts'
import { deadJobs } from './queues/open-queue.ts'
import { modeOf } from './start.ts'
import { storeLog } from './store-log.ts'
import { openStorage } from './storage/open-storage.ts'

export interface OpenedJobs {
  /** Names of the queues that its plugins declare. */
  readonly queues: readonly string[]
  /** @throws FREEDA_NOT_FOUND when no plugin declares it */
  queue(name: string): Pick<Queue, 'dead' | 'retry' | 'remove'>
  close(): Promise<void>
}

/**
 * Opens the store of an app.
 * @throws FREEDA_CONFIG_NOT_FOUND, FREEDA_CONFIG_LOAD, FREEDA_CONFIG_INVALID, or what the store throws
 */
export async function openJobs({ file }: { readonly file?: string | undefined }): Promise<OpenedJobs> {
  const mode = modeOf(process.env['NODE_ENV'])
  const loaded = await loadConfig({ ...(file === undefined ? {} : { file }), mode })
  const plan = await planApp(loaded, { mode, environment: process.env, unset: 'stand-in' })
  const queues = plan.plugins.flatMap((plugin) => Object.values(plugin.queues).map(({ name }) => name!))
  if (queues.length === 0) return { queues, queue: unknownQueue, close: async () => {} }
  const log = await storeLog(plan)
  const { driver, close } = await openStore(plan, {
    collections: declaredCollections(plan),
    use: 'serve',
    log,
  })
  const storage = openStorage(driver)
  const jobs = storage.collection(jobsCollection)
  const store = jobStore({ jobs, transact: storage.transact, clock: systemClock })
  return {
    queues,
    queue: (name) => (queues.includes(name) ? deadJobs({ name }, store, systemClock) : unknownQueue(name)),
    close,
  }
}

function unknownQueue(name: string): never {
  throw new FreedaError('FREEDA_NOT_FOUND', { collection: 'queues', id: name })
}
