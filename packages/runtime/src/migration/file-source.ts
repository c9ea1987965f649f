/** The layout of before: one JSON file `{ "<id>": { … }, … }` as documents of one collection, validated by its schema. */
import { FreedaError, isFreedaError, type Problem } from '../errors.ts'
import { idProblem, preparePut, type KnownCollection } from '../storage/prepare.ts'
import { objectEntries, ObjectFault, type ObjectEntry } from './object-entries.ts'
import { sealed, type SealedDocument } from './seal.ts'
import type { Source } from './source.ts'

/**
 * Every document gets version 1; an `id` in it must be its key.
 * @throws FREEDA_MIGRATION_REFUSED from `documents`, when the file is not such an object
 */
export const fileSource = (label: string, file: string, collection: KnownCollection): Source => ({
  label,
  async *documents({ signal, onInvalid } = {}) {
    const seen = new Set<string>()
    for await (const entry of entriesOf(label, file)) {
      signal?.throwIfAborted()
      const result = seen.has(entry.key)
        ? invalid(collection, entry.key, 'is there twice.')
        : await documentOf(collection, entry)
      seen.add(entry.key)
      if ('code' in result) onInvalid?.(result)
      else yield result
    }
  },
  close: async () => {},
})

async function* entriesOf(label: string, file: string): AsyncGenerator<ObjectEntry> {
  try {
    yield* objectEntries(file)
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (!isMissing && !(error instanceof ObjectFault)) throw error
    const problem: Problem = {
      code: 'source_unreadable',
      at: label,
      message: isMissing ? 'there is no such file.' : (error as Error).message,
      fix: 'Correct it.',
    }
    throw new FreedaError('FREEDA_MIGRATION_REFUSED', { problems: [problem] }, { cause: error })
  }
}

async function documentOf(
  collection: KnownCollection,
  { key: id, value }: ObjectEntry,
): Promise<SealedDocument | Problem> {
  const problem = idProblem(id)
  if (problem !== undefined) return invalid(collection, id, `its id ${problem}.`)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return invalid(collection, id, 'is not an object.')
  try {
    // What the old program kept as a version counts nothing here; another `id` than the key is refused.
    const { version: _, ...rest } = value as { version?: unknown }
    const action = await preparePut(collection, id, rest, 'absent')
    return sealed({ collection: collection.info.name, id, version: 1, value: action.value })
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_VALIDATION')) {
      const { errors } = error.data
      const text = errors.map((each) => (each.path === '' ? each.message : `${each.path}: ${each.message}`))
      return invalid(collection, id, `${text.join('; ')}.`)
    }
    if (isFreedaError(error, 'FREEDA_ITEM_TOO_LARGE')) return invalid(collection, id, error.message)
    throw error
  }
}

const invalid = ({ info }: KnownCollection, id: string, message: string): Problem => ({
  code: 'document_invalid',
  at: `${info.name}/${id}`,
  message,
  fix: 'Correct it in the file, or leave such documents out with --invalid skip.',
})
