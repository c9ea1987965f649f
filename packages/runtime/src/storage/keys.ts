/**
 * Order-preserving keys: every indexable value becomes a well-formed string, so that comparing the UTF-8 bytes of two
 * keys compares their values. Pure; no limits, no collections.
 *
 * | value | key |
 * |---|---|
 * | boolean | `b` `0` or `1`, U+0001 |
 * | Date | `d` and the number of its Unix milliseconds |
 * | number, bigint | `n` and: `0` for negative, `1` for zero, `2` for positive; four digits of exponent + 5000; decimal digits; U+0001. A negative has exponent and digits complemented, and ends in `~` |
 * | string | `s`, its characters with U+0000–U+0002 escaped, U+0001 |
 *
 * No key is the beginning of another, so that a composite (sort field, then id) is a plain concatenation.
 */
import type { IndexableValue } from '../storage.ts'

const end = '\u0001'
const endOfNegative = '~'
const exponentBias = 5000
const escape = '\u0002'
// eslint-disable-next-line no-control-regex -- exactly the characters that a key escapes
const escapable = /[\u0000-\u0002]/g

const maxBigint = 10n ** BigInt(exponentBias)

/** Why a value cannot be a key, as the end of a sentence about it; undefined when it can. */
export function keyProblem(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : 'is not well-formed text (it has a lone surrogate)'
    case 'number':
      return Number.isFinite(value) ? undefined : `is ${value}`
    case 'bigint':
      return value < maxBigint && value > -maxBigint ? undefined : `has more than ${exponentBias} digits`
    case 'boolean':
      return undefined
    default:
      if (!(value instanceof Date)) return 'is not a string, number, bigint, boolean or Date'
      return Number.isNaN(value.getTime()) ? 'is an invalid Date' : undefined
  }
}

/**
 * The key of a value.
 * @throws TypeError when {@link keyProblem} finds one.
 */
export function encodeKey(value: IndexableValue): string {
  const problem = keyProblem(value)
  if (problem !== undefined) throw new TypeError(`No key can be made: the value ${problem}.`)
  switch (typeof value) {
    case 'string':
      return encodeText(value) + end
    case 'number':
      return 'n' + encodeNumber(value)
    case 'bigint':
      return 'n' + encodeBigint(value)
    case 'boolean':
      return value ? `b1${end}` : `b0${end}`
    default:
      return 'd' + encodeNumber(value.getTime())
  }
}

/** What the key of every string that starts with `prefix` starts with. Well-formed text only. */
export const encodeText = (prefix: string): string =>
  's' + prefix.replace(escapable, (character) => escape + character.charCodeAt(0))

/** The first character of every key of values that compare with this one: their type. */
export const keyType = (key: string): string => key.charAt(0)

/**
 * The smallest string that comes after everything that starts with `prefix`, by UTF-8 bytes. Of a whole key it is the
 * key with its last character + 1, since nothing starts with a whole key but itself and its composites.
 * @returns undefined when there is none: `prefix` is empty or has only U+10FFFF.
 */
export function successor(prefix: string): string | undefined {
  for (let at = prefix.length; at > 0;) {
    const unit = prefix.charCodeAt(at - 1)
    const width = unit >= 0xdc00 && unit <= 0xdfff ? 2 : 1
    at -= width
    const point = prefix.codePointAt(at)!
    // U+D800–U+DFFF are no characters: UTF-8 has no bytes for them.
    if (point < 0x10ffff)
      return prefix.slice(0, at) + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1)
  }
  return undefined
}

const beyondSurrogates = /[\ud800-\uffff]/
const unitsToMove = /[\ud800-\uffff]/g

/**
 * A string that JavaScript's `<` orders as the UTF-8 bytes of `key`: UTF-16 puts surrogates (U+10000 and up) before
 * U+E000–U+FFFF, so those two ranges of units change places. For comparing only: it need not be well formed.
 */
export function byteOrdered(key: string): string {
  if (!beyondSurrogates.test(key)) return key
  return key.replace(unitsToMove, (character) => {
    const unit = character.charCodeAt(0)
    return String.fromCharCode(unit < 0xe000 ? unit + 0x2000 : unit - 0x800)
  })
}

/** Compares two keys by their UTF-8 bytes, for `sort`. */
export function compareKeys(a: string, b: string): number {
  const [x, y] = [byteOrdered(a), byteOrdered(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

function encodeNumber(value: number): string {
  // The shortest decimal of a fraction orders as the fraction does, but that of a huge whole number may differ from
  // the exact one, which is what bigints beside it are compared by.
  if (Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER) return encodeBigint(BigInt(value))
  if (Number.isInteger(value)) return encodeWhole(value < 0, String(Math.abs(value)))
  const [mantissa = '', exponent] = Math.abs(value).toExponential().split('e')
  return joinNumber(value < 0, Number(exponent), mantissa.replace('.', ''))
}

function encodeBigint(value: bigint): string {
  const negative = value < 0n
  return encodeWhole(negative, (negative ? -value : value).toString())
}

function encodeWhole(negative: boolean, digits: string): string {
  if (digits === '0') return `1${end}`
  let length = digits.length
  while (digits.charCodeAt(length - 1) === 48) length--
  return joinNumber(negative, digits.length - 1, digits.slice(0, length))
}

function joinNumber(negative: boolean, exponent: number, digits: string): string {
  const biased = String(exponent + exponentBias)
  return negative ? `0${complement(biased + digits)}${endOfNegative}` : `2${biased}${digits}${end}`
}

function complement(digits: string): string {
  let complemented = ''
  for (let at = 0; at < digits.length; at++) complemented += String.fromCharCode(105 - digits.charCodeAt(at))
  return complemented
}
