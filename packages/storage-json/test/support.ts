import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collection, type CollectionOf, type Storage, type StorageDriver } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { sealed } from '../src/checksum.ts'
import { files as realFiles, type AppendFile, type Files } from '../src/files.ts'
import { openJsonDriver, type JsonDriverOptions } from '../src/json-driver.ts'
import type { Log } from '../src/log.ts'

export const Note = z.object({ text: z.string(), rank: z.number().optional() })
export const notes = collection(Note, {
  name: 'notes',
  indexes: { byText: { partition: 'text', sort: 'rank' } },
})
export type Notes = CollectionOf<typeof notes>

/** A fresh folder, gone after the test. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'freeda json '))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface Opened {
  readonly driver: StorageDriver
  readonly storage: Storage
  readonly notes: Notes
  /** What was logged, as `level: message`. */
  readonly logged: readonly string[]
}

/** Opens a store; it is closed after the test, unless it is killed before. */
export async function open(
  directory: string,
  options: Partial<JsonDriverOptions> = {},
  { isKilled = false } = {},
): Promise<Opened> {
  const logged: string[] = []
  const collections = [collectionInfo(notes)]
  const driver = await openJsonDriver({ directory, collections, log: logTo(logged), ...options })
  const storage = openStorage(driver, options.clock === undefined ? {} : { clock: options.clock })
  if (!isKilled) onTestFinished(() => driver.close())
  return { driver, storage, notes: storage.collection(notes), logged }
}

const logTo = (logged: string[]): Log => ({
  info: (_, message) => logged.push(`info: ${message}`),
  warn: (_, message) => logged.push(`warn: ${message}`),
  error: (_, message) => logged.push(`error: ${message}`),
})

/** A copy of a data folder as a crash at this moment would leave it; without the lock, whose holder would be dead. */
export async function crashImage(directory: string): Promise<string> {
  const image = await freshFolder()
  await cp(directory, image, { recursive: true })
  await rm(join(image, 'lock'), { force: true })
  return image
}

export const namesIn = async (directory: string): Promise<string[]> => (await readdir(directory)).toSorted()

/** Every file of a folder with its bytes. */
export async function bytesIn(directory: string): Promise<Record<string, string>> {
  const names = await namesIn(directory)
  const read = async (name: string) => [name, await readFile(join(directory, name), 'latin1')] as const
  return Object.fromEntries(await Promise.all(names.map(read)))
}

/** Every document of the notes: id → `version text`. */
export async function contents({ notes }: Opened): Promise<Record<string, string>> {
  const found: [string, string][] = []
  for await (const { id, version, text } of notes.iterate()) found.push([id, `${version} ${text}`])
  return Object.fromEntries(found)
}

/** The bytes of a file in a folder, changed by `change`. */
export async function edit(directory: string, name: string, change: (text: string) => string): Promise<void> {
  const path = join(directory, name)
  await writeFile(path, Buffer.from(change(await readFile(path, 'latin1')), 'latin1'))
}

/** The lines of a file, each with its newline. */
export const linesIn = async (directory: string, name: string): Promise<string[]> =>
  (await readFile(join(directory, name), 'utf8')).split(/(?<=\n)/)

/** Seals an edited line or file anew. */
export const reseal = (text: string): string => sealed(text.replace(/,"crc32":"[0-9a-f]{8}"\}\n$/, ''))

/** Faults for {@link faultyFiles}: called before the real thing; what they throw or wait for happens. */
export interface Faults {
  write?(path: string, bytes: Buffer): void | Promise<void>
  sync?(path: string): void | Promise<void>
  create?(path: string): void | Promise<void>
  rename?(to: string): void | Promise<void>
  /** Called after the real thing. */
  renamed?(to: string): void | Promise<void>
  remove?(path: string): void | Promise<void>
  syncFolder?(path: string): void | Promise<void>
  freeBytes?(): number
}

/** The real file system, with faults that can be changed at any time. */
export function faultyFiles(faults: Faults): Files {
  const wrap = (path: string, file: AppendFile): AppendFile => ({
    async write(bytes) {
      await faults.write?.(path, bytes)
      await file.write(bytes)
    },
    async sync() {
      await faults.sync?.(path)
      await file.sync()
    },
    close: () => file.close(),
  })
  return {
    async create(path) {
      await faults.create?.(path)
      return wrap(path, await realFiles.create(path))
    },
    append: async (path) => wrap(path, await realFiles.append(path)),
    async rename(from, to) {
      await faults.rename?.(to)
      await realFiles.rename(from, to)
      await faults.renamed?.(to)
    },
    async remove(path) {
      await faults.remove?.(path)
      await realFiles.remove(path)
    },
    async syncFolder(path) {
      await faults.syncFolder?.(path)
      await realFiles.syncFolder(path)
    },
    freeBytes: async (path) => faults.freeBytes?.() ?? realFiles.freeBytes(path),
  }
}

/** The real file system, as a process sees it that can be killed: what it is doing is done, nothing more ever happens. */
export function killableFiles() {
  let isDead = false
  const underWay = new Set<Promise<unknown>>()
  const open = new Set<AppendFile>()
  const act = <T>(action: () => Promise<T>): Promise<T> => {
    if (isDead) return new Promise(() => {})
    const doing = action()
    underWay.add(doing)
    const forget = () => underWay.delete(doing)
    doing.then(forget, forget)
    return doing.then((result) => (isDead ? new Promise<T>(() => {}) : result))
  }
  const opened = async (opening: Promise<AppendFile>): Promise<AppendFile> => {
    const file = await opening
    open.add(file)
    return {
      write: (bytes) => act(() => file.write(bytes)),
      sync: () => act(() => file.sync()),
      close: () => act(() => (open.delete(file), file.close())),
    }
  }
  const files: Files = {
    create: (path) => act(() => opened(realFiles.create(path))),
    append: (path) => act(() => opened(realFiles.append(path))),
    rename: (from, to) => act(() => realFiles.rename(from, to)),
    remove: (path) => act(() => realFiles.remove(path)),
    syncFolder: (path) => act(() => realFiles.syncFolder(path)),
    freeBytes: (path) => act(() => realFiles.freeBytes(path)),
  }
  const kill = async () => {
    isDead = true
    await Promise.allSettled(underWay)
    await Promise.all([...open].map((file) => file.close()))
  }
  return { files, kill }
}

/** A promise and its ends. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** An error as the file system throws it. */
export const systemError = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code })
