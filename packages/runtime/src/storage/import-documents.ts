/** Brings exported documents back, in bounded batches. */
import { FreedaError, isFreedaError, reasonOf, type FieldError } from '../errors.ts'
import type { DriverCall, ExportedDocument, JsonObject, StorageDriver } from '../storage.ts'
import { bareInfo } from './collection-info.ts'
import { decodeInto, encode } from './codec.ts'
import { checkItemSize, itemBytes, maxTransactionBytes } from './limits.ts'
import { idProblem, invalid, type KnownCollection } from './prepare.ts'

const maxBatchDocuments = 500

/** A document as a driver imports it. */
export type Imported = Parameters<StorageDriver['import']>[0][number]

/** What an import must know of a collection: it does not validate by its schema. */
type Find = (collection: string) => Pick<KnownCollection, 'info'> | undefined

/** @throws FREEDA_VALIDATION naming the first document that cannot be imported; those before it may have been. */
export async function importDocuments(
  driver: StorageDriver,
  find: Find,
  documents: AsyncIterable<ExportedDocument> | Iterable<ExportedDocument>,
  call: DriverCall,
): Promise<{ count: number }> {
  let count = 0
  let bytes = 0
  // By document: one that comes twice is written once, as it came last.
  const batch = new Map<string, Imported>()
  const flush = async () => {
    if (batch.size > 0) await driver.import([...batch.values()], call)
    batch.clear()
    bytes = 0
  }
  for await (const document of documents) {
    call.signal?.throwIfAborted()
    const imported = parseDocument(document, `documents[${count}]`, find)
    const { collection, id, value, placement } = imported
    bytes += itemBytes(collection, id, value, placement)
    batch.set(`${collection.name}/${id}`, imported)
    count++
    if (batch.size >= maxBatchDocuments || bytes >= maxTransactionBytes) await flush()
  }
  await flush()
  return { count }
}

/** @throws FREEDA_VALIDATION, FREEDA_ITEM_TOO_LARGE */
export function parseDocument(raw: unknown, path: string, find: Find): Imported {
  const {
    collection: name,
    id,
    version,
    value,
  } = (raw ?? {}) as Partial<Record<keyof ExportedDocument, unknown>>
  const known = typeof name === 'string' ? find(name) : undefined
  const errors: FieldError[] = []
  if (known === undefined)
    errors.push({ path: `${path}.collection`, message: `is "${String(name)}", which is not declared` })
  const problem = idProblem(id)
  if (problem !== undefined) errors.push({ path: `${path}.id`, message: problem })
  if (!Number.isSafeInteger(version) || (version as number) < 1)
    errors.push({ path: `${path}.version`, message: 'must be a whole number from 1' })
  if (known === undefined || errors.length > 0)
    throw new FreedaError('FREEDA_VALIDATION', { what: 'The import', errors })
  const document = { id: id as string, version: version as number, value: value as JsonObject }
  return refusingAt(`${path}.value`, () => {
    const encoded = inEncodedForm(value)
    const placement = known.info.place(document.id, encoded)
    checkItemSize(known.info, document.id, encoded, placement)
    return { ...document, value: encoded, collection: known.info, placement }
  })
}

/**
 * Why no store can hold a document, whatever its collection declares; undefined when one can. For drivers whose
 * files people edit.
 */
export function documentProblem(document: ExportedDocument): string | undefined {
  try {
    parseDocument(document, document.id, (name) => ({ info: bareInfo(name) }))
    return undefined
  } catch (error) {
    if (!isFreedaError(error, 'FREEDA_VALIDATION')) return reasonOf(error)
    return error.data.errors
      .map(({ path, message }) => `\`${path.slice(document.id.length + 1)}\` ${message}.`)
      .join(' ')
  }
}

/** The value, if it is as the codec itself writes it: anything else would come back different. */
function inEncodedForm(value: unknown): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const name of ['id', 'version'])
      if (Object.hasOwn(value, name)) throw invalid('The import', name, 'is a reserved name')
    const encoded = encode(decodeInto({}, value as JsonObject), 'The import')
    if (JSON.stringify(encoded) === JSON.stringify(value)) return encoded
  }
  throw invalid('The import', '', 'is not a document as it was exported')
}

/** Says in every refusal which document it is about. */
function refusingAt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_ITEM_TOO_LARGE')) throw error
    const errors = isFreedaError(error, 'FREEDA_VALIDATION')
      ? error.data.errors.map((field) => ({
          path: field.path === '' ? path : `${path}.${field.path}`,
          message: field.message,
        }))
      : [{ path, message: `cannot be read: ${reasonOf(error)}` }]
    throw new FreedaError('FREEDA_VALIDATION', { what: 'The import', errors })
  }
}
