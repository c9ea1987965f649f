/** What a later template changes in a project. Pure. */
import { withLf, withLineEndsOf } from './line-ends.ts'
import { mergeFile } from './merge.ts'
import type { Rendered, RenderedFile } from './render-project.ts'

export interface FileUpgrade {
  readonly path: string
  readonly kind: 'add' | 'change' | 'remove' | 'keep'
  /** What the file becomes; undefined when it goes, or when nothing is done. */
  readonly text?: string
  /** Whether it is a program: what is added or changed can be run then. */
  readonly executable?: boolean
  /** What the user must look at. */
  readonly conflicts: readonly string[]
  /** Why nothing is done although the template changed. */
  readonly note?: string
}

/** Texts by path. */
export type Files = ReadonlyMap<string, string>

/**
 * Files keep their line ends, which are no change.
 * @param base what the old template made
 * @param next what the new one makes
 * @param mine what is there now, of all paths of both
 */
export function planUpgrade(base: Files, next: Rendered, mine: Files): FileUpgrade[] {
  const paths = [...new Set([...base.keys(), ...next.keys()])].toSorted()
  return paths.flatMap((path) => {
    const [original, there] = [base.get(path), mine.get(path)]
    const upgrade = upgradeFile(path, lines(original), next.get(path), lines(there))
    if (upgrade?.text === undefined || there === undefined) return upgrade ?? []
    return { ...upgrade, text: withLineEndsOf(there, upgrade.text) }
  })
}

const lines = (text: string | undefined) => (text === undefined ? undefined : withLf(text))

function upgradeFile(
  path: string,
  base: string | undefined,
  template: RenderedFile | undefined,
  mine: string | undefined,
): FileUpgrade | undefined {
  const next = template?.text
  const mode = template?.executable === true ? { executable: true } : {}
  if (base === next || mine === next) return undefined
  if (next === undefined)
    return mine === base
      ? { path, kind: 'remove', conflicts: [] }
      : keep(path, 'the template no longer has it, and you changed it')
  if (mine === undefined)
    return base === undefined
      ? { path, kind: 'add', text: next, ...mode, conflicts: [] }
      : keep(path, 'the template changed it, and you removed it')
  if (mine === base) return { path, kind: 'change', text: next, ...mode, conflicts: [] }
  const { text, conflicts } = mergeFile(path, mine, base ?? '', next)
  return text === mine && conflicts.length === 0
    ? undefined
    : { path, kind: 'change', text, ...mode, conflicts }
}

const keep = (path: string, note: string): FileUpgrade => ({ path, kind: 'keep', conflicts: [], note })
