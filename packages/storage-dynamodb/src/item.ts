/**
 * A document as an item: `id`, `doc` (the value), `v` (the version), `n` and `n1`–`n3` (nonces of the last writes, the
 * newest first), `exp` (end of life in milliseconds), `ttl` (the same in seconds, for DynamoDB). Pure.
 */
import { randomBytes } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { CollectionInfo, DriverDocument, JsonObject, Placement } from '@freeda/runtime/driver'
import { fromAttribute, toAttribute } from './attribute-values.ts'
import { documentKey, slotAttributes, type Item, type SlotOf } from './layout.ts'

/**
 * Marks every item that a commit writes, so that a commit whose answer was lost is found again. Begins with the second in
 * which it was made.
 */
export function makeNonce(nowMs = Date.now()): string {
  const bytes = randomBytes(nonceBytes)
  bytes.writeUInt32BE(Math.floor(nowMs / 1000) % 2 ** 32)
  return bytes.toString('base64url')
}

const nonceBytes = 9

/** By the clock of the process that made it. */
const nonceTimeMs = (nonce: string): number => Buffer.from(nonce, 'base64url').readUInt32BE() * 1000

/**
 * Attributes with the nonces of the last writes. Several, so that a lost acknowledgement is found under later writes of
 * others too.
 */
export const nonceNames = ['n', 'n1', 'n2', 'n3'] as const

export const numberAttribute = (value: number): AttributeValue.NMember => ({ N: String(value) })
export const textAttribute = (value: string): AttributeValue.SMember => ({ S: value })

/** What a write puts into an item. */
export interface Written {
  readonly collection: CollectionInfo
  readonly id: string
  readonly value: JsonObject
  readonly placement: Placement
}

/** All attributes but the keys, the version and the nonces. */
export function contentAttributes({ collection, id, value, placement }: Written, slotOf: SlotOf): Item {
  return {
    id: textAttribute(id),
    doc: toAttribute(value),
    ...lifeAttributes(placement.expiresAtMs),
    ...slotAttributes(collection, placement.entries, slotOf),
  }
}

export const lifeAttributes = (expiresAtMs: number | undefined): Item =>
  expiresAtMs === undefined
    ? {}
    : { exp: numberAttribute(expiresAtMs), ttl: numberAttribute(Math.ceil(expiresAtMs / 1000)) }

/** The whole item. `before` is what it replaces. */
export function itemOf(
  written: Written,
  version: number,
  nonce: string,
  slotOf: SlotOf,
  before?: Item,
): Item {
  const { collection, id, placement } = written
  const item: Item = {
    ...documentKey(collection, id, placement.position),
    ...contentAttributes(written, slotOf),
    v: numberAttribute(version),
    n: textAttribute(nonce),
  }
  // A version 1 has no past: the count of versions, by which the past is read, starts anew.
  if (before !== undefined && version > 1)
    nonceNames.slice(1).forEach((name, at) => {
      const earlier = before[nonceNames[at]!]
      if (earlier !== undefined) item[name] = earlier
    })
  return item
}

export const versionOf = (item: Item): number => Number(item['v']?.N)

export const documentOf = (item: Item): DriverDocument => ({
  id: item['id']?.S ?? '',
  version: versionOf(item),
  value: fromAttribute(item['doc']!) as JsonObject,
})

export function isAlive(item: Item | undefined, nowMs: number): item is Item {
  if (item === undefined) return false
  const end = item['exp']?.N
  return end === undefined || Number(end) > nowMs
}

/** What tells the last write of an item from every other, of this life of the document or another. */
export const revisionOf = (item: Item | undefined): string | undefined => item?.['n']?.S

/** The version that the write with `nonce` made, when the item still shows it. */
export function versionWrittenBy(nonce: string, item: Item | undefined): number | undefined {
  const age = item === undefined ? -1 : nonceNames.findIndex((name) => item[name]?.S === nonce)
  return age === -1 ? undefined : versionOf(item!) - age
}

/** How far the clocks of processes on one table may be apart before {@link showsWriteBefore} may err. */
const clockToleranceMs = 10_000

const shownNonces = (item: Item): string[] => nonceNames.flatMap((name) => item[name]?.S || [])

/**
 * Tells that an item shows a write from before a moment: every later one is shown, too, and it was not deleted since.
 * @param before the item as it was seen earlier, when it was.
 */
export function showsWriteBefore(momentMs: number, item: Item, before: Item | undefined): boolean {
  const shown = shownNonces(item)
  if (before?.['n']?.S !== undefined && shown.includes(before['n'].S)) return true
  const oldest = shown.at(-1)
  return oldest !== undefined && nonceTimeMs(oldest) < momentMs - clockToleranceMs
}

/**
 * Tells that every write to an item since a moment is among those whose nonces it still shows: one that is not among them
 * did not happen, unless the document was deleted in between.
 * @param before the item as it was seen earlier, when it was.
 */
export const showsEveryWriteSince = (momentMs: number, item: Item, before: Item | undefined): boolean =>
  versionOf(item) <= shownNonces(item).length || showsWriteBefore(momentMs, item, before)
