/** What a later template changes in a project. Pure. */
import { mergeFile } from './merge.ts'

export interface FileUpgrade {
  readonly path: string
  readonly kind: 'add' | 'change' | 'remove' | 'keep'
  /** What the file becomes; undefined when it goes, or when nothing is done. */
  readonly text?: string
  /** What the user must look at. */
  readonly conflicts: readonly string[]
  /** Why nothing is done although the template changed. */
  readonly note?: string
}

/** Texts by path. */
export type Files = ReadonlyMap<string, string>

/**
 * @param base what the old template made
 * @param next what the new one makes
 * @param mine what is there now, of all paths of both
 */
export function planUpgrade(base: Files, next: Files, mine: Files): FileUpgrade[] {
  const paths = [...new Set([...base.keys(), ...next.keys()])].toSorted()
  return paths.flatMap((path) => upgradeFile(path, base.get(path), next.get(path), mine.get(path)) ?? [])
}

function upgradeFile(
  path: string,
  base: string | undefined,
  next: string | undefined,
  mine: string | undefined,
): FileUpgrade | undefined {
  if (base === next || mine === next) return undefined
  if (next === undefined)
    return mine === base
      ? { path, kind: 'remove', conflicts: [] }
      : keep(path, 'the template no longer has it, and you changed it')
  if (mine === undefined)
    return base === undefined
      ? { path, kind: 'add', text: next, conflicts: [] }
      : keep(path, 'the template changed it, and you removed it')
  if (mine === base) return { path, kind: 'change', text: next, conflicts: [] }
  const { text, conflicts } = mergeFile(path, mine, base ?? '', next)
  return text === mine && conflicts.length === 0 ? undefined : { path, kind: 'change', text, conflicts }
}

const keep = (path: string, note: string): FileUpgrade => ({ path, kind: 'keep', conflicts: [], note })
