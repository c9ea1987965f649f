/**
 * Finds where a text stops being JSON (RFC 8259). Runs only after `JSON.parse` failed: its own messages tell the position
 * or a piece of the content, as it pleases, and content may be a secret.
 */
interface Scanner {
  readonly json: string
  /** After a failure: where the fault is. */
  at: number
}

/** Position of the first fault, or undefined when there is none. The depth of `json` must have been checked. */
export function findJsonFault(json: string): number | undefined {
  const scanner: Scanner = { json, at: 0 }
  if (!takeValue(scanner)) return scanner.at
  take(scanner, blank)
  return scanner.at === json.length ? undefined : scanner.at
}

const blank = /[\t\n\r ]*/y
const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const escape = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y

function takeValue(scanner: Scanner): boolean {
  if (takeChar(scanner, '{')) return takeChar(scanner, '}') || takeItems(scanner, '}')
  if (takeChar(scanner, '[')) return takeChar(scanner, ']') || takeItems(scanner, ']')
  return scanner.json[scanner.at] === '"' ? takeString(scanner) : take(scanner, literal)
}

function takeItems(scanner: Scanner, end: '}' | ']'): boolean {
  do {
    if (end === '}' && !(takeKey(scanner) && takeChar(scanner, ':'))) return false
    if (!takeValue(scanner)) return false
  } while (takeChar(scanner, ','))
  return takeChar(scanner, end)
}

function takeKey(scanner: Scanner): boolean {
  take(scanner, blank)
  return scanner.json[scanner.at] === '"' && takeString(scanner)
}

/** By hand: a regular expression for a string of a mebibyte needs a stack of that size. */
function takeString(scanner: Scanner): boolean {
  scanner.at++
  for (;;) {
    const char = scanner.json[scanner.at]
    if (char === undefined || char < ' ') return false
    if (char === '\\') {
      if (!take(scanner, escape)) return false
    } else {
      scanner.at++
      if (char === '"') return true
    }
  }
}

function takeChar(scanner: Scanner, char: string): boolean {
  take(scanner, blank)
  if (scanner.json[scanner.at] !== char) return false
  scanner.at++
  return true
}

function take(scanner: Scanner, pattern: RegExp): boolean {
  pattern.lastIndex = scanner.at
  const found = pattern.exec(scanner.json)
  if (found === null) return false
  scanner.at += found[0].length
  return true
}
