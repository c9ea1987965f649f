/** What `freeda doctor` says of the data folder: without taking its lock, and without writing to it. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Finding, Mode } from '@freeda/runtime'
import { isFreedaError } from '@freeda/runtime/driver'
import { files, journalNumbers, journalName, snapshotName, unless } from './files.ts'
import { folderError } from './folder.ts'
import { lookAtLock } from './lock.ts'

/** @param directory absolute */
export async function examineFolder(directory: string, mode: Mode): Promise<Finding[]> {
  const production: Finding[] = mode === 'production' ? [onThisMachineOnly] : []
  try {
    const found = await unless('ENOENT', stat(directory))
    if (found === undefined) return [await missing(directory), ...production]
    if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    const bytes = await storedBytes(directory)
    return [
      {
        id: 'folder',
        severity: 'ok',
        message: `The data folder ${directory} can be written, and holds ${megabytes(bytes)}.`,
      },
      await lockFinding(directory),
      diskFinding(await files.freeBytes(directory), bytes),
      ...production,
    ]
  } catch (error) {
    return [unusable(directory, error), ...production]
  }
}

const onThisMachineOnly: Finding = {
  id: 'production',
  severity: 'note',
  message:
    'The embedded store serves one process on one machine; a container loses it unless the folder is on a volume.',
  fix: 'Keep the folder on a volume and back it up, or use @freeda/storage-dynamodb.',
}

/** Whether the first start could make it. */
async function missing(directory: string): Promise<Finding> {
  let above = dirname(directory)
  while ((await unless('ENOENT', stat(above))) === undefined) above = dirname(above)
  try {
    if (!(await stat(above)).isDirectory())
      throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
    await access(above, constants.W_OK | constants.X_OK)
  } catch (error) {
    return unusable(directory, error)
  }
  return {
    id: 'folder',
    severity: 'note',
    message: `The data folder ${directory} is not there yet; the first start makes it.`,
  }
}

function unusable(directory: string, error: unknown): Finding {
  const explained = folderError(directory, error)
  const message = explained instanceof Error ? explained.message : String(explained)
  if (!isFreedaError(explained, 'FREEDA_STORAGE_FOLDER')) return { id: 'folder', severity: 'error', message }
  const { reason, fix } = explained.data
  return {
    id: 'folder',
    severity: 'error',
    message: `The data folder ${directory} cannot be used: ${reason}`,
    fix,
  }
}

async function storedBytes(directory: string): Promise<number> {
  const names = [snapshotName, ...(await journalNumbers(directory)).map(journalName)]
  const sizes = await Promise.all(names.map((name) => unless('ENOENT', stat(join(directory, name)))))
  return sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0)
}

async function lockFinding(directory: string): Promise<Finding> {
  const lock = await lookAtLock(directory)
  switch (lock.state) {
    case 'free':
      return { id: 'lock', severity: 'ok', message: 'No process has the data folder open.' }
    case 'dead':
      return {
        id: 'lock',
        severity: 'note',
        message: `${sentence(lock.holder)} ended without closing the data folder; the next start takes it over and loses nothing.`,
      }
    default:
      return {
        id: 'lock',
        severity: 'note',
        message: `${sentence(lock.holder)} has the data folder open${lock.state === 'unknown' ? ', if it still lives' : ''}: a second one cannot start.`,
        fix: 'That is as it should be while the app runs; else stop that process.',
      }
  }
}

/** Below the first nothing can be written for long; a snapshot needs the store's size once more. */
const [leastBytes, comfortableBytes] = [64 * 1024 * 1024, 1024 * 1024 * 1024]

function diskFinding(freeBytes: number, storedBytes: number): Finding {
  const message = `The disk of the data folder has ${megabytes(freeBytes)} free.`
  if (freeBytes >= Math.max(comfortableBytes, storedBytes * 3)) return { id: 'disk', severity: 'ok', message }
  const fix = 'Free some, or move the folder to a larger disk: a full disk ends writing until the next start.'
  const isLow = freeBytes < Math.max(leastBytes, storedBytes * 1.2)
  return { id: 'disk', severity: isLow ? 'error' : 'warning', message, fix }
}

const megabytes = (bytes: number): string =>
  bytes < 1e6
    ? `${Math.ceil(bytes / 1e3)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(1)} GB`

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
