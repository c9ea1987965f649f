/**
 * What the regular expression of a route says about the segments of the paths that it matches. Read from the expression
 * itself, which is what decides a match, and not from the path that somebody wrote: it also holds for middleware, nested
 * routers, prefixes and hand-written expressions. Source of the forms: path-to-regexp 8, `pathToRegexp`.
 */

/** A literal; `whole`: any text but the empty one; `part`: some text, the expression knows which. */
export type Segment = string | { readonly kind: 'whole' | 'part' }

export const whole: Segment = { kind: 'whole' }
export const part: Segment = { kind: 'part' }

/** One of the forms that a path may have: its segments, then an end. */
export interface PathForm {
  readonly segments: readonly Segment[]
  /** `exact`: nothing more but a slash; `rest`: at least one more character; `open`: nobody knows. */
  readonly end: 'exact' | 'rest' | 'open'
}

/** Undefined when nothing is certain, so that any path may match. */
export function pathForms(regexp: RegExp): readonly PathForm[] | undefined {
  if (regexp.flags !== '' && regexp.flags !== 'i') return undefined
  const { source } = regexp
  if (source.startsWith('^(?:')) {
    const group = readGroup(source, 4)
    const end = group === undefined ? undefined : tails.get(source.slice(group.end + 1))
    return end === undefined ? undefined : group!.alternatives.map((text) => readForm(text, end))
  }
  if (!source.startsWith('^')) return undefined
  // What `router.use(middleware)` puts behind a prefix, or what a plugin's author wrote.
  for (const [tail, end] of bareTails) {
    const text = source.slice(1, source.length - tail.length)
    if (source.endsWith(tail) && !text.endsWith('\\') && !text.includes('|')) return [readForm(text, end)]
  }
  return undefined
}

/** What follows the path itself, and what it says. Behind `open` a segment is complete, behind `cut` it may go on. */
type End = 'exact' | 'open' | 'cut'
const tails: ReadonlyMap<string, End> = new Map([
  [String.raw`(?:\/$)?$`, 'exact'],
  ['$', 'exact'],
  [String.raw`(?:\/$)?(?=\/|$)`, 'open'],
  [String.raw`(?=\/|$)`, 'open'],
])
const bareTails: readonly (readonly [string, End])[] = [
  [String.raw`(?:\/|$)`, 'open'],
  ['$', 'exact'],
  ['', 'cut'],
]

/** The alternatives of the group whose content starts at `start`, and where it closes. */
function readGroup(source: string, start: number): { alternatives: string[]; end: number } | undefined {
  const alternatives: string[] = []
  let depth = 0
  let inClass = false
  let from = start
  for (let i = start; i < source.length; i++) {
    const char = source[i]
    if (char === '\\') i++
    else if (inClass) inClass = char !== ']'
    else if (char === '[') inClass = true
    else if (char === '(') depth++
    else if (char === '|' && depth === 0) {
      alternatives.push(source.slice(from, i))
      from = i + 1
    } else if (char === ')' && depth-- === 0) {
      alternatives.push(source.slice(from, i))
      return { alternatives, end: i }
    }
  }
  return undefined
}

const parameter = String.raw`([^\/]+)`
const wildcard = '([^]+)'
const special = /[\\^$.*+?()[\]{}|/]/
const quantifier = /[*+?{]/

function readForm(text: string, end: End): PathForm {
  const segments: Segment[] = []
  let current: Segment | undefined
  for (let i = 0; i < text.length;) {
    const token = readToken(text, i)
    const next = text[i + (token?.length ?? 0)]
    if (token === undefined || (next !== undefined && quantifier.test(next))) return { segments, end: 'open' }
    i += token.length
    if (token === wildcard) {
      const ends = current === '' && i === text.length && end === 'exact'
      return { segments, end: ends ? 'rest' : 'open' }
    }
    if (token === String.raw`\/`) {
      if (current !== undefined) segments.push(current)
      current = ''
    } else if (current === undefined)
      return { segments, end: 'open' } // Not even a slash at the start.
    else if (token === parameter) current = current === '' ? whole : part
    else current = typeof current === 'string' ? current + token.at(-1) : part
  }
  if (end === 'cut') return { segments, end: 'open' }
  if (current !== undefined) segments.push(current)
  return { segments, end }
}

/** A slash, one literal character, a parameter or a wildcard at `i`; undefined: something else. */
function readToken(text: string, i: number): string | undefined {
  const char = text[i]!
  if (char === '\\') {
    const escaped = text[i + 1]
    // A letter or a digit would make a class, a boundary or a reference.
    return escaped === undefined || /\w/.test(escaped) ? undefined : char + escaped
  }
  if (text.startsWith(parameter, i)) return parameter
  if (text.startsWith(wildcard, i)) return wildcard
  return special.test(char) ? undefined : char
}
