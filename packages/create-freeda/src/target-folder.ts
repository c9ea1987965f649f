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
  /** Puts everything in place. @returns files that were there already and stay as they are */
  finish(target: string): string[]
  /** Removes it. */
  discard(): void
}

/**
 * @param target where things will go, if that is known
 * @throws Failure when nothing can be written there
 */
export function openStaging(target = join(process.cwd(), 'new')): Staging {
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
    finish(place) {
      if (!existsSync(place)) {
        renameSync(folder, place)
        return []
      }
      const kept = moveInto(folder, place)
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

function moveInto(from: string, to: string): string[] {
  const files = readdirSync(from, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.flatMap((entry) => {
    const source = join(entry.parentPath, entry.name)
    const path = source.slice(from.length + 1)
    const target = join(to, path)
    if (existsSync(target)) return [path]
    mkdirSync(dirname(target), { recursive: true })
    cpSync(source, target, { force: false, errorOnExist: true })
    return []
  })
}
