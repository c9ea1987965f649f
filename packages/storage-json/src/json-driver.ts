/** The storage driver: Freeda's contract on a {@link Store}. */
import { resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type {
  CollectionInfo,
  DriverAction,
  DriverCall,
  ExportedDocument,
  JsonObject,
  StorageDriver,
  TableChange,
} from '@freeda/runtime/driver'
import { files } from './files.ts'
import { folderError, prepareFolder } from './folder.ts'
import type { Durability } from './journal.ts'
import { lockFolder, type Lock } from './lock.ts'
import { silentLog, type Log } from './log.ts'
import { checkUnique, placed, placeIn } from './place.ts'
import { recover } from './recovery.ts'
import { openStore, type Store, type Tuning } from './store.ts'

export interface JsonDriverOptions {
  /** The data folder; made unless it is there. */
  readonly directory: string
  readonly durability?: Durability
  /** What the app declares; documents of other collections are kept as they are. */
  readonly collections?: readonly CollectionInfo[]
  /** Unix milliseconds; decides which documents have expired when the store is opened. */
  readonly clock?: () => number
  readonly log?: Log
  /** @internal */
  readonly tuning?: Partial<Tuning>
}

/**
 * Opens the embedded store.
 * @throws FREEDA_STORAGE_FOLDER, FREEDA_STORAGE_LOCKED, FREEDA_STORAGE_DAMAGED
 */
export async function openJsonDriver(options: JsonDriverOptions): Promise<StorageDriver> {
  const { durability = 'disk', collections = [], clock = Date.now, log = silentLog } = options
  const directory = resolve(options.directory)
  const tuning: Tuning = { ...defaultTuning, ...options.tuning }
  const declared = new Map(collections.map((info) => [info.name, info]))

  await prepareFolder(directory)
  let lock: Lock | undefined
  let store: Store | undefined
  try {
    lock = await lockFolder({
      directory,
      log,
      heartbeatMs: tuning.heartbeatMs,
      onLost: (reason) => store?.availability.fail(new Error(`the lock was lost: ${reason}`)),
    })
    const recovered = await recover({
      directory,
      files: tuning.files,
      log,
      place: placeIn(directory, declared),
    })
    for (const info of collections) {
      const documents = recovered.collections.get(info.name) ?? []
      checkUnique(directory, info, withIds(documents), clock())
    }
    store = openStore({ directory, durability, log, tuning }, recovered)
    return driverOf({ store, lock, directory, declared, clock })
  } catch (error) {
    await lock?.release()
    throw folderError(directory, error)
  }
}

const defaultTuning: Tuning = {
  files,
  snapshotMinBytes: 4 * 1024 * 1024,
  snapshotRetryMs: 10_000,
  heartbeatMs: 2000,
}

function* withIds<E extends object>(documents: Iterable<[string, E]>): Generator<E & { id: string }> {
  for (const [id, entry] of documents) yield { id, ...entry }
}

interface Opened {
  readonly store: Store
  readonly lock: Lock
  readonly directory: string
  readonly declared: Map<string, CollectionInfo>
  readonly clock: () => number
}

function driverOf(opened: Opened): StorageDriver {
  const { store, lock } = opened
  const { tables, pending, availability } = store
  const adopt = adopter(opened)
  const purge = purger(store)
  /** What a failed condition tells, and a commit that changes nothing, may come from commits that are not durable yet. */
  const settled = (actions: readonly DriverAction[]) =>
    Promise.all(actions.flatMap(({ collection }) => pending.ofCollection(collection.name) ?? []))
  let closing: Promise<void> | undefined

  return {
    name: 'json',
    async read(collection, keys, { nowMs, signal }) {
      availability.check()
      const ids = keys.map(({ id }) => id)
      const documents = tables.read(collection.name, ids, nowMs)
      await availability.after(pending.ofDocuments(collection.name, ids), signal)
      return documents
    },
    async query(query, { nowMs, signal }) {
      availability.check()
      adopt(query.collection)
      const page = tables.query(query, nowMs)
      await availability.after(pending.ofCollection(query.collection.name), signal)
      return page
    },
    async commit(actions, { nowMs, signal }) {
      availability.check()
      signal?.throwIfAborted()
      for (const { collection } of actions) adopt(collection)
      purge(nowMs)
      // Nothing may come between staging and writing, so nothing is awaited there.
      let staged
      try {
        staged = tables.stage(actions, nowMs)
      } catch (error) {
        await availability.after(settled(actions), signal)
        throw error
      }
      if (staged.changes.length === 0) await availability.after(settled(actions), signal)
      else await availability.afterCommit(store.write(staged.changes), signal)
      return staged.versions
    },
    async import(documents, { nowMs, signal }) {
      availability.check()
      signal?.throwIfAborted()
      for (const { collection } of documents) adopt(collection)
      const { changes } = tables.stage(documents.map(putAny), nowMs)
      await availability.afterCommit(store.write(withVersions(changes, documents)), signal)
    },
    export: (call) => exportAll(store, call),
    async health({ signal }) {
      availability.check()
      signal?.throwIfAborted()
    },
    close: () =>
      (closing ??= (async () => {
        availability.close()
        try {
          await store.close()
        } finally {
          await lock.release()
        }
      })()),
  }
}

type Imported = Parameters<StorageDriver['import']>[0]

const putAny = ({ collection, id, value, placement }: Imported[number]): DriverAction => ({
  kind: 'put',
  collection,
  id,
  expected: 'any',
  value,
  placement,
})

/** Staging puts gives one change for each, in order, with versions that count on; an import brings its own. */
const withVersions = (changes: readonly TableChange[], documents: Imported): TableChange[] =>
  changes.map((change, at) =>
    change.kind === 'put' ? { ...change, version: documents[at]!.version } : change,
  )

/** Places the documents of a collection that was not declared at the opening, when it is first used. */
const adopter =
  ({ store: { tables }, directory, declared, clock }: Opened) =>
  (info: CollectionInfo): void => {
    if (declared.has(info.name)) return
    const entries = tables.entries(info.name).map(({ id, version, text }) => {
      const placement = placed(directory, info, id, JSON.parse(text) as JsonObject)
      return { kind: 'put' as const, collection: info.name, id, version, text, placement }
    })
    checkUnique(directory, info, entries, clock())
    tables.apply(entries)
    declared.set(info.name, info)
  }

/** Expired documents are absent anyway; this gives their memory back, a thousand at most a tenth of a second. */
const purgeEveryMs = 100

/**
 * Purges now and then, when there is a commit. What it removes goes through the journal like any other change: files and
 * memory then never differ, whatever the clock does between two starts.
 */
function purger({ tables, write }: Store) {
  let purgedAtMs = -Infinity
  return (nowMs: number): void => {
    if (performance.now() - purgedAtMs < purgeEveryMs) return
    purgedAtMs = performance.now()
    const changes = tables.purge(nowMs)
    if (changes.length > 0) void write(changes) // a failure shows in the commit that follows
  }
}

/** How many documents go out between two turns of the event loop. */
const exportedAtOnce = 200

async function* exportAll(
  { tables, pending, availability }: Store,
  { nowMs, signal }: DriverCall,
): AsyncGenerator<ExportedDocument> {
  availability.check()
  const collections = tables.collections().map((name) => [name, tables.entries(name)] as const)
  await availability.after(pending.ofAll(), signal)
  let count = 0
  for (const [collection, entries] of collections)
    for (const { id, version, text, placement } of entries) {
      if (placement.expiresAtMs !== undefined && placement.expiresAtMs <= nowMs) continue
      if (++count % exportedAtOnce === 0) await nextTurn()
      signal?.throwIfAborted()
      yield { collection, id, version, value: JSON.parse(text) as JsonObject }
    }
}
