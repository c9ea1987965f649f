/** Writes files so that all of them are there in the end, or none. */
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { reasonOf } from '../errors.ts'
import { makeFolder } from './make-folder.ts'

/** A file to be made, or (`before`) to be changed. */
export interface Change {
  /** Absolute. */
  readonly file: string
  readonly text: string
  /** What stands there now; undefined for a file that must not exist yet. */
  readonly before?: string
}

/** Thrown when nothing was changed. */
export class NotWritten extends Error {}

/** @throws NotWritten when a file is in the way, has changed meanwhile, or cannot be written; then all is as it was */
export function writeChanges(changes: readonly Change[]): void {
  for (const change of changes) refuseConflict(change)
  const undo: (() => void)[] = []
  try {
    // What is there already comes last: it is where others look for the new files.
    for (const change of changes.toSorted(
      (a, b) => Number(a.before !== undefined) - Number(b.before !== undefined),
    ))
      undo.push(change.before === undefined ? make(change) : replace(change, change.before))
  } catch (error) {
    const left = undo.toReversed().flatMap(attempt)
    throw new NotWritten(
      `${reasonOf(error)}${left.length === 0 ? ' Nothing was changed.' : ` This could not be undone: ${left.join('; ')}`}`,
      { cause: error },
    )
  }
}

function refuseConflict({ file, before }: Change): void {
  const now = readIfThere(file)
  if (before === undefined && now !== undefined)
    throw new NotWritten(`${file} exists already. Nothing was changed.`)
  if (before !== undefined && now !== before)
    throw new NotWritten(`${file} was changed meanwhile. Nothing was changed; run the command again.`)
}

function readIfThere(file: string): string | undefined {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined
  return readFileSync(file, 'utf8')
}

function make({ file, text }: Change): () => void {
  const madeFolder = makeFolder(dirname(file))
  const unmake = () => rmSync(madeFolder ?? file, { recursive: true, force: true })
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    // A full disk leaves a part of the file; one that another process made meanwhile stays.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || madeFolder !== undefined) unmake()
    throw error
  }
  return unmake
}

/** By renaming, so that a crash or a full disk never leaves half a file. */
function replace({ file, text }: Change, before: string): () => void {
  const target = realpathSync(file)
  const { mode } = statSync(target)
  const write = (content: string) => {
    const beside = `${target}.${process.pid}.new`
    try {
      writeFileSync(beside, content, { flag: 'wx', mode })
      renameSync(beside, target)
    } catch (error) {
      rmSync(beside, { force: true })
      throw error
    }
  }
  write(text)
  return () => write(before)
}

function attempt(undo: () => void): string[] {
  try {
    undo()
    return []
  } catch (error) {
    return [reasonOf(error)]
  }
}
