/** Tells operators what became of slots: counts it, and says so in the log. */
import type { Logger } from 'pino'
import type { ScheduleRecord } from '../schedule.ts'
import type { ScheduleMetrics } from './schedule-metrics.ts'

export type TellRecords = (records: readonly ScheduleRecord[]) => void

export function tellRecords(metrics: ScheduleMetrics, log: Logger): TellRecords {
  function say({ outcome, slot, firstSlot, slots, fence, beganAt, endedAt }: ScheduleRecord): void {
    if (outcome === 'missed')
      log.warn({ slots, firstSlot, slot }, 'slots were missed: no instance was up in time')
    else if (outcome === 'skipped')
      log.warn({ slots, firstSlot, slot }, 'slots were skipped: they came while a run was going on')
    // Whoever finds it says more of it.
    else if (outcome !== 'interrupted')
      log.info({ slot, fence, outcome, durationMs: endedAt.getTime() - beganAt.getTime() }, 'run over')
  }

  return (records) => {
    for (const record of records) {
      metrics.record(record)
      say(record)
    }
  }
}
