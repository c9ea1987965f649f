/**
 * The plugin that carries the queues of an app. Planning adds it when another plugin declares queues, so that their
 * collection is prepared, moved, backed up and looked at as every other.
 */
import { Bus } from '../bus.ts'
import { env } from '../env.ts'
import { definePlugin } from '../plugin.ts'
import { systemClock } from '../leases/clock.ts'
import { jobsCollection } from './job-document.ts'
import { queueMetrics } from './queue-metrics.ts'
import { createQueues, Queues } from './queue-registry.ts'
import { wakeOthers } from './wake-others.ts'

/** Dead jobs change seldom, and each look costs. */
const keepDeadMs = 60_000

export const queuesPlugin = definePlugin({
  name: 'freeda-queues',
  freeda: '^1.0.0',
  // Of an instance, not of the app: a config is the same for all of them.
  env: { isOn: env.boolean('FREEDA_QUEUES', true) },
  collections: { jobs: jobsCollection },
  needs: { bus: Bus },
  provides: { queues: Queues },
  setup({ env: { isOn }, mode, needs: { bus }, collections, transact, metrics, health, log, onStop }) {
    const queues = createQueues({
      jobs: collections.jobs,
      transact,
      clock: systemClock,
      log,
      metrics: queueMetrics(metrics),
      isOn,
      // In a test nothing is due again by chance.
      ...(mode === 'test' ? { waitShare: () => 1 } : {}),
      waking: wakeOthers(bus, systemClock),
    })
    let dead: readonly string[] = []
    let lookedMs = -Infinity
    async function queuesWithDead(): Promise<readonly string[]> {
      const nowMs = systemClock.monotonicMs()
      if (nowMs - lookedMs > keepDeadMs) {
        dead = await queues.queuesWithDead()
        lookedMs = nowMs
      }
      return dead
    }
    async function look(): Promise<void> {
      const trouble = queues.trouble()
      if (trouble !== undefined) throw new Error(trouble)
      const names = await queuesWithDead()
      if (names.length > 0) throw new Error(`dead jobs in ${names.join(', ')}: look with \`freeda jobs\`.`)
    }
    health.ready('jobs', look, { critical: false })
    health.view('queues', async () => {
      const names = await queuesWithDead()
      return queues.reports().map((report) => ({ ...report, hasDead: names.includes(report.name) }))
    })
    // An app that does not listen has begun nothing, but a test may have.
    onStop(() => queues.stop(1_000))
    return { queues }
  },
})
