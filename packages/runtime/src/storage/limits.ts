/**
 * The limits of the contract, the same above every driver: what one DynamoDB table takes.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html and, for sizes,
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import { FreedaError } from '../errors.ts'
import type { CollectionInfo, DriverAction, JsonValue, Placement } from '../storage.ts'

export const maxItemBytes = 409_600
export const maxPositionBytes = 1024
export const maxPartitionBytes = 1800
/** Of a name in an object, as DynamoDB limits those of attributes. */
export const maxKeyBytes = 65_535
export const maxTransactionActions = 100
export const maxTransactionBytes = 4 * 1024 * 1024

/** What a driver may add to an item: names of attributes, version, nonce, ends of life, shard. */
const fixedItemBytes = 256

/** Tells whether `text` has at most `maxBytes` in UTF-8. A UTF-16 unit takes at most three. */
export const fits = (text: string, maxBytes: number): boolean =>
  text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes

interface Measure {
  text(text: string): number
  number(value: number): number
}

const exact: Measure = {
  text: (text) => Buffer.byteLength(text),
  // A byte for two decimal digits, one for the exponent, one when the digits are split unevenly, one for the sign.
  number(value) {
    const digits = String(Math.abs(value))
      .replace(/e.*|\./g, '')
      .replace(/^0+|0+$/g, '')
    return Math.ceil(digits.length / 2) + 2 + (value < 0 ? 1 : 0)
  },
}

/** At least as much as {@link exact}, without reading any text. */
const atMost: Measure = { text: (text) => text.length * 3, number: () => 12 }

/**
 * Bytes of a document as DynamoDB counts an item: the document in one map attribute, beside its keys and those of its
 * indexes. Never less than what a driver stores.
 */
export const itemBytes = (
  collection: CollectionInfo,
  id: string,
  value: JsonValue,
  placement: Placement,
): number => measureItem(exact, collection, id, value, placement)

/** @throws FREEDA_ITEM_TOO_LARGE when a document is larger than 409,600 bytes. */
export function checkItemSize(
  collection: CollectionInfo,
  id: string,
  value: JsonValue,
  placement: Placement,
): void {
  if (measureItem(atMost, collection, id, value, placement) <= maxItemBytes) return
  const bytes = itemBytes(collection, id, value, placement)
  if (bytes > maxItemBytes)
    throw new FreedaError('FREEDA_ITEM_TOO_LARGE', {
      what: `${collection.name}/${id}`,
      bytes,
      maxBytes: maxItemBytes,
    })
}

/**
 * Checks a transaction as one DynamoDB transaction: a put on a collection with unique indexes releases an old value and
 * takes a new one in each, which are actions too.
 * @throws FREEDA_VALIDATION when there are more than 100 actions, FREEDA_ITEM_TOO_LARGE when it has more than 4 MB.
 */
export function checkTransactionSize(actions: readonly DriverAction[]): void {
  const count = actions.reduce((sum, action) => sum + actionCount(action), 0)
  if (count > maxTransactionActions)
    throw new FreedaError('FREEDA_VALIDATION', {
      what: 'The transaction',
      errors: [
        {
          path: 'operations',
          message: `makes ${count} actions (a write touches its unique indexes too); at most ${maxTransactionActions} are allowed`,
        },
      ],
    })
  if (actions.reduce((sum, action) => sum + actionBytes(atMost, action), 0) <= maxTransactionBytes) return
  const bytes = actions.reduce((sum, action) => sum + actionBytes(exact, action), 0)
  if (bytes > maxTransactionBytes)
    throw new FreedaError('FREEDA_ITEM_TOO_LARGE', {
      what: 'The transaction',
      bytes,
      maxBytes: maxTransactionBytes,
    })
}

function actionCount({ kind, expected, collection }: DriverAction): number {
  if (kind === 'check') return 1
  const unique = collection.indexes.filter((index) => index.unique).length
  return 1 + unique * (kind === 'put' && expected !== 'absent' ? 2 : 1)
}

function actionBytes(measure: Measure, action: DriverAction): number {
  const { collection, id } = action
  if (action.kind === 'put') return measureItem(measure, collection, id, action.value, action.placement)
  return fixedItemBytes + measure.text(collection.name) + measure.text(action.position)
}

function measureItem(
  measure: Measure,
  { name, indexes }: CollectionInfo,
  id: string,
  value: JsonValue,
  { position, entries }: Placement,
): number {
  let bytes = fixedItemBytes + measure.text(name) + measure.text(position) + measure.text(id)
  for (const index of indexes) {
    const entry = Object.hasOwn(entries, index.name) ? entries[index.name] : undefined
    if (entry !== undefined)
      bytes += 16 + measure.text(name + index.name) + measure.text(entry.partition + entry.position)
  }
  return bytes + measureValue(measure, value)
}

function measureValue(measure: Measure, value: JsonValue): number {
  if (typeof value === 'string') return measure.text(value)
  if (typeof value === 'number') return measure.number(value)
  if (typeof value !== 'object' || value === null) return 1
  let bytes = 3
  if (Array.isArray(value)) {
    for (const element of value) bytes += 1 + measureValue(measure, element)
    return bytes
  }
  const keys = Object.keys(value)
  // Bytes can be stored as they are, without the third that base64 adds.
  if (keys.length === 1 && typeof value['$bytes'] === 'string')
    return 12 + Math.ceil((value['$bytes'].length * 3) / 4)
  for (const key of keys) bytes += 1 + measure.text(key) + measureValue(measure, value[key]!)
  return bytes
}
