/** The methods of a collection, on a driver. */
import { setTimeout as sleep } from 'node:timers/promises'
import { FreedaError, isFreedaError } from '../errors.ts'
import type {
  CallOptions,
  Collection,
  DriverCall,
  DriverDocument,
  Expected,
  Operation,
  OperationFactory,
  Page,
  Query,
  StorageDriver,
  Stored,
} from '../storage.ts'
import { encodeKey } from './keys.ts'
import { encodeCursor } from './cursor.ts'
import {
  checkOptions,
  expectedVersion,
  idProblem,
  positionOf,
  preparePut,
  toStored,
  type KnownCollection,
  type PutAction,
} from './prepare.ts'
import { orAborted } from './or-aborted.ts'
import { planQuery, type PlannedQuery } from './query.ts'
import type { UpdateQueue } from './update-queue.ts'

/** What the collections of one storage share. */
export interface Engine {
  readonly driver: StorageDriver
  readonly clock: () => number
  readonly makeId: () => string
  readonly updates: UpdateQueue
  /** Runs a call unless the storage is closed or the caller gave up; closing waits for it. */
  run<T>(options: CallOptions | undefined, work: (call: DriverCall) => Promise<T>): Promise<T>
  /** Makes an operation that only this storage knows. */
  operation(pending: PendingOperation): Operation
}

/** An operation before its document is validated. */
export interface PendingOperation {
  readonly collection: KnownCollection
  readonly kind: 'put' | 'delete' | 'check'
  readonly id: string
  readonly position: string
  readonly expected: Expected
  /** Of a put. */
  readonly input?: unknown
}

type Item = Stored<object>

/** Keys that drivers read in one call. */
const maxKeysARead = 100
/** Calls of one `getMany` that run at the same time. */
const maxReadsAtOnce = 8

export function openCollection(engine: Engine, known: KnownCollection): Collection<object, unknown> {
  const { driver, run } = engine
  const { info } = known
  const key = (id: string) => ({ id, position: positionOf(info.name, id) })

  const write = async (action: PutAction, call: DriverCall): Promise<Item> => {
    const [version] = await driver.commit([action], call)
    return toStored({ id: action.id, version: version!, value: action.value })
  }

  const query = (query: Query = {}) =>
    run(query, async (call): Promise<Page<object>> => {
      const plan = planQuery(info, query)
      if (plan.ask === undefined) return { items: [] }
      const { documents, more } = await driver.query(plan.ask, call)
      const items = documents.map((document) => toStored<object>(document))
      return more ? { items, cursor: cursorAfter(plan, documents.at(-1)!) } : { items }
    })

  return {
    name: info.name,
    query,
    op: operations(engine, known),
    get: (id, options) =>
      run(options, async (call) => {
        const [document] = await driver.read(info, [key(id)], call)
        return document === undefined ? undefined : toStored(document)
      }),
    getMany: (ids, options) => run(options, (call) => readMany(engine, known, ids, call)),
    create: (value, options) =>
      run(options, async (call) => {
        checkOptions(options, createOptions)
        const { id } = key(options?.id ?? engine.makeId())
        return write(await preparePut(known, id, value, 'absent'), call)
      }),
    put: (id, value, options) =>
      run(options, async (call) => {
        checkOptions(options, writeOptions)
        const expected = expectedVersion(options?.ifVersion, 'any')
        return write(await preparePut(known, key(id).id, value, expected), call)
      }),
    update: (id, change, options) =>
      run(options, (call) => {
        checkOptions(options, writeOptions)
        const target = key(id)
        const ifVersion = expectedVersion(options?.ifVersion, 'any')
        const attempt = () => updateOnce(engine, known, target, change, ifVersion, call.signal)
        return engine.updates.inTurn({ collection: info.name, id }, call.signal, () =>
          untilWritten(attempt, call.signal),
        )
      }),
    delete: (id, options) =>
      run(options, async (call) => {
        checkOptions(options, writeOptions)
        const expected = expectedVersion(options?.ifVersion, 'any')
        const [before] = await driver.commit(
          [{ kind: 'delete', collection: info, ...key(id), expected }],
          call,
        )
        return before! > 0
      }),
    async *iterate(pages = {}) {
      let page: Page<object> | undefined
      do {
        page = await query(page === undefined ? pages : { ...pages, cursor: page.cursor })
        yield* page.items
      } while (page.cursor !== undefined)
    },
  }
}

const writeOptions = ['ifVersion', 'signal']
const createOptions = ['id', 'signal']

