/** Puts a store together from its files: the snapshot, then every newer commit of the journals, in order. */
import { randomUUID } from 'node:crypto'
import { stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject, Placement } from '@freeda/runtime/driver'
import { journalName, journalNumbers, snapshotDraftName, snapshotName, unless, type Files } from './files.ts'
import type { JournalCommit, JournalHeader, JournalOperation } from './journal-line.ts'
import { replayJournal, type Replayed } from './journal-replay.ts'
import type { Log } from './log.ts'
import type { Snapshot } from './snapshot-read.ts'
import { emptySnapshot, snapshotFile } from './snapshot.ts'

export interface RecoveredEntry {
  readonly version: number
  /** The document as `JSON.stringify` wrote it. */
  readonly text: string
  readonly placement: Placement
}

/** By collection, then by id. */
export type RecoveredCollections = Map<string, Map<string, RecoveredEntry>>

export interface Recovered {
  /** Id of the store; a new one in a new folder. */
  readonly store: string
  /** The last commit. */
  readonly seq: number
  readonly collections: RecoveredCollections
  readonly snapshotBytes: number
  /** Journals in the folder, oldest first. */
  readonly journals: readonly { readonly number: number; readonly bytes: number }[]
  /** Whether new commits can go on in the last journal. */
  readonly continuesLast: boolean
}

export interface Recovery {
  readonly directory: string
  readonly files: Files
  readonly log: Log
  /** Where a document stands, as its collection is declared now. */
  place(collection: string, id: string, value: () => JsonObject): Placement
}

/**
 * Reads a data folder, of which the caller holds the lock. Changes nothing in it unless all of it could be read.
 * @throws FREEDA_STORAGE_DAMAGED
 */
export async function recover(recovery: Recovery): Promise<Recovered> {
  const { directory, files } = recovery
  const db = snapshotFile(directory, files)
  await db.read()
  const state = recoveredState(recovery, db.data)
  db.data = emptySnapshot // lets go of the list; the entries live on in the state

  const numbers = await journalNumbers(directory)
  const journals: (Replayed & { number: number })[] = []
  for (const number of numbers) {
    const path = join(directory, journalName(number))
    const isLast = number === numbers.at(-1)
    const replayed = await replayJournal({
      path,
      number,
      isLast,
      refuses: state.refuses,
      commit: state.commit,
    })
    journals.push({ number, ...replayed })
  }

  await removeDraft(recovery)
  const last = journals.at(-1)
  if (last !== undefined) await settleLast(recovery, last)
  return {
    store: state.store() || randomUUID(),
    seq: state.seq(),
    collections: state.collections,
    snapshotBytes: (await unless('ENOENT', stat(join(directory, snapshotName))))?.size ?? 0,
    journals: journals.map(({ number, intactBytes }) => ({ number, bytes: intactBytes })),
    continuesLast: last !== undefined && state.isAtEnd(),
  }
}

/** What was read so far, and what may come next. */
function recoveredState({ place }: Recovery, snapshot: typeof emptySnapshot) {
  const collections: RecoveredCollections = new Map()
  const documentsOf = (collection: string) => {
    let documents = collections.get(collection)
    if (documents === undefined) collections.set(collection, (documents = new Map()))
    return documents
  }
  for (const [name, entries] of snapshot.collections) {
    const documents = documentsOf(name)
    for (const { id, version, text } of entries)
      documents.set(id, { version, text, placement: place(name, id, () => JSON.parse(text) as JsonObject) })
  }
  const run = (operation: JournalOperation) => {
    if ('delete' in operation) return void documentsOf(operation.delete).delete(operation.id)
    const { put: collection, id, version, value } = operation
    // Stringifying what was parsed gives the same text again: it was made by JSON.stringify.
    const text = JSON.stringify(value)
    documentsOf(collection).set(id, { version, text, placement: place(collection, id, () => value) })
  }
  return { collections, ...journalOrder(snapshot, run) }
}

/** Checks that journals follow the snapshot and each other, and hands over what is newer than the snapshot. */
export function journalOrder(
  snapshot: Pick<Snapshot, 'store' | 'seq'>,
  run: (operation: JournalOperation) => void,
) {
  let { store } = snapshot
  /** The last commit of the journals read so far; undefined before the first one. */
  let journaled: number | undefined
  return {
    store: () => store,
    seq: () => Math.max(snapshot.seq, journaled ?? 0),
    isAtEnd: () => (journaled ?? snapshot.seq) >= snapshot.seq,
    commit({ seq, ops }: JournalCommit): void {
      journaled = seq
      if (seq > snapshot.seq) ops.forEach(run)
    },
    refuses(header: JournalHeader): string | undefined {
      if (store !== '' && header.store !== store)
        return `it belongs to another store than ${snapshotName} and the journals before it.`
      const isCovered = header.after <= snapshot.seq && (journaled ?? 0) <= snapshot.seq
      if (!isCovered && header.after !== journaled) {
        const end =
          journaled === undefined
            ? `${snapshotName} ends with commit ${snapshot.seq}`
            : `the journal before it ends with commit ${journaled}`
        return `it begins after commit ${header.after}, but ${end}: a file is missing or too old.`
      }
      store = header.store
      journaled = header.after
      return undefined
    },
  }
}

/** An interrupted snapshot leaves its draft; everything in it is still in the journals. */
async function removeDraft({ directory, files, log }: Recovery): Promise<void> {
  const draft = join(directory, snapshotDraftName)
  if ((await unless('ENOENT', stat(draft))) === undefined) return
  await files.remove(draft)
  log.info({ file: draft }, 'removed the draft of a snapshot that was interrupted; nothing is lost')
}

async function settleLast(
  { directory, files, log }: Recovery,
  last: Replayed & { number: number },
): Promise<void> {
  const path = join(directory, journalName(last.number))
  if (last.tornBytes > 0) {
    await truncate(path, last.intactBytes)
    log.warn(
      { file: path, tornBytes: last.tornBytes },
      'dropped the unfinished end of the journal: a crash interrupted a write that was not acknowledged',
    )
  }
  // A killed process may leave whole lines that were written but not synced: who reads them now must be able to rely on them.
  const file = await files.append(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await files.syncFolder(directory)
}
