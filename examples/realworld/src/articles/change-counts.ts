/** The operations that keep counts exact, for the transaction that changes what they count. */
import type { Operation } from '@freeda/runtime'
import { ChangedMeanwhile } from '../storage/retry-conflicts.ts'
import type { ArticleStore } from './collections.ts'

/** By the id of the count: `{ all: +1 }`. */
export type Changes = Readonly<Record<string, number>>

/**
 * Each holds only if nobody else changed the count meanwhile: do the transaction under `retryConflicts`.
 * @throws ChangedMeanwhile when a count would fall below zero: what it counts was read before the count, and is gone
 */
export async function changeCounts({ counts }: ArticleStore, changes: Changes): Promise<Operation[]> {
  const ids = Object.keys(changes)
  const found = await counts.getMany(ids)
  return ids.map((id, i) => {
    const before = found[i]
    const count = changed(before, changes[id]!)
    return before === undefined
      ? counts.op.create({ count }, { id })
      : counts.op.put(id, { count }, { ifVersion: before.version })
  })
}

/** The same for the counts of tags. */
export async function changeTags(
  { tags }: ArticleStore,
  changes: ReadonlyMap<string, number>,
): Promise<Operation[]> {
  const names = [...changes.keys()]
  const found = await tags.getMany(names)
  return names.map((tag, i) => {
    const before = found[i]
    const count = changed(before, changes.get(tag)!)
    if (before === undefined) return tags.op.create({ tag, count, all: 'tags' }, { id: tag })
    const ifVersion = before.version
    return count === 0
      ? tags.op.delete(tag, { ifVersion })
      : tags.op.put(tag, { tag, count, all: 'tags' }, { ifVersion })
  })
}

function changed(before: { readonly count: number } | undefined, change: number): number {
  const count = (before?.count ?? 0) + change
  if (count < 0) throw new ChangedMeanwhile()
  return count
}