function operations(engine: Engine, known: KnownCollection): OperationFactory<unknown> {
  const make = (kind: PendingOperation['kind'], id: string, expected: Expected, input?: unknown) => {
    const position = positionOf(known.info.name, id)
    return engine.operation({ collection: known, kind, id, position, expected, input })
  }
  return {
    create(value, options) {
      checkOptions(options, ['id'])
      return make('put', options?.id ?? engine.makeId(), 'absent', value)
    },
    put(id, value, options) {
      checkOptions(options, ['ifVersion'])
      return make('put', id, expectedVersion(options?.ifVersion, 'any'), value)
    },
    delete(id, options) {
      checkOptions(options, ['ifVersion'])
      return make('delete', id, expectedVersion(options?.ifVersion, 'any'))
    },
    check(id, expected) {
      checkOptions(expected, ['exists', 'ifVersion'])
      if ('ifVersion' in expected) return make('check', id, expectedVersion(expected.ifVersion, 'present'))
      return make('check', id, expected.exists ? 'present' : 'absent')
    },
  }
}

async function readMany(
  { driver }: Engine,
  { info }: KnownCollection,
  ids: readonly string[],
  call: DriverCall,
): Promise<(Item | undefined)[]> {
  const errors = ids.flatMap((id, at) => {
    const message = idProblem(id)
    return message === undefined ? [] : [{ path: `ids[${at}]`, message }]
  })
  if (errors.length > 0)
    throw new FreedaError('FREEDA_VALIDATION', { what: `The list of ids for ${info.name}`, errors })
  // Asked once each: DynamoDB refuses a batch that names a key twice.
  const keys = [...new Set(ids)].map((id) => ({ id, position: encodeKey(id) }))
  const found = new Map<string, DriverDocument>()
  const chunks = Array.from({ length: Math.ceil(keys.length / maxKeysARead) }, (_, at) =>
    keys.slice(at * maxKeysARead, (at + 1) * maxKeysARead),
  )
  const readChunks = async () => {
    for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop())
      try {
        call.signal?.throwIfAborted()
        for (const document of await driver.read(info, chunk, call))
          if (document !== undefined) found.set(document.id, document)
      } catch (error) {
        chunks.length = 0
        throw error
      }
  }
  // All of them have ended before the call has: nothing reads on behind a failure, or a close.
  const readers = await Promise.allSettled(Array.from({ length: maxReadsAtOnce }, readChunks))
  for (const reader of readers) if (reader.status === 'rejected') throw reader.reason
  return ids.map((id) => {
    const document = found.get(id)
    return document === undefined ? undefined : toStored(document)
  })
}

function cursorAfter({ whole }: PlannedQuery, last: DriverDocument): string {
  const { collection, index } = whole
  const { position, entries } = collection.place(last.id, last.value)
  const at = index === undefined ? position : entries[index.name]?.position
  if (at === undefined)
    throw new FreedaError('FREEDA_QUERY', {
      collection: collection.name,
      reason: `the index "${index?.name}" was built for another definition. Build it anew.`,
    })
  return encodeCursor(whole, at)
}

/** One compare-and-set. Conflicts that another try may get over are returned, not thrown. */
async function updateOnce(
  { driver, clock }: Engine,
  known: KnownCollection,
  key: { readonly id: string; readonly position: string },
  change: (current: Item) => unknown,
  ifVersion: 'any' | number,
  signal: AbortSignal | undefined,
): Promise<Item | FreedaError<'FREEDA_CONFLICT'>> {
  const { id } = key
  const collection = known.info.name
  const call = { nowMs: clock(), signal }
  const [current] = await driver.read(known.info, [key], call)
  if (current === undefined) throw new FreedaError('FREEDA_NOT_FOUND', { collection, id })
  const { version } = current
  if (ifVersion !== 'any' && version !== ifVersion) {
    const data = { collection, id, operation: 0, expected: ifVersion, currentVersion: version }
    throw new FreedaError('FREEDA_CONFLICT', data)
  }
  const changed = await orAborted(Promise.resolve(change(toStored(current))), signal)
  const action = await preparePut(known, id, changed, version)
  signal?.throwIfAborted()
  const { revision } = current
  try {
    const [next] = await driver.commit([revision === undefined ? action : { ...action, revision }], call)
    return toStored({ id, version: next!, value: action.value })
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_CONFLICT') && error.data.index === undefined) return error
    throw error
  }
}

/** Between processes only: those of one process are in a row. At worst 6 seconds of waiting altogether. */
const maxAttempts = 18
const maxDelayMs = 500

/** Full jitter. Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
async function untilWritten(
  attempt: () => Promise<Item | FreedaError<'FREEDA_CONFLICT'>>,
  signal: AbortSignal | undefined,
): Promise<Item> {
  for (let tried = 1; ; tried++) {
    const outcome = await attempt()
    if (!isFreedaError(outcome, 'FREEDA_CONFLICT')) return outcome
    if (tried >= maxAttempts) throw outcome
    await sleep(Math.random() * Math.min(maxDelayMs, 2 ** tried))
    signal?.throwIfAborted()
  }
}
