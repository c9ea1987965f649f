/** What a query asks of a driver. Pure. */
import { inspect } from 'node:util'
import { FreedaError } from '../errors.ts'
import type { CollectionInfo, DriverQuery, IndexableValue, Query } from '../storage.ts'
import { afterCursor } from './cursor.ts'
import { byteOrdered, encodeKey, encodeText, keyProblem, keyType, successor } from './keys.ts'
import { fits, maxPartitionBytes, maxPositionBytes } from './limits.ts'

const defaultLimit = 100
const maxLimit = 1000

export interface PlannedQuery {
  /** What the driver is asked; undefined when nothing can be in the range. */
  readonly ask: DriverQuery | undefined
  /** The query without the cursor's bounds: what the next cursor is a cursor of. */
  readonly whole: DriverQuery
}

type Refuse = (reason: string) => FreedaError
interface Bounds {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** @throws FREEDA_QUERY, saying what to do, when the query cannot be run. */
export function planQuery(collection: CollectionInfo, query: Query): PlannedQuery {
  const refuse: Refuse = (reason) => new FreedaError('FREEDA_QUERY', { collection: collection.name, reason })
  onlyKeys(query, queryKeys, 'the query', refuse)
  // The types allow nothing else, but queries are also made from what clients send.
  const { order = 'asc', limit = defaultLimit, range } = query as { [K in keyof Query]: unknown }
  if (order !== 'asc' && order !== 'desc') throw refuse(`order is ${show(order)}; use 'asc' or 'desc'.`)
  if (!Number.isInteger(limit) || (limit as number) < 1 || (limit as number) > maxLimit)
    throw refuse(`limit is ${show(limit)}; use a whole number from 1 to ${maxLimit}.`)
  const index = planIndex(collection, query, refuse)
  const { from, to } = range === undefined ? {} : planRange(range, index === undefined, refuse)
  const whole: DriverQuery = { collection, index, from, to, order, limit: limit as number }
  const ask = query.cursor === undefined ? whole : afterCursor(whole, query.cursor)
  return { ask: isEmpty(ask) ? undefined : ask, whole }
}

function planIndex(collection: CollectionInfo, query: Query, refuse: Refuse): DriverQuery['index'] {
  const name: unknown = query.index
  const partition: unknown = query.partition
  if (name === undefined) {
    if (partition === undefined) return undefined
    throw refuse('it has a partition but no index. Name the index whose partition it is.')
  }
  const index = collection.indexes.find((candidate) => candidate.name === name)
  if (index === undefined) {
    const declared = collection.indexes.map((candidate) => `"${candidate.name}"`).join(', ')
    throw refuse(
      `there is no index ${show(name)} (declared: ${declared || 'none'}). Use one of them, or declare it.`,
    )
  }
  if (partition === undefined || partition === null)
    throw refuse(`the index "${index.name}" is read one partition at a time. Pass \`partition\`.`)
  if (query.range !== undefined && !index.sorted)
    throw refuse(
      `the index "${index.name}" has no sort field for a range. Declare one, or leave \`range\` out.`,
    )
  const problem = keyProblem(partition)
  if (problem !== undefined) throw refuse(`the partition ${problem}.`)
  const key = encodeKey(partition as IndexableValue)
  if (!fits(key, maxPartitionBytes)) throw refuse(`the partition is longer than ${maxPartitionBytes} bytes.`)
  return { name: index.name, partition: key }
}

function planRange(range: unknown, isListing: boolean, refuse: Refuse): Bounds {
  if (typeof range !== 'object' || range === null)
    throw refuse(`range is ${show(range)}; use an object of bounds.`)
  onlyKeys(range, rangeKeys, 'the range', refuse)
  const { gt, gte, lt, lte, prefix } = range as Record<string, unknown>
  if (gt !== undefined && gte !== undefined) throw refuse('it has two lower bounds. Use `gt` or `gte`.')
  if (lt !== undefined && lte !== undefined) throw refuse('it has two upper bounds. Use `lt` or `lte`.')
  const bound = (name: string, value: unknown) => {
    if (value === undefined) return undefined
    const problem = isListing && typeof value !== 'string' ? 'is not a string, as ids are' : keyProblem(value)
    if (problem !== undefined) throw refuse(`the bound \`${name}\` ${problem}.`)
    return encodeKey(value as IndexableValue)
  }
  const lower = bound('gt', gt) ?? bound('gte', gte)
  const upper = bound('lt', lt) ?? bound('lte', lte)
  let bounds: Bounds
  if (prefix === undefined) bounds = between(lower, gt !== undefined, upper, lte !== undefined, refuse)
  else if (lower !== undefined || upper !== undefined)
    throw refuse('a `prefix` stands alone. Leave the bounds out.')
  else bounds = withPrefix(prefix, refuse)
  for (const key of [bounds.from, bounds.to])
    if (key !== undefined && !fits(key, maxPositionBytes))
      throw refuse(`a bound is longer than ${maxPositionBytes} bytes.`)
  return bounds
}

/** A range never leaves the type of its bounds: `{ gt: 5 }` finds numbers, no strings. */
function between(
  lower: string | undefined,
  afterLower: boolean,
  upper: string | undefined,
  withUpper: boolean,
  refuse: Refuse,
): Bounds {
  const key = lower ?? upper
  if (key === undefined) return {}
  if (lower !== undefined && upper !== undefined && keyType(lower) !== keyType(upper))
    throw refuse('its bounds are of different types. Use the type of the sort field for both.')
  const type = keyType(key)
  return {
    from: lower === undefined ? type : afterLower ? successor(lower) : lower,
    to: upper === undefined ? successor(type) : withUpper ? successor(upper) : upper,
  }
}

function withPrefix(prefix: unknown, refuse: Refuse): Bounds {
  if (typeof prefix !== 'string') throw refuse(`\`prefix\` is ${show(prefix)}; it must be a string.`)
  const problem = keyProblem(prefix)
  if (problem !== undefined) throw refuse(`the prefix ${problem}.`)
  const from = encodeText(prefix)
  return { from, to: successor(from) }
}

const isEmpty = ({ from, to }: DriverQuery) =>
  from !== undefined && to !== undefined && byteOrdered(from) >= byteOrdered(to)

const queryKeys = ['index', 'partition', 'range', 'order', 'limit', 'cursor', 'signal']
const rangeKeys = ['gt', 'gte', 'lt', 'lte', 'prefix']

function onlyKeys(value: object, allowed: readonly string[], what: string, refuse: Refuse): void {
  for (const key of Object.keys(value))
    if (!allowed.includes(key))
      throw refuse(`${what} has an unknown key "${key}". Use ${allowed.join(', ')}.`)
}

const show = (value: unknown) =>
  typeof value === 'object' && value !== null ? 'an object' : inspect(value, { maxStringLength: 100 })
