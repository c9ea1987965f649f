/** JSON from strangers. */
import secureParse from 'secure-json-parse'
import { FreedaError } from '../errors.ts'
import { findJsonFault } from './json-fault.ts'

/** Deeper than any document that people write, and far from where recursive code (validators, `JSON.stringify`) overflows. */
export const maxJsonDepth = 100

/**
 * Parses JSON. Refuses `__proto__` and `constructor.prototype` keys, which become prototypes when code copies them.
 * A byte order mark is skipped (RFC 8259, 8.1).
 * @throws FREEDA_BODY_MALFORMED with the position of the fault, never with content, which may be a secret
 */
export function parseJson(text: string): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  if (json.trim() === '') throw malformed('it is empty.')
  if (isTooDeep(json)) throw malformed(`it is nested deeper than ${maxJsonDepth} levels.`)
  try {
    return secureParse(json)
  } catch (cause) {
    const position = findJsonFault(json)
    if (position === undefined)
      throw malformed('a key named `__proto__`, or `constructor` with `prototype` in it, is not allowed.')
    throw malformed(`it is not valid JSON${whereIs(json, position)}.`, cause)
  }
}

export const malformed = (reason: string, cause?: unknown) =>
  new FreedaError('FREEDA_BODY_MALFORMED', { reason }, cause === undefined ? undefined : { cause })

const quote = 0x22
const backslash = 0x5c

/** Counts brackets outside of strings; a text no longer than the limit cannot exceed it. */
function isTooDeep(json: string): boolean {
  if (json.length <= maxJsonDepth) return false
  let depth = 0
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i)
    if (code === quote) {
      while (++i < json.length && json.charCodeAt(i) !== quote) if (json.charCodeAt(i) === backslash) i++
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxJsonDepth) return true
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return false
}

function whereIs(json: string, position: number): string {
  if (position >= json.length) return ': it ends too early'
  const before = json.slice(0, position)
  const line = before.split('\n').length
  return ` at position ${position} (line ${line}, column ${position - before.lastIndexOf('\n')})`
}
