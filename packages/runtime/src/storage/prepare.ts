/** From what a caller passes to what a driver gets: everything is checked here, once, above every driver. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { FreedaError, type FieldError } from '../errors.ts'
import type { CollectionInfo, DriverAction, DriverDocument, Expected, Stored } from '../storage.ts'
import { validate } from '../validate.ts'
import { decodeInto, encode } from './codec.ts'
import { encodeKey } from './keys.ts'
import { checkItemSize, fits, maxPositionBytes } from './limits.ts'

export type PutAction = Extract<DriverAction, { kind: 'put' }>

/** A collection as the engine knows it. */
export interface KnownCollection {
  readonly info: CollectionInfo
  readonly schema: StandardSchemaV1<unknown, object>
}

/**
 * The id in order-preserving encoding.
 * @throws FREEDA_VALIDATION when it is no id.
 */
export function positionOf(collection: string, id: string): string {
  const problem = idProblem(id)
  if (problem !== undefined) throw invalid(`The id for ${collection}`, 'id', problem)
  return encodeKey(id)
}

/** Why something is no id, as the end of a sentence about it. */
export function idProblem(id: unknown): string | undefined {
  if (typeof id !== 'string') return 'must be a string'
  if (id === '') return 'must not be empty'
  if (!id.isWellFormed()) return 'is not well-formed text (it has a lone surrogate)'
  if (!fits(encodeKey(id), maxPositionBytes)) return `is longer than ${maxPositionBytes} bytes once encoded`
  return undefined
}

/**
 * Validates, encodes and places a document.
 * @throws FREEDA_VALIDATION, FREEDA_ITEM_TOO_LARGE
 */
export async function preparePut(
  { info, schema }: KnownCollection,
  id: string,
  input: unknown,
  expected: Expected,
): Promise<PutAction> {
  const what = `${info.name}/${id}`
  const validated = validate(schema, withoutReserved(input, id, what), what)
  const output = validated instanceof Promise ? await validated : validated
  const value = encode(withoutReserved(output, id, what) as object, what)
  const placement = info.place(id, value)
  checkItemSize(info, id, value, placement)
  return { kind: 'put', collection: info, id, expected, value, placement }
}

/** A document as the caller gets it: nothing of it is shared with the driver. */
export const toStored = <T>({ id, version, value }: DriverDocument): Stored<T> =>
  decodeInto({ id, version }, value) as Stored<T>

/**
 * A value without the `id` and `version` that it has when it was made from what was read (`{ ...current }`).
 * @throws FREEDA_VALIDATION when it has others: the two names are reserved.
 */
function withoutReserved(input: unknown, id: string, what: string): unknown {
  if (typeof input !== 'object' || input === null) return input
  const hasId = Object.hasOwn(input, 'id')
  const hasVersion = Object.hasOwn(input, 'version')
  if (!hasId && !hasVersion) return input
  const { id: ownId, version, ...rest } = input as { id?: unknown; version?: unknown }
  const errors: FieldError[] = []
  if (ownId !== undefined && ownId !== id)
    errors.push({
      path: 'id',
      message: 'is reserved for the id of the document, which is another. Pass it beside the value',
    })
  if (version !== undefined && (ownId !== id || !isVersion(version)))
    errors.push({ path: 'version', message: 'is reserved for the version of the document. Use another name' })
  if (errors.length > 0) throw new FreedaError('FREEDA_VALIDATION', { what, errors })
  return rest
}

const isVersion = (version: unknown): version is number =>
  Number.isSafeInteger(version) && (version as number) >= 1

/** @throws FREEDA_VALIDATION unless `ifVersion` is absent or a version. */
export function expectedVersion<E extends Expected>(ifVersion: number | undefined, otherwise: E): E | number {
  if (ifVersion === undefined) return otherwise
  if (!isVersion(ifVersion)) throw invalid('The condition', 'ifVersion', 'must be a whole number from 1')
  return ifVersion
}

/** @throws FREEDA_VALIDATION for an option that would have no effect. */
export function checkOptions(options: object | undefined, allowed: readonly string[]): void {
  if (options === undefined) return
  for (const key of Object.keys(options))
    if (!allowed.includes(key))
      throw invalid(
        'The options',
        key,
        `is not an option here; there ${allowed.length === 1 ? 'is' : 'are'} ${allowed.join(', ')}`,
      )
}

export const invalid = (what: string, path: string, message: string) =>
  new FreedaError('FREEDA_VALIDATION', { what, errors: [{ path, message }] })
