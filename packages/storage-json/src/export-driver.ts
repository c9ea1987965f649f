/**
 * A store that is only read from beginning to end, as for a backup: nothing but the journals' newest is in memory, and no
 * file is changed.
 */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  FreedaError,
  type CollectionInfo,
  type DriverCall,
  type ExportedDocument,
  type JsonObject,
  type StorageDriver,
} from '@freeda/runtime/driver'
import { journalName, journalNumbers, snapshotName, unless } from './files.ts'
import { folderError } from './folder.ts'
import { replayJournal } from './journal-replay.ts'
import { lockFolder } from './lock.ts'
import { silentLog, type Log } from './log.ts'
import { journalOrder } from './recovery.ts'
import { streamSnapshot, type SnapshotStream } from './snapshot-read.ts'

export interface JsonExportOptions {
  /** The data folder, which must be there. */
  readonly directory: string
  /** What the app declares: it tells which documents have expired. */
  readonly collections?: readonly CollectionInfo[]
  readonly log?: Log
}

/**
 * Opens a store to export it, and keeps others out meanwhile.
 * @throws FREEDA_STORAGE_FOLDER, FREEDA_STORAGE_LOCKED, FREEDA_STORAGE_DAMAGED
 */
export async function openJsonExport(options: JsonExportOptions): Promise<StorageDriver> {
  const { collections = [], log = silentLog } = options
  const directory = resolve(options.directory)
  let lostLock: string | undefined
  try {
    await checkFolder(directory)
    const lock = await lockFolder({ directory, log, onLost: (reason) => void (lostLock = reason) })
    try {
      const contents = await readContents(directory)
      const declared = new Map(collections.map((info) => [info.name, info]))
      const check = () => {
        if (lostLock !== undefined) throw unavailable(`the lock was lost: ${lostLock}.`)
      }
      let closing: Promise<void> | undefined
      return {
        name: 'json',
        export: (call) => exportAll(contents, declared, call, check),
        health: async () => check(),
        close: () => (closing ??= lock.release()),
        read: refuse,
        query: refuse,
        commit: refuse,
        import: refuse,
      }
    } catch (error) {
      await lock.release()
      throw error
    }
  } catch (error) {
    throw folderError(directory, error)
  }
}

const unavailable = (reason: string) => new FreedaError('FREEDA_UNAVAILABLE', { driver: 'json', reason })
const refuse = async (): Promise<never> => {
  throw unavailable('it was opened to be exported, not to serve.')
}

/** A folder that is not there would be made by a store that serves; here it is a mistake. */
async function checkFolder(directory: string): Promise<void> {
  if ((await unless('ENOENT', stat(directory))) !== undefined) return
  const fix = 'Correct its path.'
  throw new FreedaError('FREEDA_STORAGE_FOLDER', { directory, reason: 'it does not exist.', fix })
}

interface NewerDocument {
  readonly version: number
  readonly value: JsonObject
}

/** By collection and id; null: deleted. */
type Newer = Map<string, Map<string, NewerDocument | null>>

interface Contents {
  readonly snapshot: SnapshotStream | null
  /** What the journals changed since. */
  readonly newer: Newer
}

async function readContents(directory: string): Promise<Contents> {
  const snapshot = await streamSnapshot(join(directory, snapshotName))
  const newer: Newer = new Map()
  const set = (collection: string, id: string, document: NewerDocument | null) => {
    const documents = newer.get(collection) ?? new Map<string, NewerDocument | null>()
    newer.set(collection, documents.set(id, document))
  }
  const order = journalOrder(snapshot ?? { store: '', seq: 0 }, (operation) => {
    if ('delete' in operation) set(operation.delete, operation.id, null)
    else set(operation.put, operation.id, { version: operation.version, value: operation.value })
  })
  const numbers = await journalNumbers(directory)
  for (const number of numbers) {
    const path = join(directory, journalName(number))
    const isLast = number === numbers.at(-1)
    await replayJournal({ path, number, isLast, refuses: order.refuses, commit: order.commit })
  }
  return { snapshot, newer }
}

/** How many documents go out between two turns of the event loop. */
const exportedAtOnce = 200

async function* exportAll(
  { snapshot, newer }: Contents,
  declared: ReadonlyMap<string, CollectionInfo>,
  { nowMs, signal }: DriverCall,
  check: () => void,
): AsyncGenerator<ExportedDocument> {
  let count = 0
  const out = async (document: ExportedDocument): Promise<boolean> => {
    if (++count % exportedAtOnce === 0) await nextTurn()
    signal?.throwIfAborted()
    check()
    return !hasExpired(declared.get(document.collection), document, nowMs)
  }
  check()
  for await (const [collection, { id, version, text }] of snapshot?.entries() ?? []) {
    if (newer.get(collection)?.has(id) === true) continue
    const document = { collection, id, version, value: JSON.parse(text) as JsonObject }
    if (await out(document)) yield document
  }
  for (const [collection, documents] of newer)
    for (const [id, changed] of documents) {
      if (changed === null) continue
      // A fresh value each time, as the contract has it.
      const document = { collection, id, version: changed.version, value: structuredClone(changed.value) }
      if (await out(document)) yield document
    }
}

/** A document that does not fit its collection any more goes out: whoever takes it has to say so. */
function hasExpired(
  info: CollectionInfo | undefined,
  { id, value }: ExportedDocument,
  nowMs: number,
): boolean {
  try {
    const expiresAtMs = info?.place(id, value).expiresAtMs
    return expiresAtMs !== undefined && expiresAtMs <= nowMs
  } catch {
    return false
  }
}
