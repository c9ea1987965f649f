/** Reads one journal, and decides what a line that is not intact means. */
import { FreedaError } from '@freeda/runtime/driver'
import { sealBytes, isSealed } from './checksum.ts'
import { linesOf, type Line } from './files.ts'
import { format, parseCommit, parseHeader, type JournalCommit, type JournalHeader } from './journal-line.ts'

export interface Replay {
  readonly path: string
  /** The number in the file's name. */
  readonly number: number
  /** Only the last journal of a folder can have a torn tail. */
  readonly isLast: boolean
  /** Checks that this journal follows what was read so far; returns why not. */
  refuses(header: JournalHeader): string | undefined
  commit(commit: JournalCommit): void
}

export interface Replayed {
  /** Bytes of intact lines; what comes after them is a torn tail. */
  readonly intactBytes: number
  readonly tornBytes: number
}

/**
 * Hands over the commits of a journal in order.
 *
 * When is it safe to drop a tail that is not intact? Only when nothing in it can have been acknowledged. Commits are
 * written in batches: one write of one or more lines, then one fdatasync, then the acknowledgements, then the next
 * batch; a new journal begins after the last batch of the old one was synced. So when a crash comes, at most one
 * batch is unfinished: the last one of the last journal. It can look like this:
 *  1. Cut off somewhere: the last line lacks its newline. (A killed process stops in the middle of a write; after a
 *     power cut the size that the file system remembers may be older than the data.)
 *  2. Blocks of it were never written while later ones were. File systems show such blocks as NUL bytes, never as
 *     something else, since they would show other people's data. No line of JSON has a NUL byte in it. What follows the
 *     hole may be intact lines; each says at which commit its batch began (`batch`), so we see that it is the same one.
 * Anything else was not done by a crash: a line with its newline and without NUL bytes was written completely, and a
 * later batch proves that every line before it had been synced. Both may have been acknowledged, so we refuse to start
 * rather than to drop them. With `durability: 'process'` the same holds for killed processes; after a power
 * cut it may refuse more often than it must, which loses nothing either.
 * Source: https://www.usenix.org/system/files/conference/osdi14/osdi14-paper-pillai.pdf (section 4.4: appends).
 *
 * @throws FREEDA_STORAGE_DAMAGED
 */
export async function replayJournal(replay: Replay): Promise<Replayed> {
  const reader = lineReader(replay)
  let intactBytes = 0
  let damage: Damage | undefined
  for await (const line of linesOf(replay.path)) {
    if (damage !== undefined) damage.addLater(line)
    else if (reader.accept(line)) intactBytes = line.offset + line.bytes.length
    else damage = tailDamage(line, reader.nextSeq())
  }
  if (damage === undefined) return { intactBytes, tornBytes: 0 }
  const reason = replay.isLast
    ? damage.cannotBeTorn()
    : 'no crash can do that to a journal that a later one follows.'
  if (reason !== undefined) {
    const place = `line ${damage.line.number} (at byte ${intactBytes}) is not intact, and ${reason}`
    throw damagedJournal(replay.path, place, keepPrefix(replay, intactBytes))
  }
  return { intactBytes, tornBytes: damage.bytes() }
}

export const damagedJournal = (file: string, reason: string, fix: string): FreedaError =>
  new FreedaError('FREEDA_STORAGE_DAMAGED', { file, reason, fix })

const keepPrefix = ({ path, isLast }: Replay, intactBytes: number) =>
  'Copy the whole folder first, then restore a backup of it. To go on with what is intact before this line instead, ' +
  (intactBytes === 0
    ? `remove ${path}`
    : `cut the file to its first ${intactBytes} bytes (truncate -s ${intactBytes} ${path})`) +
  (isLast
    ? '; the commits after it are lost.'
    : ' and remove every later journal; the commits in them are lost.')

/** Tells intact lines in the right order from others. */
function lineReader({ path, number, refuses, commit }: Replay) {
  let next: number | undefined
  const acceptHeader = (bytes: Buffer) => {
    const header = parseHeader(bytes)
    if (header === undefined) return false
    if (header.format !== format)
      throw damagedJournal(
        path,
        `it is of format ${header.format}, and this version of @freeda/storage-json reads format ${format}.`,
        'Use the version of @freeda/storage-json that wrote it.',
      )
    const wrongNumber = header.journal === number ? undefined : `it was written as journal ${header.journal}.`
    const reason = wrongNumber ?? refuses(header)
    if (reason !== undefined)
      throw damagedJournal(
        path,
        reason,
        'Copy the whole folder first, then put back the files that belong together, or restore a backup.',
      )
    next = header.after + 1
    return true
  }
  return {
    nextSeq: () => next ?? 0,
    accept({ bytes }: Line): boolean {
      if (next === undefined) return acceptHeader(bytes)
      const read = parseCommit(bytes)
      if (read?.seq !== next) return false
      commit(read)
      next++
      return true
    },
  }
}

type Damage = ReturnType<typeof tailDamage>

/** Collects what is known of a tail that begins with a line that is not intact; commit `seq` should have stood there. */
function tailDamage(line: Line, seq: number) {
  const hasHole = holds512ByteHole(line)
  let end = line.offset + line.bytes.length
  let last = line
  let provesSynced: Line | undefined
  return {
    line,
    addLater(later: Line): void {
      last = later
      end = later.offset + later.bytes.length
      const commit = parseCommit(later.bytes)
      // A header can only be here by damage; so can a commit of an earlier time.
      if (
        commit === undefined
          ? parseHeader(later.bytes) !== undefined
          : commit.batch > seq || commit.seq <= seq
      )
        provesSynced ??= later
    },
    bytes: () => end - line.offset,
    /** Why this cannot be the trace of a crash; undefined when it can. */
    cannotBeTorn(): string | undefined {
      if (provesSynced !== undefined)
        return `line ${provesSynced.number} shows that it was written completely before.`
      if (hasHole) return undefined
      if (last.number !== line.number) return 'other lines follow it.'
      if (endsWithNewline(line.bytes)) return 'it was written completely: it ends with its newline.'
      if (onlyNewlineIsWrong(line.bytes)) return 'only its newline was changed.'
      return undefined
    },
  }
}

/** Whether NUL bytes end where a sector does, or the file: a flipped bit makes one of them somewhere. */
function holds512ByteHole({ bytes, offset }: Line): boolean {
  let end = bytes.indexOf(0)
  if (end === -1) return false
  while (bytes[end] === 0) end++
  return end === bytes.length || (offset + end) % 512 === 0
}

const endsWithNewline = (bytes: Buffer) => bytes.at(-1) === 0x0a

/** A cut line lacks its newline, but has nothing else in its place. */
const onlyNewlineIsWrong = (bytes: Buffer) =>
  bytes.length > sealBytes && isSealed(Buffer.concat([bytes.subarray(0, -1), Buffer.from('\n')]))
