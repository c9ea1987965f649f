/** Data folders made by hand, line by line. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TableChange } from '@freeda/runtime/driver'
import { files } from '../src/files.ts'
import { commitLine, headerLine } from '../src/journal-line.ts'
import { snapshotFile } from '../src/snapshot.ts'
import { freshFolder } from './support.ts'

export const store = 'the-store'

export const put = (id: string, text: string, version = 1): TableChange => ({
  kind: 'put',
  collection: 'notes',
  id,
  version,
  text: JSON.stringify({ text }),
  placement: { position: '', entries: {} },
})

export const header = (journal: number, after: number): string =>
  headerLine({ journal, format: 1, store, after })

/** Commit `seq`: it puts the document `d<seq>`. */
export const commit = (seq: number, batch = seq): string =>
  commitLine(seq, batch, [put(`d${seq}`, `text ${seq}`)])

export async function snapshot(directory: string, seq: number): Promise<void> {
  const db = snapshotFile(directory, files)
  const entries = Array.from({ length: seq }, (_, at) => ({
    id: `d${at + 1}`,
    version: 1,
    text: JSON.stringify({ text: `text ${at + 1}` }),
  }))
  db.data = { store, seq, collections: new Map([['notes', entries]]) }
  await db.write()
}

/**
 * A store of nine commits, of which each put one document: 1–3 in `db.json`, 4–6 in `journal.1.jsonl`, 7–9 in
 * `journal.2.jsonl`, 8 and 9 in one batch.
 */
export async function craftedStore(): Promise<string> {
  const directory = await freshFolder()
  await snapshot(directory, 3)
  await writeFile(join(directory, 'journal.1.jsonl'), header(1, 3) + commit(4) + commit(5) + commit(6))
  await writeFile(join(directory, 'journal.2.jsonl'), header(2, 6) + commit(7) + commit(8) + commit(9, 8))
  return directory
}

/** What {@link contents} gives for a store with the commits 1 to `seq`. */
export const documentsUpTo = (seq: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: seq }, (_, at) => [`d${at + 1}`, `1 text ${at + 1}`]))
