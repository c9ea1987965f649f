/**
 * The snapshot `db.json`: the whole store as readable JSON, one document a line, written and read in pieces.
 *
 *     {"freeda":"storage-json","format":1,"store":"5b0e…","seq":1200,"writtenAt":"2026-01-31T12:00:00.000Z",
 *     "collections":{
 *     "tickets":[
 *     {"id":"a","version":2,"value":{…}},
 *     {"id":"b","version":1,"value":{…}}
 *     ]
 *     },"documents":2,"crc32":"…"}
 */
import { join } from 'node:path'
import { Low, type Adapter } from 'lowdb'
import { crc32, seal } from './checksum.ts'
import { snapshotDraftName, snapshotName, type AppendFile, type Files } from './files.ts'
import { format } from './journal-line.ts'
import { readSnapshot, type Snapshot } from './snapshot-read.ts'

/** What a folder without `db.json` holds; its store has no id yet. */
export const emptySnapshot: Snapshot = { store: '', seq: 0, collections: new Map() }

/** `db.json` as a lowdb database. */
export const snapshotFile = (directory: string, files: Files): Low<Snapshot> =>
  new Low(snapshotAdapter(directory, files), emptySnapshot)

const snapshotAdapter = (directory: string, files: Files): Adapter<Snapshot> => ({
  read: () => readSnapshot(join(directory, snapshotName)),
  async write(snapshot) {
    const draft = join(directory, snapshotDraftName)
    try {
      await writeDraft(draft, snapshot, files)
      await files.rename(draft, join(directory, snapshotName))
    } catch (error) {
      // Half a snapshot is of no use to anybody, and on a full disk its space is.
      await files.remove(draft).catch(() => {})
      throw error
    }
    await files.syncFolder(directory)
  },
})

async function writeDraft(draft: string, snapshot: Snapshot, files: Files): Promise<void> {
  const file = await files.create(draft)
  try {
    await writePieces(file, snapshot)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function writePieces(file: AppendFile, snapshot: Snapshot): Promise<void> {
  let crc = 0
  let unsynced = 0
  for (const piece of pieces(snapshot)) {
    const bytes = Buffer.from(piece)
    crc = crc32(bytes, crc)
    await file.write(bytes) // also lets the event loop run
    unsynced += bytes.length
    if (unsynced >= syncBytes) {
      await file.sync()
      unsynced = 0
    }
  }
  await file.write(Buffer.from(seal(crc)))
}

/** How much is made and written at a time: about a millisecond's work. */
const pieceChars = 128 * 1024
/** Dirty pages of the snapshot that a journal's fdatasync may have to wait for: ext4 commits them together. */
const syncBytes = 1024 * 1024

function* pieces({ store, seq, collections }: Snapshot): Generator<string> {
  const header = { freeda: 'storage-json', format, store, seq, writtenAt: new Date().toISOString() }
  let piece = `${JSON.stringify(header).slice(0, -1)},\n"collections":{`
  let documents = 0
  let comma = ''
  for (const [name, entries] of collections) {
    piece += `${comma}\n${JSON.stringify(name)}:[`
    comma = ''
    for (const { id, version, text } of entries) {
      piece += `${comma}\n{"id":${JSON.stringify(id)},"version":${version},"value":${text}}`
      comma = ','
      if (piece.length < pieceChars) continue
      yield piece
      piece = ''
    }
    documents += entries.length
    piece += '\n]'
    comma = ','
  }
  yield `${piece}\n},"documents":${documents}`
}
