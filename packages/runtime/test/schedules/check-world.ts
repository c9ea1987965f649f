/** What must hold of a schedule, whatever happened to its instances. */
import type { ScheduleRecord } from '../../src/index.ts'
import type { Slots } from '../../src/schedules/slots.ts'
import type { Begun, Committed } from './simulated-world.ts'

export interface Seen {
  readonly slots: Slots
  /** The slots after this one, up to `toMs`, are looked at. */
  readonly fromMs: number
  readonly toMs: number
  readonly begun: readonly Pick<Begun, 'slotMs' | 'fence'>[]
  readonly records: readonly ScheduleRecord[]
  /** In the order in which the store took them. */
  readonly committed: readonly Committed[]
  /** How often a slot may be begun. */
  readonly attempts: number
}

/** @returns what does not hold */
export function violations({ slots, fromMs, toMs, begun, records, committed, attempts }: Seen): string[] {
  const wrong: string[] = []
  const at = (ms: number) => new Date(ms).toISOString()
  const covering = (slotMs: number, isRun: boolean) =>
    records.filter(
      ({ firstSlot, slot, outcome, trigger }) =>
        trigger === 'slot' &&
        firstSlot.getTime() <= slotMs &&
        slotMs <= slot.getTime() &&
        isRun === !['missed', 'skipped'].includes(outcome),
    )
  for (let slotMs = slots.next(fromMs)!; slotMs <= toMs; slotMs = slots.next(slotMs)!) {
    const times = begun.filter((run) => run.slotMs === slotMs).length
    const runs = covering(slotMs, true).length
    const leftOut = covering(slotMs, false).length
    if (times > attempts) wrong.push(`${at(slotMs)} was begun ${times} times`)
    if (runs < times) wrong.push(`${at(slotMs)} was begun ${times} times and recorded ${runs} times`)
    if (runs + leftOut === 0) wrong.push(`${at(slotMs)} was lost`)
    if (runs > 0 && leftOut > 0) wrong.push(`${at(slotMs)} was run, and reported as left out`)
    if (leftOut > 1) wrong.push(`${at(slotMs)} was reported as left out ${leftOut} times`)
  }
  const fences = begun.map(({ fence }) => fence)
  if (new Set(fences).size !== fences.length) wrong.push('two runs have the same fence')
  const told = records.filter(({ fence }) => fence > 0).map(({ fence }) => fence)
  if (told.some((fence, i) => i > 0 && fence >= told[i - 1]!)) wrong.push('fences do not grow')
  for (const { fence, current } of committed)
    if (fence !== current) wrong.push(`run ${fence} wrote when ${current ?? 'none'} counted`)
  return wrong
}
