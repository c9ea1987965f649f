/**
 * Values ⇄ plain JSON. JSON values stand for themselves; a bigint, Date or Uint8Array is an object with one tag key; an
 * object of the user that looks like a tagged one gets a `$` more. Everything that is accepted comes back equal, but for
 * `undefined` properties, which are dropped, and -0, which becomes 0.
 */
import { pathText } from '../validate.ts'
import { types } from 'node:util'
import { FreedaError, type FieldError } from '../errors.ts'
import type { JsonObject, JsonValue } from '../storage.ts'
import { fits, maxItemBytes, maxKeyBytes } from './limits.ts'

/**
 * Objects and lists inside each other, the document counted: DynamoDB takes 32 levels and counts the innermost value.
 * A tagged value counts as an object.
 */
export const maxDepth = 31

const tagLike = /^\$+(?:bigint|date|bytes)$/
/** More problems than this help nobody. */
const maxProblems = 20

interface Walk {
  readonly what: string
  /** Keys that lead to the container being walked. */
  readonly path: (string | number)[]
  /** The containers around the value being walked; finds cycles. */
  readonly around: object[]
  readonly problems: FieldError[]
  /** Values seen. Each takes a byte at least: an end for what is shared so often that writing it out never ends. */
  seen: number
}

/**
 * Encodes a document.
 * @param what names the document in errors.
 * @throws FREEDA_VALIDATION with the path of each value that cannot be stored, FREEDA_ITEM_TOO_LARGE.
 */
export function encode(document: object, what: string): JsonObject {
  const walk: Walk = { what, path: [], around: [], problems: [], seen: 0 }
  let encoded: JsonObject = {}
  if (isPlain(document)) encoded = encodeObject(walk, document, true)
  else refuse(walk, undefined, `is ${describe(document)}; a document must be a plain object`)
  if (walk.problems.length > 0) throw new FreedaError('FREEDA_VALIDATION', { what, errors: walk.problems })
  return encoded
}

/** Decodes a document into `target`. Nothing of `encoded` is shared with the result. */
export function decodeInto<T extends object>(target: T, encoded: JsonObject): T {
  for (const key of Object.keys(encoded)) setOwn(target, key, decodeValue(encoded[key]!))
  return target
}

/** Decodes one value. */
export function decodeValue(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(decodeValue)
  const keys = Object.keys(value)
  if (keys.length === 1 && tagLike.test(keys[0]!)) return decodeTagged(keys[0]!, value[keys[0]!]!)
  const decoded = {}
  for (const key of keys) setOwn(decoded, key, decodeValue(value[key]!))
  return decoded
}

function decodeTagged(tag: string, content: JsonValue): unknown {
  switch (tag) {
    case '$bigint':
      return BigInt(content as string)
    case '$date':
      return new Date(content as string)
    case '$bytes':
      return new Uint8Array(Buffer.from(content as string, 'base64'))
    default:
      return { [tag.slice(1)]: decodeValue(content) }
  }
}

/** Sets plain data: assigning to `__proto__` would set the prototype. Encoded values have no such key, edited files may. */
function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else (target as Record<string, unknown>)[key] = value
}

function encodeValue(walk: Walk, key: string | number, value: unknown): JsonValue {
  if (++walk.seen > maxItemBytes)
    throw new FreedaError('FREEDA_ITEM_TOO_LARGE', {
      what: walk.what,
      bytes: walk.seen,
      maxBytes: maxItemBytes,
    })
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) return refuse(walk, key, 'is not well-formed text (it has a lone surrogate)')
      return value
    case 'number':
      if (!Number.isFinite(value)) return refuse(walk, key, `is ${value}; only finite numbers can be stored`)
      return value + 0 // -0 + 0 is 0
    case 'boolean':
      return value
    case 'bigint':
      return encodeTagged(walk, key, '$bigint', value.toString())
    case 'object':
      return value === null ? null : encodeContainer(walk, key, value)
    case 'undefined':
      return refuse(walk, key, 'is undefined; use null, or leave the element out')
    default:
      return refuse(walk, key, `is a ${typeof value}; only data can be stored`)
  }
}

function encodeContainer(walk: Walk, key: string | number, value: object): JsonValue {
  const isArray = Array.isArray(value)
  if (!isArray && !isPlain(value)) return encodeInstance(walk, key, value)
  if (walk.around.length >= maxDepth)
    return refuse(walk, key, `is nested too deep; at most ${maxDepth} objects and lists can be in each other`)
  if (walk.around.includes(value)) return refuse(walk, key, 'contains itself')
  walk.path.push(key)
  const encoded = isArray ? encodeArray(walk, value) : encodeObject(walk, value, false)
  walk.path.pop()
  return encoded
}

function encodeArray(walk: Walk, value: readonly unknown[]): JsonValue[] {
  walk.around.push(value)
  const encoded: JsonValue[] = []
  for (let at = 0; at < value.length; at++) encoded.push(encodeValue(walk, at, value[at]))
  walk.around.pop()
  return encoded
}

function encodeObject(walk: Walk, value: object, isDocument: boolean): JsonObject {
  walk.around.push(value)
  const encoded: JsonObject = {}
  let members = 0
  let last = ''
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key]
    if (member === undefined) continue
    if (key === '__proto__') refuse(walk, key, 'is not allowed as a key')
    else if (!key.isWellFormed())
      refuse(walk, key.toWellFormed(), 'has a key that is not well-formed text (it has a lone surrogate)')
    else if (!fits(key, maxKeyBytes)) refuse(walk, undefined, `has a key of more than ${maxKeyBytes} bytes`)
    else {
      encoded[key] = encodeValue(walk, key, member)
      members++
      last = key
    }
  }
  if (Object.getOwnPropertySymbols(value).length > 0) refuse(walk, undefined, 'has a symbol as a key')
  walk.around.pop()
  if (members === 1 && !isDocument && tagLike.test(last)) return { [`$${last}`]: encoded[last]! }
  return encoded
}

function encodeInstance(walk: Walk, key: string | number, value: object): JsonValue {
  if (types.isDate(value)) {
    if (Number.isNaN(value.getTime())) return refuse(walk, key, 'is an invalid Date')
    return encodeTagged(walk, key, '$date', value.toISOString())
  }
  if (types.isUint8Array(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return encodeTagged(walk, key, '$bytes', bytes.toString('base64'))
  }
  return refuse(walk, key, `is ${describe(value)}; use plain objects, lists, Date, bigint or Uint8Array`)
}

function encodeTagged(walk: Walk, key: string | number, tag: string, content: string): JsonValue {
  if (walk.around.length >= maxDepth)
    return refuse(walk, key, `is nested too deep; a bigint, Date or Uint8Array counts as an object`)
  return { [tag]: content }
}

function refuse(walk: Walk, key: string | number | undefined, message: string): null {
  const path = pathText(key === undefined ? walk.path : [...walk.path, key])
  walk.problems.push({ path, message })
  if (walk.problems.length >= maxProblems)
    throw new FreedaError('FREEDA_VALIDATION', { what: walk.what, errors: walk.problems })
  return null
}

/** Plain across realms too: no prototype, or one that has none. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null
}

function describe(value: object): string {
  if (Array.isArray(value)) return 'a list'
  const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class'
}
