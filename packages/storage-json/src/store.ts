/** The store that the driver speaks to: tables in memory, their journal and their snapshots, kept in step. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { memoryTables, type MemoryTables, type TableChange } from '@freeda/runtime/driver'
import { availability, type Availability } from './availability.ts'
import { compaction } from './compaction.ts'
import { journalName, journalNumbers, snapshotName, type Files } from './files.ts'
import { openJournal, type Durability, type Journal } from './journal.ts'
import type { Log } from './log.ts'
import { pendingCommits, type Pending } from './pending.ts'
import type { Recovered } from './recovery.ts'
import { emptySnapshot, snapshotFile } from './snapshot.ts'

/** What only tests and benchmarks change. */
export interface Tuning {
  readonly files: Files
  /** A snapshot is due when the journals have more bytes than this and than the last snapshot. */
  readonly snapshotMinBytes: number
  readonly snapshotRetryMs: number
  readonly heartbeatMs: number
}

export interface StoreOptions {
  readonly directory: string
  readonly durability: Durability
  readonly log: Log
  readonly tuning: Tuning
}

export interface Store {
  readonly tables: MemoryTables
  readonly pending: Pending
  readonly availability: Availability
  /** Makes changes true in memory at once and durable when it resolves. */
  write(changes: readonly TableChange[]): Promise<void>
  close(): Promise<void>
}

/** Opens the store on what was recovered. */
export function openStore(options: StoreOptions, recovered: Recovered): Store {
  const { directory, durability, log, tuning } = options
  const { files } = tuning
  const tables = loadTables(recovered)
  const pending = pendingCommits()
  const service = availability(directory, log)
  const last = recovered.journals.at(-1)
  const journal: Journal = openJournal({
    directory,
    files,
    durability,
    store: recovered.store,
    seq: recovered.seq,
    number: last?.number ?? 0,
    continueAt: recovered.continuesLast ? last?.bytes : undefined,
    onFailure: service.fail,
    onWritten: (bytes) => snapshots.written(bytes),
  })
  const snapshots = compaction({
    log,
    minBytes: tuning.snapshotMinBytes,
    retryMs: tuning.snapshotRetryMs,
    journalBytes: recovered.journals.reduce((sum, { bytes }) => sum + bytes, 0),
    snapshotBytes: recovered.snapshotBytes,
    checkRoom: (bytes) => checkRoom(directory, files, bytes),
    take: () => takeSnapshot({ directory, files, store: recovered.store, tables, journal }),
    hasFailed: service.hasFailed,
  })
  return {
    tables,
    pending,
    availability: service,
    write(changes) {
      tables.apply(changes)
      const durable = journal.append(changes)
      pending.add(changes, durable)
      return durable
    },
    async close() {
      await pending.ofAll()?.catch(() => {})
      await snapshots.finish()
      await journal.close()
    },
  }
}

function loadTables({ collections }: Recovered): MemoryTables {
  const tables = memoryTables()
  for (const [collection, documents] of collections) {
    for (const [id, entry] of documents) tables.apply([{ kind: 'put', collection, id, ...entry }])
    documents.clear() // so that a large store is not in memory twice
  }
  return tables
}

async function checkRoom(directory: string, files: Files, bytes: number): Promise<void> {
  const free = await files.freeBytes(directory)
  if (free >= bytes) return
  const megabytes = (count: number) => `${Math.ceil(count / 1e6)} MB`
  throw new Error(
    `the disk of ${directory} has ${megabytes(free)} left, a snapshot needs ${megabytes(bytes)}`,
  )
}

interface SnapshotOf {
  readonly directory: string
  readonly files: Files
  readonly store: string
  readonly tables: MemoryTables
  readonly journal: Journal
}

/** Writes what is in memory now to `db.json`, then removes the journals that it replaces; returns its bytes. */
async function takeSnapshot({ directory, files, store, tables, journal }: SnapshotOf): Promise<number> {
  // All in one turn of the event loop: the tables, the last commit in them, and where its journal ends.
  const seq = journal.seq()
  const collections = new Map(tables.collections().map((name) => [name, tables.entries(name)]))
  // A snapshot must not be the first place where a commit is durable, or a failed commit could come back by it.
  const ended = await journal.rotate()

  const db = snapshotFile(directory, files)
  db.data = { store, seq, collections }
  await db.write()
  db.data = emptySnapshot

  // Oldest first, and the snapshot is durable: wherever this stops, what is left still fits together.
  for (const number of await journalNumbers(directory))
    if (number <= ended) await files.remove(join(directory, journalName(number)))
  return (await stat(join(directory, snapshotName))).size
}
