/** The data folder: makes it, and says what to do when it cannot be used. */
import { FreedaError } from '@freeda/runtime/driver'
import { errnoOf, makeFolder } from './files.ts'

/**
 * Makes the folder unless it is there.
 * @throws FREEDA_STORAGE_FOLDER
 */
export async function prepareFolder(directory: string): Promise<void> {
  try {
    await makeFolder(directory)
  } catch (error) {
    throw folderError(directory, error)
  }
}

/** Explains an error that came from using the folder; errors that explain themselves stay as they are. */
export function folderError(directory: string, error: unknown): unknown {
  const errno = errnoOf(error)
  if (error instanceof FreedaError || errno === undefined) return error
  const known = explanations[errno]
  const reason = known?.reason ?? (error as Error).message
  const fix = known?.fix ?? 'Correct that, or give another folder.'
  return new FreedaError(
    'FREEDA_STORAGE_FOLDER',
    { directory, reason: `${reason} (${errno}).`, fix },
    { cause: error },
  )
}

const owner = typeof process.getuid === 'function' ? `user ${process.getuid()}` : 'the user of this process'
const notAFolder = {
  reason: 'it is not a folder, or something above it is not',
  fix: 'Remove the file in its place, or give another folder.',
}
const noPermission = {
  reason: `${owner} may not write there`,
  fix: `Give ${owner} the right to write (chown or chmod), or give another folder.`,
}
const fullDisk = { reason: 'its disk is full', fix: 'Free space, then start again.' }

const explanations: Readonly<Record<string, { readonly reason: string; readonly fix: string }>> = {
  EEXIST: notAFolder,
  ENOTDIR: notAFolder,
  EACCES: noPermission,
  EPERM: noPermission,
  EROFS: {
    reason: 'its file system is read-only',
    fix: 'Mount it with write access (in Docker: a volume without `:ro`), or give another folder.',
  },
  ENOSPC: fullDisk,
  EDQUOT: fullDisk,
}
