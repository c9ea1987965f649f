import { cronOf } from '../../schedule.ts'
import type { ScheduleFacts } from '../plugins/plugin-facts.ts'

/** The next slots, from now on by the clock of this machine. */
export function nextTimes(
  { cron, timeZone, everyMs }: Pick<ScheduleFacts, 'cron' | 'timeZone' | 'everyMs'>,
  count: number,
  nowMs = Date.now(),
): Date[] {
  if (cron !== null) return cronOf({ cron, timeZone: timeZone! }).nextRuns(count, new Date(nowMs))
  const first = Math.floor(nowMs / everyMs!) + 1
  return Array.from({ length: count }, (_, i) => new Date((first + i) * everyMs!))
}
