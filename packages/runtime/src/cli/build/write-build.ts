/** Puts a finished build in place of the one before, all of it at once. */
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FreedaError, reasonOf } from '../../errors.ts'
import { buildIn } from './find-build.ts'

export interface BuildFile {
  /** Relative to the output folder. */
  readonly path: string
  /** What is in it, or the file that is copied. */
  readonly content: string | Uint8Array | { readonly copyOf: string }
}

/** @throws FREEDA_BUILD_FOLDER when the folder holds something that no build made, or cannot be written */
export async function writeBuild(directory: string, files: readonly BuildFile[]): Promise<void> {
  await refuseForeign(directory)
  const fresh = `${directory}.new-${process.pid}`
  const old = `${directory}.old-${process.pid}`
  try {
    for (const { path, content } of files) {
      const target = join(fresh, path)
      await mkdir(dirname(target), { recursive: true })
      if (typeof content === 'object' && 'copyOf' in content) await copyFile(content.copyOf, target)
      else await writeFile(target, content)
    }
    await rename(directory, old).catch(ignoreMissing)
    await rename(fresh, directory)
  } catch (error) {
    throw new FreedaError(
      'FREEDA_BUILD_FOLDER',
      {
        directory,
        reason: `${reasonOf(error)}.`,
        fix: 'Make it writable, or choose another one with --out.',
      },
      { cause: error },
    )
  } finally {
    await rm(fresh, { recursive: true, force: true })
    await rm(old, { recursive: true, force: true })
  }
}

async function refuseForeign(directory: string): Promise<void> {
  const present: readonly string[] = await readdir(directory).catch(() => [])
  if (present.length === 0 || buildIn(directory) !== undefined) return
  throw new FreedaError('FREEDA_BUILD_FOLDER', {
    directory,
    reason: `it holds what \`freeda build\` did not make (${present.slice(0, 3).join(', ')}${present.length > 3 ? ', …' : ''}).`,
    fix: 'Empty it, or choose another one with --out.',
  })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
