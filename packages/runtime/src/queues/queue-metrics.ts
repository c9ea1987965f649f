/** What queues count and measure. */
import type { MetricsRegistrar } from '../metrics.ts'
import type { Outcome } from './attempt.ts'

export interface QueueMetrics {
  added(queue: string): void
  attempt(queue: string, outcome: Outcome, durationMs: number): void
  /** How long the job that has been due for longest has waited. */
  oldest(queue: string, ageMs: number): void
}

export function queueMetrics(metrics: MetricsRegistrar): QueueMetrics {
  const added = metrics.counter({
    name: 'jobs_added_total',
    help: 'Jobs added by this instance, but for those of transactions that failed.',
    labels: ['queue'],
  })
  const attempts = metrics.counter({
    name: 'attempts_total',
    help: 'Attempts by outcome: done, failed, dead (the last one failed), interrupted (given back), lost (taken over).',
    labels: ['queue', 'outcome'],
  })
  const duration = metrics.histogram({
    name: 'attempt_duration_seconds',
    help: 'How long attempts took, their claims included.',
    labels: ['queue'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600],
  })
  const oldest = metrics.gauge({
    name: 'oldest_waiting_seconds',
    help: 'How long the job that has been due for longest had waited when this instance last looked.',
    labels: ['queue'],
  })
  return {
    added: (queue) => added.add(1, { queue }),
    attempt(queue, outcome, durationMs) {
      // Somebody else has it, and counts it.
      if (outcome === 'taken') return
      attempts.add(1, { queue, outcome })
      duration.observe(durationMs / 1_000, { queue })
    },
    oldest: (queue, ageMs) => oldest.set(ageMs / 1_000, { queue }),
  }
}
