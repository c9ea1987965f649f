/** Puts a finished build in place of the one before, all of it at once. */
import { copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FreedaError, reasonOf } from '../../errors.ts'
import { makeFolder } from '../make-folder.ts'
import { buildIn } from './find-build.ts'

export interface BuildFile {
  /** Relative to the output folder. */
  readonly path: string
  /** What is in it, or the file that is copied. */
  readonly content: string | Uint8Array | { readonly copyOf: string }
}

/**
 * When it fails, the build before is where it was.
 * @throws FREEDA_BUILD_FOLDER when the folder holds something that no build made, is a file, or cannot be written
 */
export async function writeBuild(directory: string, files: readonly BuildFile[]): Promise<void> {
  await refuseForeign(directory)
  const fresh = `${directory}.new-${process.pid}`
  try {
    for (const { path, content } of files) {
      const target = join(fresh, path)
      makeFolder(dirname(target))
      if (typeof content === 'object' && 'copyOf' in content) await copyFile(content.copyOf, target)
      else await writeFile(target, content)
    }
    await replace(directory, fresh)
  } catch (error) {
    throw unwritable(directory, error)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function replace(directory: string, fresh: string): Promise<void> {
  const old = `${directory}.old-${process.pid}`
  const wasThere = await renameIfThere(directory, old)
  try {
    await rename(fresh, directory)
  } catch (error) {
    const isBack = !wasThere || (await renameIfThere(old, directory).catch(() => false))
    if (isBack) throw error
    throw new Error(`${reasonOf(error)}; the build before is in ${old} now`, { cause: error })
  }
  await rm(old, { recursive: true, force: true })
}

/** Only what is not there is free to be taken: an error of another kind says nothing of what is there. */
async function refuseForeign(directory: string): Promise<void> {
  let present: readonly string[]
  try {
    present = await readdir(directory)
  } catch (error) {
    if (isMissing(error)) return
    throw unwritable(directory, error)
  }
  if (present.length === 0 || buildIn(directory) !== undefined) return
  throw new FreedaError('FREEDA_BUILD_FOLDER', {
    directory,
    reason: `it holds what \`freeda build\` did not make (${present.slice(0, 3).join(', ')}${present.length > 3 ? ', …' : ''}).`,
    fix: 'Empty it, or choose another one with --out.',
  })
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const unwritable = (directory: string, cause: unknown): FreedaError<'FREEDA_BUILD_FOLDER'> =>
  new FreedaError(
    'FREEDA_BUILD_FOLDER',
    {
      directory,
      reason: isFile(cause) ? 'a file is in its place.' : `${reasonOf(cause)}.`,
      fix: isFile(cause)
        ? 'Choose a folder with --out.'
        : 'Make it writable, or choose another one with --out.',
    },
    { cause },
  )

const isFile = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOTDIR'
