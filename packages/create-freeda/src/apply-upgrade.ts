/** Writes an upgrade into a project: all of it, or nothing. */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, reasonOf } from './failure.ts'
import type { FileUpgrade } from './plan-upgrade.ts'

/** @throws Failure when a file cannot be written; then all is as it was, or it says what is not */
export function applyUpgrade(folder: string, upgrades: readonly FileUpgrade[]): void {
  const undo: { readonly path: string; readonly run: () => void }[] = []
  try {
    for (const upgrade of upgrades) {
      const run = undoOf(folder, upgrade)
      // Before it is done: a full disk leaves a part of the file.
      if (run !== undefined) undo.push({ path: upgrade.path, run })
      apply(join(folder, upgrade.path), upgrade)
    }
  } catch (error) {
    const left = undo.toReversed().filter(({ run }) => !succeeds(run))
    throw new Failure(
      left.length === 0
        ? `${reasonOf(error)}\nNothing was changed.`
        : `${reasonOf(error)}\nThese could not be put back: ${left.map(({ path }) => path).join(', ')}. \`git status\` shows them.`,
    )
  }
}

function apply(file: string, { kind, text, executable = false }: FileUpgrade): void {
  if (kind === 'remove') rmSync(file)
  if (text === undefined) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  if (executable) chmodSync(file, statSync(file).mode | 0o111)
}

function undoOf(folder: string, { path, kind }: FileUpgrade): (() => void) | undefined {
  const file = join(folder, path)
  if (kind === 'keep') return undefined
  if (kind === 'add') {
    const first = firstMissing(folder, path)
    return () => rmSync(first, { recursive: true, force: true })
  }
  const { mode } = statSync(file)
  const before = readFileSync(file)
  return () => {
    writeFileSync(file, before)
    chmodSync(file, mode)
  }
}

/** The outermost folder that is made for a file, or the file itself. */
function firstMissing(folder: string, path: string): string {
  const parts = path.split('/')
  const places = parts.map((_, index) => join(folder, ...parts.slice(0, index + 1)))
  return places.find((place) => statSync(place, { throwIfNoEntry: false }) === undefined) ?? places.at(-1)!
}

function succeeds(action: () => void): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
