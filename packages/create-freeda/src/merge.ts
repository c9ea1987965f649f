/** Brings together what the template changed and what the user changed. Pure. */
import { diff3Merge } from 'node-diff3'

export interface Merged {
  readonly text: string
  /** Where both changed the same: lines between markers in text, paths in JSON, where the user's value stays. */
  readonly conflicts: readonly string[]
}

/** @param base what the old template made */
export function mergeFile(path: string, mine: string, base: string, theirs: string): Merged {
  if (path.endsWith('package.json')) {
    const merged = mergeJson(mine, base, theirs)
    if (merged !== undefined) return merged
  }
  return mergeLines(mine, base, theirs)
}

function mergeLines(mine: string, base: string, theirs: string): Merged {
  const regions = diff3Merge(mine.split('\n'), base.split('\n'), theirs.split('\n'), {
    excludeFalseConflicts: true,
  })
  const conflicts: string[] = []
  const lines = regions.flatMap(({ ok, conflict }) => {
    if (conflict === undefined) return ok ?? []
    conflicts.push(`line ${conflict.aIndex + 1}`)
    return ['<<<<<<< yours', ...conflict.a, '=======', ...conflict.b, '>>>>>>> template']
  })
  return { text: lines.join('\n'), conflicts }
}

type Json = Record<string, unknown>

/** By keys: neighbours in a list of dependencies have nothing to do with each other. Undefined when one is no JSON. */
function mergeJson(mine: string, base: string, theirs: string): Merged | undefined {
  const parsed = [mine, base, theirs].map(parseObject)
  if (parsed.includes(undefined)) return undefined
  const conflicts: string[] = []
  const merged = mergeObjects(parsed[0]!, parsed[1]!, parsed[2]!, '', conflicts)
  const indent = /^[ \t]+/m.exec(mine)?.[0] ?? '  '
  return { text: `${JSON.stringify(merged, undefined, indent)}\n`, conflicts }
}

function mergeObjects(mine: Json, base: Json, theirs: Json, at: string, conflicts: string[]): Json {
  const result: Json = {}
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const [a, o, b] = [mine[key], base[key], theirs[key]]
    const path = at === '' ? key : `${at}.${key}`
    const value =
      isObject(a) && isObject(b)
        ? mergeObjects(a, isObject(o) ? o : {}, b, path, conflicts)
        : choose(a, o, b, path, conflicts)
    if (value !== undefined) result[key] = value
  }
  return result
}

function choose(a: unknown, o: unknown, b: unknown, path: string, conflicts: string[]): unknown {
  if (same(a, b) || same(o, b)) return a
  if (same(a, o)) return b
  conflicts.push(`${path}: yours is ${JSON.stringify(a)}, the template has ${JSON.stringify(b)}`)
  return a
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
