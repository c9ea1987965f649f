/** What is wrong with a configured assignment of slots. Pure. */
import type { Problem } from '@freeda/runtime'
import type { CollectionInfo } from '@freeda/runtime/driver'
import { slotNumbers, type SlotAssignment } from './layout.ts'

const fix = 'Correct `slots`, or leave the entry out: indexes then follow in the order of declaration.'

/** An entry that would have no effect, or that cannot be honoured. */
export function slotProblems(slots: SlotAssignment, collections: readonly CollectionInfo[]): Problem[] {
  return Object.entries(slots).flatMap(([name, chosen]) => {
    const collection = collections.find((each) => each.name === name)
    const problem = (index: string, message: string): Problem => ({
      code: 'slot_invalid',
      at: `slots.${name}.${index}`,
      message,
      fix,
    })
    return Object.entries(chosen).flatMap(([index, slot]) => {
      const declared = collection?.indexes.find((each) => each.name === index)
      const others = Object.keys(chosen).filter((each) => each !== index && chosen[each] === slot)
      if (declared === undefined) return [problem(index, 'no such index is declared.')]
      if (declared.unique) return [problem(index, 'a unique index has no slot.')]
      if (!slotNumbers.some((each) => each === slot)) return [problem(index, `${slot} is not from 1 to 5.`)]
      return others.length > 0 ? [problem(index, `${others.join(', ')} has the same slot.`)] : []
    })
  })
}
