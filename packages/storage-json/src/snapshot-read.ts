/** Reads `db.json`: in pieces when it is as it was written, as a whole when somebody edited it. */
import { open, readFile, stat } from 'node:fs/promises'
import { documentProblem, FreedaError, type JsonObject } from '@freeda/runtime/driver'
import { crc32, sealBytes, sealedCrc } from './checksum.ts'
import { firstInexactNumber } from './exact-numbers.ts'
import { linesOf, unless } from './files.ts'
import { format } from './journal-line.ts'

export interface SnapshotEntry {
  readonly id: string
  readonly version: number
  /** The document as `JSON.stringify` wrote it. */
  readonly text: string
}

export interface Snapshot {
  /** Id of the store, the same in its journals. */
  readonly store: string
  /** The last commit that is in here. */
  readonly seq: number
  readonly collections: ReadonlyMap<string, readonly SnapshotEntry[]>
}

/**
 * Reads a snapshot; null when there is none.
 * @throws FREEDA_STORAGE_DAMAGED
 */
export async function readSnapshot(path: string): Promise<Snapshot | null> {
  const found = await unless('ENOENT', stat(path))
  if (found === undefined) return null
  const { stated, actual } = await checksums(path, found.size)
  if (stated === undefined) return readEdited(path)
  if (stated === actual) return readWritten(path)
  throw damaged(path, 'its checksum does not fit what is in it: it was changed after it was written.', edited)
}

const backup = 'Copy the whole folder first, then restore a backup of it.'
const edited = `${backup} If you edited it on purpose, remove \`,"crc32":"…"\` from its last line and start again.`

const damaged = (file: string, reason: string, fix: string) =>
  new FreedaError('FREEDA_STORAGE_DAMAGED', { file, reason, fix })

/** The checksum that the end of a file states, undefined when it states none, and that of what stands before. */
async function checksums(
  path: string,
  size: number,
): Promise<{ stated: number | undefined; actual: number }> {
  const file = await open(path, 'r')
  try {
    const body = Math.max(0, size - sealBytes)
    const tail = Buffer.alloc(size - body)
    await file.read(tail, 0, tail.length, body)
    const stated = sealedCrc(tail)
    if (stated === undefined) return { stated, actual: 0 }
    let actual = 0
    const chunk = Buffer.allocUnsafe(1 << 20)
    for (let at = 0; at < body;) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, body - at), at)
      if (bytesRead === 0) break
      actual = crc32(chunk.subarray(0, bytesRead), actual)
      at += bytesRead
    }
    return { stated, actual }
  } finally {
    await file.close()
  }
}

interface Head {
  readonly format: number
  readonly store: string
  readonly seq: number
}

/** Reads what {@link readSnapshot} found to be as this package wrote it. */
async function readWritten(path: string): Promise<Snapshot> {
  const collections = new Map<string, SnapshotEntry[]>()
  let entries: SnapshotEntry[] = []
  const { store, seq } = await writtenHead(path)
  for await (const piece of writtenPieces(path))
    if (typeof piece === 'string') collections.set(piece, (entries = []))
    else entries.push(piece)
  return { store, seq, collections }
}

async function writtenHead(path: string): Promise<Head> {
  for await (const { bytes } of linesOf(path))
    return headOf(path, JSON.parse(`${bytes.toString('utf8', 0, bytes.length - 2)}}`) as Head)
  throw damaged(path, 'it is empty.', backup)
}

/** The name of each collection, then its documents. The checksum was right, so that every line is what it looks like. */
async function* writtenPieces(path: string): AsyncGenerator<string | SnapshotEntry> {
  for await (const { bytes, number } of linesOf(path)) {
    if (number === 1) continue
    const line = bytes.toString('utf8', 0, bytes.length - 1)
    if (line.startsWith('{"id":')) yield writtenEntry(line.endsWith(',') ? line.slice(0, -1) : line)
    else if (line.startsWith('"') && line.endsWith(':[')) yield JSON.parse(line.slice(0, -2)) as string
  }
}

/** A snapshot whose documents are read when they are asked for. */
export interface SnapshotStream {
  readonly store: string
  readonly seq: number
  /** Each with its collection; from the beginning, as often as it is called. */
  entries(): AsyncIterable<readonly [collection: string, entry: SnapshotEntry]>
}

/**
 * Checks a snapshot, without holding its documents unless it was edited; null when there is none.
 * @throws FREEDA_STORAGE_DAMAGED
 */
