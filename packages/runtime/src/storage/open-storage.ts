/** The store that plugins use, on a driver: collections, transactions, export and import, and an orderly end. */
import { FreedaError } from '../errors.ts'
import type {
  CallOptions,
  Collection,
  CollectionDefinition,
  CollectionOf,
  DriverCall,
  Operation,
  Storage,
  StorageDriver,
} from '../storage.ts'
import { collectionInfo } from './collection-info.ts'
import { timeOrderedIds } from './id.ts'
import { importDocuments } from './import-documents.ts'
import { orAborted } from './or-aborted.ts'
import { openCollection, type Engine, type PendingOperation } from './open-collection.ts'
import type { KnownCollection } from './prepare.ts'
import { prepareTransaction } from './transaction.ts'
import { updateQueue } from './update-queue.ts'

export interface OpenStorageOptions {
  /** Unix milliseconds; decides what has expired and begins new ids. Default `Date.now`. */
  readonly clock?: () => number
}

interface Registered {
  readonly definition: CollectionDefinition
  readonly known: KnownCollection
  readonly collection: Collection<object, unknown>
}

/** Puts the storage contract on a driver. The driver is closed with the storage. */
export function openStorage(driver: StorageDriver, { clock = Date.now }: OpenStorageOptions = {}): Storage {
  const registered = new Map<string, Registered>()
  const pending = new WeakMap<object, PendingOperation>()
  const gate = callGate(driver.name, clock)
  const engine: Engine = {
    driver,
    clock,
    makeId: timeOrderedIds(clock),
    updates: updateQueue(),
    run: gate.run,
    operation(details) {
      const operation = Object.freeze({ id: details.id }) as Operation
      pending.set(operation, details)
      return operation
    },
  }

  const register = (definition: CollectionDefinition): Registered => {
    const info = collectionInfo(definition)
    const found = registered.get(info.name)
    if (found !== undefined) {
      if (sameDefinition(found.definition, definition)) return found
      throw new FreedaError('FREEDA_PLUGIN_DEFINITION', {
        plugin: `collection ${info.name}`,
        reason:
          'another definition has the same name. Share one definition, or give one of them another name.',
      })
    }
    const known = { info, schema: definition.schema }
    const entry = { definition, known, collection: openCollection(engine, known) }
    registered.set(info.name, entry)
    return entry
  }

  let closing: Promise<void> | undefined
  return {
    collection: <D extends CollectionDefinition>(definition: D) =>
      register(definition).collection as unknown as CollectionOf<D>,
    transact: (operations, options) =>
      gate.run(options, async (call) => {
        const actions = await prepareTransaction(operations, (operation) => pending.get(operation))
        if (actions.length > 0) await driver.commit(actions, call)
      }),
    health: (options) => gate.run(options, (call) => driver.health(call)),
    async *export(options) {
      for await (const document of driver.export(gate.enter(options))) {
        gate.enter(options)
        yield document
      }
    },
    import: (documents, options) =>
      gate.run(options, (call) =>
        importDocuments(driver, (name) => registered.get(name)?.known, documents, call),
      ),
    close: () => (closing ??= gate.close().then(() => driver.close())),
  }
}

/** Definitions are often copied when they get their name; what they were made from stays the same. */
const sameDefinition = (a: CollectionDefinition, b: CollectionDefinition) =>
  a.schema === b.schema && a.indexes === b.indexes && a.ttl === b.ttl && a.shards === b.shards

/** Lets calls in until it is closed, and closes once those inside are done. */
function callGate(driver: string, clock: () => number) {
  let inside = 0
  let closed = false
  let empty: (() => void) | undefined

  const enter = (options: CallOptions | undefined): DriverCall => {
    if (closed) throw new FreedaError('FREEDA_UNAVAILABLE', { driver, reason: 'it was closed.' })
    const signal = options?.signal
    signal?.throwIfAborted()
    return { nowMs: clock(), signal }
  }
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    inside++
    try {
      return await work()
    } finally {
      inside--
      if (inside === 0) empty?.()
    }
  }
  return {
    enter,
    async run<T>(options: CallOptions | undefined, work: (call: DriverCall) => Promise<T>): Promise<T> {
      const call = enter(options)
      const done = counted(() => work(call))
      return orAborted(done, call.signal)
    },
    async close(): Promise<void> {
      closed = true
      if (inside > 0) await new Promise<void>((resolve) => (empty = resolve))
    },
  }
}
