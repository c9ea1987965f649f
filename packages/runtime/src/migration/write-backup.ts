/** Writes a backup, durably, and reads it back before it gets its name. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { FreedaError } from '../errors.ts'
import type { BackupHeader, BackupTrailer } from './backup-format.ts'
import { publish, syncFile } from './durable-file.ts'
import { checkBackup } from './read-backup.ts'
import { setDigest, type SealedDocument } from './seal.ts'
import type { Watch } from './watch.ts'

export interface WrittenBackup {
  readonly file: string
  readonly bytes: number
  readonly documents: number
  /** Of all lines but the last. */
  readonly sha256: string
  /** Of the set of documents. */
  readonly digest: string
}

export interface BackupOptions {
  readonly file: string
  readonly header: BackupHeader
  readonly documents: AsyncIterable<SealedDocument>
  /** How many there are, when that is known. */
  readonly expected?: number | undefined
  readonly watch: Watch
}

/**
 * Writes and checks a backup. A file of that name is replaced, only once the new one is whole.
 * @throws FREEDA_BACKUP_DAMAGED when what is read back is not what was written
 */
export async function writeBackup(options: BackupOptions): Promise<WrittenBackup> {
  const { file, header, documents, expected, watch } = options
  const draft = `${file}.part`
  const digest = setDigest()
  const seen = tally()
  try {
    const writing = watch.stage('Backing up', expected)
    const lines = Readable.from(
      pieces(
        header,
        documents,
        (document) => {
          digest.add(document.sha256)
          seen.count(document.collection)
          writing.advance()
        },
        seen,
      ),
      { objectMode: true, highWaterMark: 4 },
    )
    // Level 1: the disk is seldom what one waits for, the processor is.
    const packing = file.endsWith('.gz') ? [createGzip({ level: 1, chunkSize: 64 * 1024 })] : []
    const output = createWriteStream(draft, { mode: 0o600 })
    await pipeline([lines, ...packing, output], watch.signal === undefined ? {} : { signal: watch.signal })
    await syncFile(draft)
    writing.end()

    const checking = watch.stage('Checking the backup', seen.total())
    const { trailer } = await checkBackup(draft, { signal: watch.signal, onDocument: checking.advance })
    if (trailer.documents !== seen.total() || trailer.sha256 !== seen.sha256)
      throw new FreedaError('FREEDA_BACKUP_DAMAGED', {
        file: draft,
        line: trailer.documents + 2,
        reason: 'is not what was written: the disk gave back something else.',
      })
    checking.end()
    await publish(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  const { size } = await stat(file)
  return { file, bytes: size, documents: seen.total(), sha256: seen.sha256, digest: digest.text() }
}

function tally() {
  const counts = new Map<string, number>()
  return {
    sha256: '',
    count: (collection: string) => void counts.set(collection, (counts.get(collection) ?? 0) + 1),
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    collections: () => Object.fromEntries(counts),
  }
}

/** About as much as a disk writes at a time. */
const pieceChars = 64 * 1024

async function* pieces(
  header: BackupHeader,
  documents: AsyncIterable<SealedDocument>,
  onDocument: (document: SealedDocument) => void,
  seen: ReturnType<typeof tally>,
): AsyncGenerator<Buffer> {
  const whole = createHash('sha256')
  let text = `${JSON.stringify(header)}\n`
  const piece = () => {
    const bytes = Buffer.from(text)
    whole.update(bytes)
    text = ''
    return bytes
  }
  for await (const document of documents) {
    onDocument(document)
    text += `${JSON.stringify(document)}\n`
    if (text.length >= pieceChars) yield piece()
  }
  if (text !== '') yield piece()
  seen.sha256 = whole.digest('base64url')
  const trailer: BackupTrailer = {
    end: true,
    documents: seen.total(),
    collections: seen.collections(),
    sha256: seen.sha256,
  }
  yield Buffer.from(`${JSON.stringify(trailer)}\n`)
}
