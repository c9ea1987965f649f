/**
 * The codec's plain JSON ⇄ DynamoDB's AttributeValues, without loss. lib-dynamodb's marshaller is not asked: it takes
 * `{ constructor: { name: 'Set' } }` for a set. Pure.
 *
 * | value | attribute |
 * |---|---|
 * | number from 1e-130 to 9.9e125, and 0 | `N`, its shortest decimal |
 * | other number | `B`: two bytes `1sxx xeee eeee eeee` of sign and exponent + 1024, then decimal digits, two a byte |
 * | `{ "$bytes": base64 }` | `B`: a byte 0, then the bytes |
 * | object | `M`; the key `''`, and keys that begin with U+0001, get one U+0001 more in front |
 *
 * Tagged forms are scalars: a map would be one level more than the 32 that DynamoDB takes.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { JsonObject, JsonValue } from '@freeda/runtime/driver'

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const largestExponent = 125
const smallestExponent = -130

const isNumberFlag = 0x8000
const isNegativeFlag = 0x4000
const exponentBias = 1024
const exponentMask = 0x7ff
const noDigit = 0xf

const keyEscape = '\u0001'

export function toAttribute(value: JsonValue): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value }
    case 'number':
      return toNumber(value)
    case 'boolean':
      return { BOOL: value }
    default:
      if (value === null) return { NULL: true }
      if (Array.isArray(value)) return { L: value.map(toAttribute) }
      return toMap(value)
  }
}

/** @throws TypeError for an attribute that {@link toAttribute} does not make. */
export function fromAttribute(attribute: AttributeValue): JsonValue {
  if (attribute.S !== undefined) return attribute.S
  if (attribute.N !== undefined) return Number(attribute.N)
  if (attribute.M !== undefined) return fromMap(attribute.M)
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute)
  if (attribute.BOOL !== undefined) return attribute.BOOL
  if (attribute.NULL !== undefined) return null
  if (attribute.B !== undefined) return fromBytes(attribute.B)
  throw new TypeError(`The attribute type ${Object.keys(attribute).join()} is none that this driver writes.`)
}

function toNumber(value: number): AttributeValue {
  if (Number.isSafeInteger(value)) return { N: String(value) }
  const [mantissa = '', exponent] = Math.abs(value).toExponential().split('e')
  const power = Number(exponent)
  if (power >= smallestExponent && power <= largestExponent) return { N: String(value) }
  return { B: packNumber(value < 0, power, mantissa.replace('.', '')) }
}

/** As many bytes as the contract counts for the number. */
function packNumber(isNegative: boolean, exponent: number, digits: string): Uint8Array {
  const bytes = Buffer.alloc(2 + Math.ceil(digits.length / 2))
  bytes.writeUInt16BE(isNumberFlag | (isNegative ? isNegativeFlag : 0) | (exponent + exponentBias))
  for (let at = 0; at < digits.length; at += 2) {
    const second = at + 1 < digits.length ? Number(digits[at + 1]) : noDigit
    bytes[2 + at / 2] = (Number(digits[at]) << 4) | second
  }
  return bytes
}

function unpackNumber(bytes: Buffer): number {
  const head = bytes.readUInt16BE()
  const digits = bytes.subarray(2).toString('hex').replace('f', '')
  const exponent = (head & exponentMask) - exponentBias
  const sign = (head & isNegativeFlag) === 0 ? '' : '-'
  return Number(`${sign}${digits[0]}.${digits.slice(1)}e${exponent}`)
}

function toMap(value: JsonObject): AttributeValue {
  const keys = Object.keys(value)
  if (keys.length === 1 && keys[0] === '$bytes') {
    const bytes = canonicalBytes(value['$bytes']!)
    if (bytes !== undefined) return { B: bytes }
  }
  const map: Record<string, AttributeValue> = {}
  for (const key of keys) map[escapeKey(key)] = toAttribute(value[key]!)
  return { M: map }
}

function fromMap(map: Record<string, AttributeValue>): JsonObject {
  const value: JsonObject = {}
  for (const key of Object.keys(map)) {
    const member = fromAttribute(map[key]!)
    const name = key.startsWith(keyEscape) ? key.slice(1) : key
    // The codec refuses this key, but a table can be edited by hand; assigning would set the prototype.
    if (name === '__proto__')
      Object.defineProperty(value, name, {
        value: member,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    else value[name] = member
  }
  return value
}

/** Attribute names have one character at least. */
const escapeKey = (key: string) => (key === '' || key.startsWith(keyEscape) ? keyEscape + key : key)

/** A 0 and the bytes of a base64 text, if those give the same text again. */
function canonicalBytes(text: JsonValue): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? Buffer.concat([Buffer.of(0), bytes]) : undefined
}

function fromBytes(attribute: Uint8Array): JsonValue {
  const bytes = Buffer.from(attribute.buffer, attribute.byteOffset, attribute.byteLength)
  return bytes[0] === 0 ? { $bytes: bytes.toString('base64', 1) } : unpackNumber(bytes)
}
