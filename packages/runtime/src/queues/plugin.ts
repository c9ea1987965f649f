/**
 * The plugin that carries the queues of an app. Planning adds it when another plugin declares queues, so that their
 * collection is prepared, moved, backed up and looked at as every other.
 */
import { definePlugin } from '../plugin.ts'
import { systemClock } from './clock.ts'
import { jobsCollection } from './job-document.ts'
import { queueMetrics } from './queue-metrics.ts'
import { createQueues, Queues } from './queue-registry.ts'

/** Dead jobs change seldom, and each look costs. */
const keepDeadMs = 60_000

export const queuesPlugin = definePlugin({
  name: 'freeda-queues',
  freeda: '^1.0.0',
  collections: { jobs: jobsCollection },
  provides: { queues: Queues },
  setup({ collections, transact, metrics, health, log, onStop }) {
    const queues = createQueues({
      jobs: collections.jobs,
      transact,
      clock: systemClock,
      log,
      metrics: queueMetrics(metrics),
    })
    let dead: readonly string[] = []
    let lookedMs = -Infinity
    async function look(): Promise<void> {
      const trouble = queues.trouble()
      if (trouble !== undefined) throw new Error(trouble)
      const nowMs = systemClock.monotonicMs()
      if (nowMs - lookedMs > keepDeadMs) {
        dead = await queues.queuesWithDead()
        lookedMs = nowMs
      }
      if (dead.length > 0) throw new Error(`dead jobs in ${dead.join(', ')}: look with \`freeda jobs\`.`)
    }
    health.ready('jobs', look, { critical: false })
    // An app that does not listen has begun nothing, but a test may have.
    onStop(() => queues.stop(1_000))
    return { queues }
  },
})
