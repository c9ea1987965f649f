/** What drivers must know of a collection, from its definition. */
import { FreedaError, type FieldError } from '../errors.ts'
import type {
  CollectionDefinition,
  CollectionInfo,
  IndexableValue,
  IndexEntry,
  JsonObject,
  Placement,
} from '../storage.ts'
import { decodeValue } from './codec.ts'
import { encodeKey, keyProblem } from './keys.ts'
import { fits, maxPartitionBytes, maxPositionBytes } from './limits.ts'

interface Index {
  readonly name: string
  readonly partition: string
  readonly sort?: string
  readonly unique?: boolean
}

/**
 * Describes a collection to a driver.
 * @throws FREEDA_PLUGIN_DEFINITION when the definition has no name; one that a plugin declares is given its key.
 */
export function collectionInfo(definition: CollectionDefinition): CollectionInfo {
  const { name } = definition
  if (name === undefined)
    throw new FreedaError('FREEDA_PLUGIN_DEFINITION', {
      plugin: 'collection (unnamed)',
      reason: 'it has no name. Declare it in a plugin, or give it one: collection(schema, { name }).',
    })
  const indexes = Object.entries(definition.indexes).map(([key, index]): Index => ({ name: key, ...index }))
  return {
    name,
    shards: definition.shards,
    indexes: indexes.map((index) => ({
      name: index.name,
      unique: index.unique === true,
      sorted: index.sort !== undefined,
      fields: index.sort === undefined ? [index.partition] : [index.partition, index.sort],
    })),
    ...(definition.ttl !== undefined && { ttl: definition.ttl }),
    place: (id, value) => place(name, indexes, definition.ttl, id, value),
  }
}

function place(
  collection: string,
  indexes: readonly Index[],
  ttl: string | undefined,
  id: string,
  value: JsonObject,
): Placement {
  const errors: FieldError[] = []
  const position = encodeKey(id)
  const entries: Record<string, IndexEntry> = {}
  for (const index of indexes) {
    const entry = indexEntry(index, value, position, errors)
    if (entry !== undefined) entries[index.name] = entry
  }
  const expiresAtMs = ttl === undefined ? undefined : expiry(ttl, field(value, ttl), errors)
  if (errors.length > 0) throw new FreedaError('FREEDA_VALIDATION', { what: `${collection}/${id}`, errors })
  return expiresAtMs === undefined ? { position, entries } : { position, entries, expiresAtMs }
}

function indexEntry(
  index: Index,
  value: JsonObject,
  idPosition: string,
  errors: FieldError[],
): IndexEntry | undefined {
  const partition = fieldKey(index, index.partition, value, errors)
  const sort = index.sort === undefined ? '' : fieldKey(index, index.sort, value, errors)
  if (partition === undefined || sort === undefined) return undefined
  const tooLong = (path: string, what: string, maxBytes: number) =>
    errors.push({
      path,
      message: `is too long for the index "${index.name}": ${what} may have ${maxBytes} bytes`,
    })
  if (!fits(partition, maxPartitionBytes)) tooLong(index.partition, 'its key', maxPartitionBytes)
  const position = sort + idPosition
  if (!fits(position, maxPositionBytes))
    tooLong(index.sort ?? 'id', 'its key and that of the id together', maxPositionBytes)
  return { partition, position }
}

/** Undefined when the document is not in the index: the field is missing or null. */
function fieldKey(
  index: Index,
  name: string,
  document: JsonObject,
  errors: FieldError[],
): string | undefined {
  const value = field(document, name)
  if (value === undefined || value === null) return undefined
  const problem = keyProblem(value)
  if (problem === undefined) return encodeKey(value as IndexableValue)
  errors.push({ path: name, message: `${problem}, as the index "${index.name}" needs` })
  return undefined
}

/** Own fields only: an object inherits a `constructor`. */
const field = (document: JsonObject, name: string): unknown =>
  Object.hasOwn(document, name) ? decodeValue(document[name]!) : undefined

/** Seconds from here on (the year 5138) are milliseconds by mistake. */
const firstImplausibleSecond = 1e11

function expiry(name: string, value: unknown, errors: FieldError[]): number | undefined {
  if (value === undefined || value === null) return undefined
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'number' && Math.abs(value) < firstImplausibleSecond) return Math.floor(value * 1000)
  const message =
    typeof value === 'number'
      ? `is ${value}, which looks like milliseconds; the end of a document's life is a Date or a number of Unix seconds`
      : "must be a Date or a number of Unix seconds: it holds the end of the document's life"
  errors.push({ path: name, message })
  return undefined
}

/** Of a collection that nobody declares: no indexes, no end of life. */
export const bareInfo = (name: string): CollectionInfo => ({
  name,
  indexes: [],
  shards: 1,
  place: (id) => ({ position: encodeKey(id), entries: {} }),
})
