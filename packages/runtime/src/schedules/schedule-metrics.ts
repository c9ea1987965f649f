/** What schedules count, by schedule. */
import type { MetricsRegistrar } from '../metrics.ts'
import type { ScheduleRecord } from '../schedule.ts'

export interface ScheduleMetrics {
  begun(latenessSeconds: number, trigger: 'slot' | 'hand'): void
  ended(durationSeconds: number): void
  record(record: ScheduleRecord): void
}

const bounds = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600]

/** @returns what counts for one schedule */
export function scheduleMetrics(metrics: MetricsRegistrar): (schedule: string) => ScheduleMetrics {
  const runs = metrics.counter({
    name: 'runs_total',
    help: 'Runs that ended, by outcome: ok, failed, timeout or interrupted.',
    labels: ['schedule', 'outcome'],
  })
  const left = metrics.counter({
    name: 'slots_without_run_total',
    help: 'Slots without a run: missed (no instance was up in time) or skipped (a run was going on).',
    labels: ['schedule', 'outcome'],
  })
  const duration = metrics.histogram({
    name: 'run_duration_seconds',
    help: 'How long runs took on this instance.',
    labels: ['schedule'],
    buckets: bounds,
  })
  const lateness = metrics.histogram({
    name: 'run_lateness_seconds',
    help: 'How long after their slot runs began, by the clock of this instance.',
    labels: ['schedule'],
    buckets: bounds,
  })
  return (schedule) => ({
    begun(seconds, trigger) {
      if (trigger === 'slot') lateness.observe(Math.max(0, seconds), { schedule })
    },
    ended: (seconds) => duration.observe(seconds, { schedule }),
    record({ outcome, slots }) {
      if (outcome === 'missed' || outcome === 'skipped') left.add(slots, { schedule, outcome })
      else runs.add(1, { schedule, outcome })
    },
  })
}
