/** What the tables of schedules and of their runs show. */
import type { ScheduleRecord } from '../../schedule.ts'
import { whenText, type ScheduleFacts } from '../plugins/plugin-facts.ts'
import type { Column } from '../table.ts'

export interface ListedSchedule extends ScheduleFacts {
  readonly next: readonly Date[]
}

const shortly = (date: Date | undefined): string =>
  date === undefined ? '' : date.toISOString().replace(/\.000Z$/, 'Z')

export const scheduleColumns: readonly Column<ListedSchedule>[] = [
  { title: 'name', cell: ({ name }) => name, style: () => 'bold' },
  { title: 'plugin', cell: ({ plugin }) => plugin },
  { title: 'when', cell: whenText, style: () => 'cyan' },
  { title: 'next', cell: ({ next }) => shortly(next[0]) },
  { title: 'time limit', cell: ({ timeLimitMs }) => `${timeLimitMs / 1_000} s`, optional: true },
  { title: 'overlap', cell: ({ overlap }) => overlap, optional: true },
  { title: 'missed', cell: ({ missed }) => missed, optional: true },
  { title: 'interrupted', cell: ({ interrupted }) => interrupted, optional: true },
]

const isWell = ({ outcome }: ScheduleRecord) => outcome === 'ok'

const slotText = ({ slots, slot, firstSlot }: ScheduleRecord): string =>
  slots === 1 ? shortly(slot) : `${shortly(firstSlot)} to ${shortly(slot)}, ${slots} slots`

export const recordColumns: readonly Column<ScheduleRecord>[] = [
  { title: 'outcome', cell: ({ outcome }) => outcome, style: (record) => (isWell(record) ? 'green' : 'red') },
  { title: 'slot', cell: slotText },
  { title: 'began', cell: ({ beganAt }) => shortly(beganAt), optional: true },
  { title: 'took', cell: ({ beganAt, endedAt }) => `${(endedAt.getTime() - beganAt.getTime()) / 1_000} s` },
  { title: 'by', cell: ({ trigger }) => trigger },
  { title: 'instance', cell: ({ instance }) => instance, shrinkTo: 12, optional: true },
  { title: 'error', cell: ({ error = '' }) => error.split('\n', 1)[0]!, shrinkTo: 20 },
]
