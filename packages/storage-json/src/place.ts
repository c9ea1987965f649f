/** Where recovered documents stand: in the indexes that are declared now, which the files know nothing of. */
import {
  encodeKey,
  FreedaError,
  type CollectionInfo,
  type JsonObject,
  type Placement,
} from '@freeda/runtime/driver'

/** Places documents of declared collections in their indexes, and keeps those of others where an id finds them. */
export const placeIn =
  (directory: string, declared: ReadonlyMap<string, CollectionInfo>) =>
  (collection: string, id: string, value: () => JsonObject): Placement => {
    const info = declared.get(collection)
    return info === undefined
      ? { position: encodeKey(id), entries: {} }
      : placed(directory, info, id, value())
  }

/**
 * Places one document.
 * @throws FREEDA_STORAGE_FOLDER when a declared index cannot hold it.
 */
export function placed(directory: string, info: CollectionInfo, id: string, value: JsonObject): Placement {
  try {
    return info.place(id, value)
  } catch (error) {
    const reason = `its document ${info.name}/${id} does not fit the declared indexes: ${error instanceof Error ? error.message : String(error)}`
    const fix =
      'Declare the indexes as they were, or correct the document with a version of the app that can.'
    throw new FreedaError('FREEDA_STORAGE_FOLDER', { directory, reason, fix }, { cause: error })
  }
}

interface Placed {
  readonly id: string
  readonly placement: Placement
}

/**
 * Checks that no two documents have the same value in a unique index, which may have been declared after they were written.
 * @throws FREEDA_STORAGE_FOLDER naming both.
 */
export function checkUnique(
  directory: string,
  info: CollectionInfo,
  documents: Iterable<Placed>,
  nowMs: number,
): void {
  const unique = info.indexes.filter((index) => index.unique)
  if (unique.length === 0) return
  const holders = new Map(unique.map(({ name }) => [name, new Map<string, string>()]))
  for (const { id, placement } of documents) {
    if (placement.expiresAtMs !== undefined && placement.expiresAtMs <= nowMs) continue
    for (const [index, ids] of holders) {
      const partition = placement.entries[index]?.partition
      if (partition === undefined) continue
      const other = ids.get(partition)
      if (other !== undefined) throw notUnique(directory, info.name, index, other, id)
      ids.set(partition, id)
    }
  }
}

const notUnique = (directory: string, collection: string, index: string, a: string, b: string) =>
  new FreedaError('FREEDA_STORAGE_FOLDER', {
    directory,
    reason: `the documents "${a}" and "${b}" of "${collection}" have the same value in its unique index "${index}".`,
    fix: 'Give one of them another value with a version of the app that does not declare the index as unique, then start again.',
  })
