/** Reads a backup line by line, and believes none of it before it was checked. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { FreedaError, reasonOf } from '../errors.ts'
import { LineFault, parseHeader, parseLine, type BackupHeader, type BackupTrailer } from './backup-format.ts'
import type { SealedDocument } from './seal.ts'

export interface CheckedBackup {
  readonly header: BackupHeader
  readonly trailer: BackupTrailer
}

/**
 * The documents of a backup in order, each with its checksum checked; the end is checked when all were taken.
 * @throws FREEDA_BACKUP_DAMAGED naming the line
 */
export async function* readBackup(
  file: string,
  signal?: AbortSignal,
): AsyncGenerator<SealedDocument, CheckedBackup> {
  const whole = createHash('sha256')
  const counts = new Map<string, number>()
  let header: BackupHeader | undefined
  let trailer: BackupTrailer | undefined
  // Of the line that is being read.
  let number = 1
  try {
    for await (const bytes of linesOf(file)) {
      signal?.throwIfAborted()
      if (trailer !== undefined) throw new LineFault('comes after the end.')
      const text = bytes.toString('utf8', 0, bytes.length - 1)
      if (header === undefined) header = parseHeader(text)
      else {
        const line = parseLine(text)
        if ('end' in line) {
          checkTrailer((trailer = line), counts, whole.copy().digest('base64url'))
        } else {
          counts.set(line.collection, (counts.get(line.collection) ?? 0) + 1)
          yield line
        }
      }
      whole.update(bytes)
      number++
    }
    if (header === undefined) throw new LineFault('is missing: the file is empty.')
    if (trailer === undefined) throw new LineFault('is missing: the file ends before its last line.')
  } catch (error) {
    if (signal?.aborted === true || error instanceof FreedaError) throw error
    throw damaged(file, error, number)
  }
  return { header, trailer }
}

/** Reads all of a backup. @throws FREEDA_BACKUP_DAMAGED naming the line */
export async function checkBackup(
  file: string,
  { signal, onDocument }: { signal?: AbortSignal | undefined; onDocument?: () => void } = {},
): Promise<CheckedBackup> {
  const lines = readBackup(file, signal)
  for (;;) {
    const { done, value } = await lines.next()
    if (done === true) return value
    onDocument?.()
  }
}

function checkTrailer(trailer: BackupTrailer, counts: ReadonlyMap<string, number>, sha256: string): void {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (trailer.documents !== total)
    throw new LineFault(`says that there are ${trailer.documents} documents; there are ${total}.`)
  for (const name of new Set([...counts.keys(), ...Object.keys(trailer.collections)])) {
    const stated = Object.hasOwn(trailer.collections, name) ? trailer.collections[name] : 0
    if (stated !== (counts.get(name) ?? 0))
      throw new LineFault(`says that ${name} has ${stated} documents; there are ${counts.get(name) ?? 0}.`)
  }
  if (trailer.sha256 !== sha256)
    throw new LineFault('does not have the checksum of what stands before it: lines were changed.')
}

const damaged = (file: string, error: unknown, line: number) => {
  if (((error as NodeJS.ErrnoException | null)?.code ?? '').startsWith('E')) return error
  const reason =
    error instanceof LineFault
      ? error.message
      : `cannot be unpacked (${reasonOf(error)}): the file is cut off or changed.`
  return new FreedaError('FREEDA_BACKUP_DAMAGED', { file, line, reason }, { cause: error })
}

/** No document has more: 400 KB, each byte of which JSON may write as six. */
const maxLineBytes = 4 * 1024 * 1024
const newline = 0x0a

/** Every line with its newline. */
async function* linesOf(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of chunksOf(file)) {
    let start = 0
    for (let end; (end = chunk.indexOf(newline, start)) !== -1; start = end + 1) {
      const piece = chunk.subarray(start, end + 1)
      yield restBytes === 0 ? piece : Buffer.concat([...rest, piece])
      rest = []
      restBytes = 0
    }
    if (start === chunk.length) continue
    rest.push(Buffer.from(chunk.subarray(start)))
    restBytes += chunk.length - start
    if (restBytes > maxLineBytes) throw new LineFault('is longer than any document can be.')
  }
  if (restBytes > 0) throw new LineFault('is cut off: it has no end of line.')
}

const chunkBytes = 64 * 1024

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(file, { highWaterMark: chunkBytes })
  if (!(await isGzip(file))) return yield* raw as AsyncIterable<Buffer>
  const unpacked = createGunzip({ chunkSize: chunkBytes })
  raw.on('error', (error) => unpacked.destroy(error))
  try {
    yield* raw.pipe(unpacked) as AsyncIterable<Buffer>
  } finally {
    raw.destroy()
  }
}

/** By its first two bytes, whatever its name. Source: https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1 */
async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}
