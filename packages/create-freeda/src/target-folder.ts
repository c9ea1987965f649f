/** Where a project goes, and that nothing of it stays behind when it fails. */
import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, reasonOf } from './failure.ts'

/** What may lie in a folder that counts as empty. */
const harmless: ReadonlySet<string> = new Set([
  '.git',
  '.DS_Store',
  'Thumbs.db',
  '.idea',
  'LICENSE',
  'LICENSE.md',
])

/** @throws Failure when it is a file, or holds something */
export function checkTarget(folder: string, keepExisting: boolean): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isDirectory()) throw new Failure(`${folder} is a file. Choose another name.`)
  const content = readdirSync(folder).filter((name) => !harmless.has(name))
  if (content.length === 0 || keepExisting) return
  const some = content.slice(0, 3).join(', ')
  throw new Failure(
    `${folder} is not empty: it holds ${some}${content.length > 3 ? ` and ${content.length - 3} more` : ''}.
Choose another folder, or add \`--keep-existing\`: then files that are there stay as they are, and only missing ones are added.`,
  )
}

/** A folder on the same file system as the target, so that putting things in place is renaming. */
export interface Staging {
  readonly folder: string
  /**
   * Puts everything in place, or nothing.
   * @returns files that were there already and stay as they are
   * @throws Failure when something of another kind is in the way
   */
  finish(): string[]
  /** Removes it. */
  discard(): void
}

/**
 * @param target where things will go
 * @throws Failure when nothing can be written there
 */
export function openStaging(target: string): Staging {
  const parent = existsSync(target) ? target : dirname(target)
  const folder = join(parent, `.create-freeda-${randomUUID()}`)
  // The first folder that is made on the way.
  let made: string | undefined
  try {
    made = makeFolder(folder)
  } catch (error) {
    throw new Failure(`Nothing can be written to ${parent}: ${reasonOf(error)}`)
  }
  return {
    folder,
    finish() {
      if (!existsSync(target)) {
        renameSync(folder, target)
        return []
      }
      const kept = moveInto(folder, target)
      rmSync(folder, { recursive: true })
      return kept
    },
    discard: () => rmSync(made ?? folder, { recursive: true, force: true }),
  }
}

/** One by one: Node's own `recursive` never ends where the system answers ENOENT for a parent that is there, as in /proc. */
function makeFolder(folder: string): string {
  const parent = dirname(folder)
  const first = existsSync(parent) ? undefined : makeFolder(parent)
  mkdirSync(folder)
  return first ?? folder
}

/** All of it or nothing. @returns files that were there already */
function moveInto(from: string, to: string): string[] {
  const paths = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1))
  refuseOtherKinds(paths, to)
  const [kept, missing] = [true, false].map((isThere) =>
    paths.filter((path) => existsSync(join(to, path)) === isThere),
  ) as [string[], string[]]
  const made: string[] = []
  try {
    for (const path of missing) {
      const target = join(to, path)
      if (!existsSync(dirname(target))) made.push(makeFolder(dirname(target)))
      made.push(target)
      cpSync(join(from, path), target, { force: false, errorOnExist: true })
    }
  } catch (error) {
    for (const one of made.toReversed()) rmSync(one, { recursive: true, force: true })
    throw error
  }
  return kept
}

/** @throws Failure when a file is where a folder must be, or the other way round */
function refuseOtherKinds(paths: readonly string[], to: string): void {
  const folders = new Set(paths.flatMap((path) => foldersOf(path)))
  const isFolder = (path: string) => statSync(join(to, path), { throwIfNoEntry: false })?.isDirectory()
  const problems = [
    ...[...folders]
      .filter((path) => isFolder(path) === false)
      .map((path) => `${path} is a file, and must be a folder`),
    ...paths
      .filter((path) => isFolder(path) === true)
      .map((path) => `${path} is a folder, and must be a file`),
  ]
  if (problems.length > 0)
    throw new Failure(`Nothing was made: ${problems.join('; ')}. Move it away, or choose another folder.`)
}

/** `a/b` and `a` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parent = dirname(path)
  return parent === '.' ? [] : [...foldersOf(parent), parent]
}