export async function streamSnapshot(path: string): Promise<SnapshotStream | null> {
  const found = await unless('ENOENT', stat(path))
  if (found === undefined) return null
  const { stated, actual } = await checksums(path, found.size)
  if (stated === undefined || stated !== actual) return streamed((await readSnapshot(path))!)
  const { store, seq } = await writtenHead(path)
  return {
    store,
    seq,
    async *entries() {
      let collection = ''
      for await (const piece of writtenPieces(path))
        if (typeof piece === 'string') collection = piece
        else yield [collection, piece]
    },
  }
}

const streamed = ({ store, seq, collections }: Snapshot): SnapshotStream => ({
  store,
  seq,
  async *entries() {
    for (const [collection, entries] of collections) for (const entry of entries) yield [collection, entry]
  },
})

/** The text of the value is cut out of the line: it is parsed once, when the document is placed. */
function writtenEntry(line: string): SnapshotEntry {
  const [start, id, version] = entryStart.exec(line) as unknown as [string, string, string]
  return { id: JSON.parse(id) as string, version: Number(version), text: line.slice(start.length, -1) }
}

const entryStart = /^\{"id":("(?:[^"\\]|\\.)*"),"version":(\d+),"value":/

function headOf(path: string, head: Head): Head {
  if (head.format === format) return head
  const reason = `it is of format ${String(head.format)}, and this version of @freeda/storage-json reads format ${format}.`
  throw damaged(path, reason, 'Use the version of @freeda/storage-json that wrote it.')
}

const knownKeys: ReadonlySet<string> = new Set([
  'freeda',
  'format',
  'store',
  'seq',
  'writtenAt',
  'collections',
  'documents',
])

/** Reads a snapshot without a seal: somebody edited it and accepts it as it is now, so everything is checked. */
async function readEdited(path: string): Promise<Snapshot> {
  const text = await readFile(path, 'utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new FreedaError(
      'FREEDA_STORAGE_DAMAGED',
      {
        file: path,
        reason: `it is not complete JSON (${error instanceof Error ? error.message : ''}).`,
        fix: backup,
      },
      { cause: error },
    )
  }
  if (isObject(value) && 'crc32' in value)
    throw damaged(path, 'it was changed after it was written, but still states the old checksum.', edited)
  const refuse = (reason: string) => damaged(path, reason, 'Correct it, or restore a backup of the folder.')
  if (!isObject(value) || value['freeda'] !== 'storage-json')
    throw refuse('it is not a snapshot of this package.')
  const unknown = Object.keys(value).find((key) => !knownKeys.has(key))
  if (unknown !== undefined) throw refuse(`"${unknown}" has no meaning in it.`)
  const inexact = firstInexactNumber(text)
  if (inexact !== undefined)
    throw refuse(
      `line ${inexact.line} has the number ${inexact.number}, which JSON numbers cannot hold exactly. Of a bigint, write {"$bigint":"…"}.`,
    )
  const { store, seq, collections } = value
  headOf(path, value as unknown as Head)
  if (typeof store !== 'string' || store === '') throw refuse('`store` must be the id of the store.')
  if (!Number.isSafeInteger(seq) || (seq as number) < 0) throw refuse('`seq` must be a whole number.')
  if (!isObject(collections)) throw refuse('`collections` must be an object of lists.')
  const entries = Object.entries(collections).map(([name, list]) => {
    if (!Array.isArray(list)) throw refuse(`the collection "${name}" must be a list.`)
    return [name, editedEntries(name, list, refuse)] as const
  })
  return { store, seq: seq as number, collections: new Map(entries) }
}

function editedEntries(
  name: string,
  list: readonly unknown[],
  refuse: (reason: string) => Error,
): SnapshotEntry[] {
  const ids = new Set<string>()
  return list.map((entry, position) => {
    const { id, version, value } = isObject(entry) ? entry : {}
    const at = `document ${position + 1} of "${name}"`
    if (typeof id !== 'string' || id === '')
      throw refuse(`${at} must have an \`id\`, a string that is not empty.`)
    if (ids.has(id)) throw refuse(`${at} has the id "${id}", which another one has already.`)
    if (!Number.isSafeInteger(version) || (version as number) < 1)
      throw refuse(`${at} ("${id}") must have a \`version\`, a whole number of at least 1.`)
    if (!isObject(value)) throw refuse(`${at} ("${id}") must have a \`value\`, an object.`)
    const problem = documentProblem({
      collection: name,
      id,
      version: version as number,
      value: value as JsonObject,
    })
    if (problem !== undefined) throw refuse(`${at} ("${id}") cannot be stored: ${problem}`)
    ids.add(id)
    return { id, version: version as number, text: JSON.stringify(value) }
  })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
