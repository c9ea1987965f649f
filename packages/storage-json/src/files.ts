/** The file system as the store needs it: appends, syncs, and folders whose entries are durable. */
import fs from 'node:fs'
import { mkdir, open, readdir, readFile, rename, stat, statfs, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

/** A file that only grows. Every failure is final: what a failed write or sync left on disk is unknown. */
export interface AppendFile {
  /** Writes all of it at the end. */
  write(bytes: Buffer): Promise<void>
  /** Makes what was written durable. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** What the journal and the snapshot write through; tests put faults here. */
export interface Files {
  /** Makes a file that must not be there yet; mode 0600. */
  create(path: string): Promise<AppendFile>
  /** Opens a file that is there. */
  append(path: string): Promise<AppendFile>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes the entries of a folder durable. */
  syncFolder(path: string): Promise<void>
  /** Bytes that this process may still write to the file system of `path`. */
  freeBytes(path: string): Promise<number>
}

// The callback API: a FileHandle costs about 10 µs more a call, which a commit of 200 µs would feel.
const openFd = promisify(fs.open)
const writeFd = promisify(fs.write)
const datasync = promisify(fs.fdatasync)
const closeFd = promisify(fs.close)

async function appendFile(path: string, flags: string): Promise<AppendFile> {
  const fd = await openFd(path, flags, 0o600)
  return {
    async write(bytes) {
      // A write may be short, e.g. just before the disk is full; the next one then tells why.
      for (let done = 0; done < bytes.length;) done += (await writeFd(fd, bytes, done)).bytesWritten
    },
    sync: () => datasync(fd),
    close: () => closeFd(fd),
  }
}

export const files: Files = {
  create: (path) => appendFile(path, 'ax'),
  append: (path) => appendFile(path, 'a'),
  rename,
  remove: unlink,
  syncFolder,
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
}

/** Makes the entries of a folder durable. Windows cannot sync a folder; NTFS journals its entries by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Makes a folder and its parents, for the owner only, and their entries durable. */
export async function makeFolder(path: string): Promise<void> {
  for (const made of await makeMissing(path)) await syncFolder(dirname(made))
}

/** Not `recursive: true`: that never ends where a folder can be read but takes no new ones, as in /proc (Node 20–24). */
async function makeMissing(path: string): Promise<string[]> {
  const found = await unless('ENOENT', stat(path))
  if (found?.isDirectory() === true) return []
  const above = found === undefined && dirname(path) !== path ? await makeMissing(dirname(path)) : []
  // Somebody else may have made it just now.
  await unless('EEXIST', mkdir(path, { mode: 0o700 }))
  if (!(await stat(path)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
  return [...above, path]
}

/** The code of a file system error, e.g. `ENOENT`. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** Turns one expected errno into undefined. */
export async function unless<T>(errno: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (errnoOf(error) === errno) return undefined
    throw error
  }
}

/** The numbers of the journals in a folder, in order. */
export async function journalNumbers(directory: string): Promise<number[]> {
  const numbers = (await readdir(directory)).map((name) =>
    Number(/^journal\.([1-9]\d*)\.jsonl$/.exec(name)?.[1]),
  )
  return numbers.filter((number) => !Number.isNaN(number)).toSorted((a, b) => a - b)
}

export const journalName = (number: number): string => `journal.${number}.jsonl`
export const snapshotName = 'db.json'
export const snapshotDraftName = 'db.json.tmp'
export const lockName = 'lock'

/** One line of a file: its bytes with the newline if it has one, where it begins, and its number from 1. */
export interface Line {
  readonly bytes: Buffer
  readonly offset: number
  readonly number: number
}

/** Reads a file line by line. Every line but the last ends with a newline. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  const file = await open(path, 'r')
  try {
    let rest: Buffer = Buffer.alloc(0)
    let offset = 0
    let number = 1
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes)
      const { bytesRead } = await file.read(chunk, 0, chunkBytes)
      if (bytesRead === 0) break
      const bytes =
        rest.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      let start = 0
      for (let end; (end = bytes.indexOf(newline, start)) !== -1; start = end + 1) {
        yield { bytes: bytes.subarray(start, end + 1), offset: offset + start, number: number++ }
      }
      rest = bytes.subarray(start)
      offset += start
    }
    if (rest.length > 0) yield { bytes: rest, offset, number }
  } finally {
    await file.close()
  }
}

const newline = 0x0a
const chunkBytes = 1 << 20

/** The text of a file; undefined when there is none. */
export const readText = (path: string): Promise<string | undefined> =>
  unless('ENOENT', readFile(path, 'utf8'))
