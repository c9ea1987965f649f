/**
 * Cursors: the position of the last document of a page, with a fingerprint of the query. A forged one can do no more than
 * start elsewhere in the range that the query itself gives. Pure.
 */
import { createHash } from 'node:crypto'
import { FreedaError } from '../errors.ts'
import type { DriverQuery } from '../storage.ts'
import { byteOrdered, successor } from './keys.ts'
import { fits, maxPositionBytes } from './limits.ts'

const fingerprintBytes = 9
const maxCursorLength = 1400

/** The cursor of the page after the document at `position`. `query` is without a cursor's bounds. */
export const encodeCursor = (query: DriverQuery, position: string): string =>
  Buffer.concat([fingerprint(query, position), Buffer.from(position)]).toString('base64url')

/**
 * The rest of a query after a cursor.
 * @throws FREEDA_QUERY when the cursor is damaged, or of another query.
 */
export function afterCursor(query: DriverQuery, cursor: unknown): DriverQuery {
  const refuse = (reason: string) =>
    new FreedaError('FREEDA_QUERY', { collection: query.collection.name, reason })
  if (typeof cursor !== 'string') throw refuse('the cursor must be a string that an earlier page gave.')
  const bytes = Buffer.from(cursor.length <= maxCursorLength ? cursor : '', 'base64url')
  const position = bytes.subarray(fingerprintBytes).toString()
  const intact =
    bytes.length > fingerprintBytes &&
    bytes.toString('base64url') === cursor &&
    bytes.subarray(0, fingerprintBytes).equals(fingerprint(query, position)) &&
    isPosition(position) &&
    isWithin(query, position)
  if (!intact)
    throw refuse(
      'the cursor is damaged or belongs to another query. Pass the cursor of the page before with the same index, partition, range and order, or none to start over.',
    )
  return query.order === 'desc' ? { ...query, to: position } : { ...query, from: successor(position) }
}

function fingerprint({ collection, index, from, to, order }: DriverQuery, position: string): Buffer {
  const identity = [
    collection.name,
    index?.name ?? '',
    index?.partition ?? '',
    from ?? '',
    to ?? '',
    order,
    position,
  ]
  return createHash('sha256').update(identity.join('\0')).digest().subarray(0, fingerprintBytes)
}

const isPosition = (position: string) =>
  !position.includes('\0') &&
  position.isWellFormed() &&
  fits(position, maxPositionBytes) &&
  successor(position) !== undefined

function isWithin({ from, to }: DriverQuery, position: string): boolean {
  const at = byteOrdered(position)
  return (from === undefined || at >= byteOrdered(from)) && (to === undefined || at < byteOrdered(to))
}
