/** Appends commits to `journal.N.jsonl` files: many commits, one write, one sync. */
import { join } from 'node:path'
import type { TableChange } from '@freeda/runtime/driver'
import { journalName, type AppendFile, type Files } from './files.ts'
import { commitLine, format, headerLine } from './journal-line.ts'

/** `disk`: a commit is acknowledged when it is on disk. `process`: when the operating system has it. */
export type Durability = 'disk' | 'process'

export interface JournalStart {
  readonly directory: string
  readonly files: Files
  readonly durability: Durability
  /** Id of the store. */
  readonly store: string
  /** The last commit so far. */
  readonly seq: number
  /** The number of the last journal, 0 when there is none. */
  readonly number: number
  /** Bytes of the last journal when commits go on in it. */
  readonly continueAt: number | undefined
  /** Called once, with what made a write or a sync fail, before anybody hears of it. */
  onFailure(error: unknown): void
  /** Called after each write, with its size. */
  onWritten(bytes: number): void
}

export interface Journal {
  /**
   * Queues a commit; the order of calls is the order in the file. Resolves when it is durable.
   * Rejects with a {@link CommitFailure} of what `onFailure` got.
   */
  append(changes: readonly TableChange[]): Promise<void>
  /** The last commit that was queued. */
  seq(): number
  /** Ends the file: later commits go into the next one. Resolves with its number when all before is on disk. */
  rotate(): Promise<number>
  /** Waits for what is queued, then closes the file. */
  close(): Promise<void>
}

/** Why a commit did not become durable. */
export class CommitFailure extends Error {
  /** Whether the file may have it, so that the next start may bring it back. */
  readonly mayBeWritten: boolean

  constructor(cause: unknown, mayBeWritten: boolean) {
    super('The commit did not become durable.', { cause })
    this.mayBeWritten = mayBeWritten
  }
}

interface Waiter {
  resolve(): void
  reject(error: unknown): void
}
interface Queued extends Waiter {
  readonly seq: number
  readonly changes: readonly TableChange[]
}

export function openJournal(start: JournalStart): Journal {
  const output = journalOutput(start)
  let queue: (Queued | 'rotate')[] = []
  let rotations: Waiter[] = []
  let { seq } = start
  let failure: { readonly error: unknown } | undefined
  let draining: Promise<void> | undefined

  const fail = (error: unknown, batch: readonly Queued[]) => {
    failure = { error }
    start.onFailure(error)
    const mayBeWritten = output.isUncertain()
    for (const { reject } of batch) reject(new CommitFailure(error, mayBeWritten))
    for (const item of queue) if (item !== 'rotate') item.reject(new CommitFailure(error, false))
    for (const { reject } of rotations) reject(error)
    queue = []
    rotations = []
  }

  const drain = async () => {
    let batch: Queued[] = []
    try {
      // What comes in during this turn of the event loop shares the first write.
      await new Promise(setImmediate)
      while (queue.length > 0) {
        if (queue[0] === 'rotate') {
          await output.end()
          queue.shift()
          rotations.shift()?.resolve()
          continue
        }
        batch = takeBatch(queue)
        await output.write(batch)
        for (const { resolve } of batch) resolve()
        batch = []
      }
    } catch (error) {
      fail(error, batch)
    }
    draining = undefined
  }
  const enqueue = (item: Queued | 'rotate') => {
    queue.push(item)
    draining ??= drain()
  }

  return {
    append(changes) {
      if (failure !== undefined) return Promise.reject(new CommitFailure(failure.error, false))
      return new Promise<void>((resolve, reject) => enqueue({ seq: ++seq, changes, resolve, reject }))
    },
    seq: () => seq,
    async rotate() {
      if (failure !== undefined) throw failure.error
      await new Promise<void>((resolve, reject) => {
        rotations.push({ resolve, reject })
        enqueue('rotate')
      })
      return output.number()
    },
    async close() {
      await draining
      await output.close()
    },
  }
}

/** Where a batch ends at the latest, in characters of documents: a few milliseconds of work. */
const maxBatchChars = 2 * 1024 * 1024

/** Takes the commits that go out together: those before the next rotation, within reason. */
function takeBatch(queue: (Queued | 'rotate')[]): Queued[] {
  let chars = 0
  let count = 0
  for (const item of queue) {
    if (item === 'rotate' || chars > maxBatchChars) break
    for (const change of item.changes) if (change.kind === 'put') chars += change.text.length
    count++
  }
  return queue.splice(0, count) as Queued[]
}

/** The journal file that is written to, made when the first commit needs it. */
function journalOutput({
  directory,
  files,
  durability,
  store,
  seq,
  number,
  continueAt,
  onWritten,
}: JournalStart) {
  let file: AppendFile | undefined
  /** Whether the file of this number has its header and is in the folder durably. */
  let isBegun = continueAt !== undefined && continueAt > 0
  let current = continueAt === undefined ? number + 1 : number
  /** The last commit that was written. */
  let written = seq
  /** Whether commits were given to the file that it may, or may not, have. */
  let isUncertain = false

  const begin = async () => {
    const path = join(directory, journalName(current))
    const exists = continueAt !== undefined && current === number
    file = await (exists ? files.append(path) : files.create(path))
    if (isBegun) return
    const header = Buffer.from(headerLine({ journal: current, format, store, after: written }))
    await file.write(header)
    // Before the first acknowledgement, not with it: a commit in a file that the folder does not know is lost.
    await file.sync()
    await files.syncFolder(directory)
    isBegun = true
    onWritten(header.length)
  }

  return {
    /** The number of the file that was ended last. */
    number: () => current - 1,
    isUncertain: () => isUncertain,
    async write(batch: readonly Queued[]): Promise<void> {
      if (file === undefined) await begin()
      const first = batch[0]!.seq
      let lines = ''
      for (const { seq, changes } of batch) lines += commitLine(seq, first, changes)
      const bytes = Buffer.from(lines)
      isUncertain = true
      await file!.write(bytes)
      if (durability === 'disk') await file!.sync()
      isUncertain = false
      written = batch.at(-1)!.seq
      onWritten(bytes.length)
    },
    /** Ends the current file, if it was begun; the next write makes the next one. */
    async end(): Promise<void> {
      // Also with durability `process`: recovery relies on whole journals before the last one.
      await file?.sync()
      await file?.close()
      file = undefined
      if (isBegun) current++
      isBegun = false
    },
    async close(): Promise<void> {
      const open = file
      file = undefined
      await open?.close()
    },
  }
}
