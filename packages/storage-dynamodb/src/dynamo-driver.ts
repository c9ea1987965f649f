/** The storage driver: Freeda's contract on one DynamoDB table. */
import {
  FreedaError,
  type CollectionInfo,
  type DriverCall,
  type ExportedDocument,
  type StorageDriver,
} from '@freeda/runtime/driver'
import { commit, type Writer } from './commit.ts'
import { connect } from './connection.ts'
import { exchange, type Exchange } from './exchange.ts'
import { driverName } from './failures.ts'
import { checkHealth } from './health.ts'
import { documentOf, isAlive, revisionOf } from './item.ts'
import { documentKey, keyText, slotsBy, type Item, type SlotAssignment } from './layout.ts'
import { silentLog, type Log } from './log.ts'
import { prepareTable, type PrepareMode } from './prepare.ts'
import { query } from './query.ts'
import { readItems } from './read.ts'
import { slotProblems } from './slot-problems.ts'
import { reindexTable } from './reindex.ts'
import type { Purpose } from './request-channel.ts'
import { exportPage, writeImported } from './transfer.ts'
import { unbuiltIndexes } from './unbuilt-indexes.ts'

export interface DynamoDriverOptions {
  /** Name of the table. */
  readonly table: string
  /** Default: what the environment says (`AWS_REGION`, a profile). */
  readonly region?: string | undefined
  /** Of an emulator or of a VPC; default: the region's. */
  readonly endpoint?: string | undefined
  /** What the app declares. */
  readonly collections?: readonly CollectionInfo[]
  /** Default `create` */
  readonly prepare?: PrepareMode
  /** Attempts of a request, the first included. Default 5. */
  readonly maxAttempts?: number
  /** Default 1000. */
  readonly connectTimeoutMs?: number
  /** Of one attempt. Default 3000. */
  readonly requestTimeoutMs?: number
  /** Of one call with all its attempts and pages. Default 10 000. */
  readonly callTimeoutMs?: number
  /** Which of the table's five indexes holds an index of a collection; the others follow in the order of declaration. */
  readonly slots?: SlotAssignment
  readonly log?: Log
}

/** Of an import, whose batches are large. */
const importTimeoutFactor = 6

/** See `on-demand.ts`. */
export async function openDynamoDriver(options: DynamoDriverOptions): Promise<StorageDriver> {
  const { collections = [], prepare: mode = 'create', log = silentLog } = options
  const { writer, callTimeoutMs } = openWriter(options)
  try {
    await prepareTable(writer, { mode, collections, callTimeoutMs, log })
  } catch (error) {
    writer.connection.close()
    throw error
  }
  return driverOf({ writer, callTimeoutMs }, collections)
}

interface Opened {
  readonly writer: Writer
  readonly callTimeoutMs: number
}

/**
 * Connects, without any request.
 * @throws FREEDA_STORAGE_TABLE when `slots` cannot be honoured.
 */
export function openWriter(options: DynamoDriverOptions): Opened {
  const { table, region, endpoint, collections = [], slots = {} } = options
  const problems = slotProblems(slots, collections)
  if (problems.length > 0) throw new FreedaError('FREEDA_STORAGE_TABLE', { table, problems })
  const {
    maxAttempts = 5,
    connectTimeoutMs = 1000,
    requestTimeoutMs = 3000,
    callTimeoutMs = 10_000,
  } = options
  const limits = { maxAttempts, connectTimeoutMs, requestTimeoutMs }
  const connection = connect({ region, endpoint, ...limits })
  return {
    writer: { connection, table, maxAttempts, slotOf: slotsBy(slots), unbuilt: unbuiltIndexes() },
    callTimeoutMs,
  }
}

function driverOf({ writer, callTimeoutMs }: Opened, collections: readonly CollectionInfo[]): StorageDriver {
  let isClosed = false
  const run = <T>(
    call: DriverCall,
    work: (exchange: Exchange) => Promise<T>,
    { timeoutMs = callTimeoutMs, purpose }: { timeoutMs?: number; purpose?: Purpose } = {},
  ): Promise<T> => {
    if (isClosed) throw new FreedaError('FREEDA_UNAVAILABLE', { driver: driverName, reason: 'it is closed.' })
    return exchange(call, { timeoutMs, purpose }, work)
  }

  return {
    name: driverName,
    read: async (collection, keys, call) =>
      run(call, async (exchange) => {
        const places = keys.map(({ id, position }) => documentKey(collection, id, position))
        const found = await readItems(writer, exchange, places)
        return places.map((place) => {
          const item = found.get(keyText(place))
          return isAlive(item, call.nowMs) ? { ...documentOf(item), revision: revisionOf(item) } : undefined
        })
      }),
    commit: async (actions, call) => run(call, (exchange) => commit(writer, exchange, actions, call.nowMs)),
    query: async (asked, call) => run(call, (exchange) => query(writer, exchange, asked, call.nowMs)),
    health: async (call) =>
      run(call, (exchange) => checkHealth(writer, exchange), { timeoutMs: healthTimeoutMs(callTimeoutMs) }),
    export: (call) =>
      exportAll(call, (next) =>
        run(call, (each) => exportPage(writer, each, next, call.nowMs), { purpose: 'export' }),
      ),
    import: async (documents, call) =>
      run(call, (exchange) => writeImported(writer, exchange, documents), {
        timeoutMs: callTimeoutMs * importTimeoutFactor,
        purpose: 'import',
      }),
    reindex: ({ signal, advance }) => reindexTable(writer, { collections, callTimeoutMs, signal, advance }),
    async close() {
      if (isClosed) return
      isClosed = true
      writer.connection.close()
    },
  }
}

/** Balancers ask again soon: an answer that is late is worth nothing. */
const healthTimeoutMs = (callTimeoutMs: number) => Math.min(3000, callTimeoutMs)

async function* exportAll(
  { signal }: DriverCall,
  readPage: (next: Item | undefined) => ReturnType<typeof exportPage>,
): AsyncGenerator<ExportedDocument> {
  let next: Item | undefined
  do {
    const page = await readPage(next)
    for (const document of page.documents) {
      signal?.throwIfAborted()
      yield document
    }
    next = page.next
  } while (next !== undefined)
}
