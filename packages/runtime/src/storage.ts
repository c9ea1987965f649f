/**
 * The storage contract. What an app sees: {@link Collection} and {@link Storage}. What a driver implements:
 * {@link StorageDriver}, which only ever sees encoded documents and order-preserving key strings; validation, codec,
 * limits, versions of updates, expiry rules and cursors stand once, above every driver, in `storage/`.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { FreedaError } from './errors.ts'
import { service, type Service } from './service.ts'

// ───────────────────────────────────────────── what a plugin declares ─────────────────────────────────────────────

/** A field that an index can be built on. A Date sorts by time; numbers and bigints share one order. */
export type IndexableValue = string | number | bigint | boolean | Date

/** Declared fields only: an open-ended schema (`{ [key: string]: unknown }`) says nothing of the others. */
type IndexableField<T> = string &
  keyof {
    [
      K in keyof T as string extends K
        ? never
        : K extends string
          ? NonNullable<T[K]> extends IndexableValue
            ? K
            : never
          : never
    ]: true
  }

/** One index. Sparse: a document whose `partition` (or `sort`) field is missing or null is not in it. */
export type IndexDefinition<T> =
  | { readonly partition: IndexableField<T>; readonly sort?: IndexableField<T>; readonly unique?: false }
  | { readonly partition: IndexableField<T>; readonly unique: true; readonly sort?: never }

export type IndexDefinitions<T> = Readonly<Record<string, IndexDefinition<T>>>

/** The indexes of any collection. */
export type AnyIndexDefinitions = Readonly<
  Record<string, { readonly partition: string; readonly sort?: string; readonly unique?: boolean }>
>

export interface CollectionOptions<T, I extends IndexDefinitions<T>> {
  /** Name in the store. Defaults to the key under which a plugin declares it. Letters, digits, `.`, `_` and `-`. */
  readonly name?: string
  /** At most five. */
  readonly indexes?: I
  /** Field that holds the end of a document's life: a Date, or a number of Unix seconds. */
  readonly ttl?: keyof T & string
  /** Over how many partitions a driver spreads the listing of this collection, 1–64. Default 1. */
  readonly shards?: number
}

/** A collection as declared by a plugin: pure data. */
export interface CollectionDefinition<
  S extends StandardSchemaV1<unknown, object> = StandardSchemaV1<unknown, object>,
  I extends AnyIndexDefinitions = AnyIndexDefinitions,
> {
  readonly schema: S
  readonly name: string | undefined
  readonly indexes: I
  readonly ttl: string | undefined
  readonly shards: number
}

/**
 * Declares a collection of documents.
 * @param schema any Standard Schema of an object; every write is validated against it.
 * @throws FREEDA_PLUGIN_DEFINITION when the options cannot be honoured.
 */
export function collection<
  S extends StandardSchemaV1<unknown, object>,
  const I extends IndexDefinitions<StandardSchemaV1.InferOutput<S>> = Record<never, never>,
>(
  schema: S,
  options: CollectionOptions<StandardSchemaV1.InferOutput<S>, I> = {},
): CollectionDefinition<S, I> {
  const { name, indexes = {} as I, ttl, shards = 1 } = options
  const refuse = (reason: string) => {
    throw new FreedaError('FREEDA_PLUGIN_DEFINITION', { plugin: `collection ${name ?? '(unnamed)'}`, reason })
  }
  if (name !== undefined && !storageName.test(name))
    refuse(`"${name}" is not a collection name (${storageName}).`)
  const entries = Object.entries(indexes)
  if (entries.length > maxIndexes)
    refuse(`it has ${entries.length} indexes; at most ${maxIndexes} are allowed.`)
  for (const [key, index] of entries) {
    if (!storageName.test(key)) refuse(`"${key}" is not an index name (${storageName}).`)
    if (index.unique === true && index.sort !== undefined)
      refuse(`the unique index "${key}" cannot have a sort field.`)
    for (const field of [index.partition, index.sort ?? index.partition])
      if (reservedFields.has(field)) refuse(`the index "${key}" is on "${field}", which is a reserved name.`)
  }
  if (!Number.isInteger(shards) || shards < 1 || shards > 64)
    refuse(`shards is ${shards}; use a whole number from 1 to 64.`)
  return { schema, name, indexes, ttl, shards }
}

const storageName = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const maxIndexes = 5
const reservedFields: ReadonlySet<string> = new Set(['id', 'version'])

// ──────────────────────────────────────────────── what a plugin uses ────────────────────────────────────────────────

/** A document as it is read: what was written plus its `id` and `version` (1 for a new one, then + 1 a write). */
export type Stored<T> = Readonly<T & { id: string; version: number }>

export interface CallOptions {
  /** Gives up waiting. A write that was already sent may still happen. */
  readonly signal?: AbortSignal | undefined
}

export interface WriteOptions extends CallOptions {
  /** Write only if the stored version is this one; else FREEDA_CONFLICT with the current version. */
  readonly ifVersion?: number | undefined
}

/** Bounds on the sort field (or on the id, when listing). At most one lower and one upper bound, or `prefix` alone. */
export interface Range<V = IndexableValue> {
  readonly gt?: V | undefined
  readonly gte?: V | undefined
  readonly lt?: V | undefined
  readonly lte?: V | undefined
  readonly prefix?: (V extends string ? string : never) | undefined
}

export interface PageOptions extends CallOptions {
  /** `asc` (default) or `desc` by sort field, then by id. */
  readonly order?: 'asc' | 'desc' | undefined
  /** Documents a page, 1–1000. Default 100. */
  readonly limit?: number | undefined
  /** The `cursor` of the page before; of the same query, in everything but `limit`. */
  readonly cursor?: string | undefined
}

type Fields<D extends CollectionDefinition> = StandardSchemaV1.InferOutput<D['schema']>
type FieldValue<D extends CollectionDefinition, F> = F extends keyof Fields<D>
  ? NonNullable<Fields<D>[F]>
  : never

/** Lists a whole collection by id, or one partition of an index by its sort field. */
export type Query<D extends CollectionDefinition = CollectionDefinition> = PageOptions &
  (
    | {
        readonly index?: undefined
        readonly partition?: undefined
        readonly range?: Range<string> | undefined
      }
    | {
        [K in keyof D['indexes'] & string]: {
          readonly index: K
          readonly partition: FieldValue<D, D['indexes'][K]['partition']>
          readonly range?: D['indexes'][K] extends { sort: infer F }
            ? Range<FieldValue<D, F>> | undefined
            : undefined
        }
      }[keyof D['indexes'] & string]
  )

export interface Page<T> {
  readonly items: Stored<T>[]
  /** Present when there is more. Opaque; stays valid when documents come and go. */
  readonly cursor?: string
}

declare const operation: unique symbol
/** A write to be done by {@link Storage.transact}, made by {@link Collection.op}. */
export interface Operation {
  /** The id of the document that it writes or checks. */
  readonly id: string
  readonly [operation]: true
}

/** Makes operations for a transaction; nothing happens before {@link Storage.transact}. */
export interface OperationFactory<Input> {
  create(value: Input, options?: { id?: string | undefined }): Operation
  put(id: string, value: Input, options?: { ifVersion?: number | undefined }): Operation
  delete(id: string, options?: { ifVersion?: number | undefined }): Operation
  /** Holds only if the document is there (`exists: true`), is absent (`exists: false`) or has this version. */
  check(id: string, expected: { exists: boolean } | { ifVersion: number }): Operation
}

/**
 * Documents of one kind. Every method may also throw FREEDA_THROTTLED, FREEDA_UNAVAILABLE and FREEDA_TIMEOUT.
 * Ids are non-empty strings of at most 1,024 bytes once encoded. A document that expired is absent everywhere.
 */
export interface Collection<
  T extends object = object,
  Input = T,
  D extends CollectionDefinition = CollectionDefinition,
> {
  readonly name: string
  /** Strongly consistent. */
  get(id: string, options?: CallOptions): Promise<Stored<T> | undefined>
  /** In the order asked, any number of ids; strongly consistent each. */
  getMany(ids: readonly string[], options?: CallOptions): Promise<(Stored<T> | undefined)[]>
  /**
   * Writes a new document. The id is made (ordered by time) unless given.
   * @throws FREEDA_CONFLICT when it exists or a unique index is taken, FREEDA_VALIDATION, FREEDA_ITEM_TOO_LARGE.
   */
  create(value: Input, options?: CallOptions & { id?: string | undefined }): Promise<Stored<T>>
  /**
   * Writes the whole document, there before or not.
   * @throws FREEDA_CONFLICT when `ifVersion` does not hold or a unique index is taken, FREEDA_VALIDATION, FREEDA_ITEM_TOO_LARGE.
   */
  put(id: string, value: Input, options?: WriteOptions): Promise<Stored<T>>
  /**
   * Reads, changes and writes; again when another writer came between. `change` may run more than once, so it
   * writes nothing itself; an update that takes longer than a second no longer keeps the next one of its document waiting.
   * @throws FREEDA_UPDATE_NESTED when `change` updates the same document, FREEDA_NOT_FOUND, FREEDA_CONFLICT when `ifVersion` does not hold or a unique index is taken, FREEDA_VALIDATION, FREEDA_ITEM_TOO_LARGE.
   */
  update(
    id: string,
    change: (current: Stored<T>) => Input | Promise<Input>,
    options?: WriteOptions,
  ): Promise<Stored<T>>
  /**
   * Returns whether there was a document.
   * @throws FREEDA_CONFLICT when `ifVersion` does not hold.
   */
  delete(id: string, options?: WriteOptions): Promise<boolean>
  /** One page. Index queries may lag behind writes by a moment on some drivers; listing without an index never does. */
  query(query?: Query<D>): Promise<Page<T>>
  /** Every document of a query; `limit` is the page size behind the scenes. */
  iterate(query?: Query<D>): AsyncIterable<Stored<T>>
  readonly op: OperationFactory<Input>
}

/** The collection that a definition gives. */
export type CollectionOf<D extends CollectionDefinition> = Collection<
  StandardSchemaV1.InferOutput<D['schema']>,
  StandardSchemaV1.InferInput<D['schema']>,
  D
>

/** A document outside its collection, as in a backup: the value is in its encoded, plain-JSON form. */
export interface ExportedDocument {
  readonly collection: string
  readonly id: string
  readonly version: number
  readonly value: JsonObject
}

export interface Storage {
  /** The same definition always gives the same collection. */
  collection<D extends CollectionDefinition>(definition: D): CollectionOf<D>
  /**
   * Does all of the operations or none of them; at most 100, at most 4 MB, one a document.
   * @throws FREEDA_CONFLICT naming the first operation that does not hold, FREEDA_VALIDATION, FREEDA_ITEM_TOO_LARGE.
   */
  transact(operations: readonly Operation[], options?: CallOptions): Promise<void>
  /** Resolves when the store can serve. */
  health(options?: CallOptions): Promise<void>
  /** Every document that has not expired, of declared collections and of those no longer declared. */
  export(options?: CallOptions): AsyncIterable<ExportedDocument>
  /**
   * Writes documents as they were exported, versions included, over what is there.
   * Acknowledged when it resolves. Documents of collections that are not declared are refused.
   */
  import(
    documents: AsyncIterable<ExportedDocument> | Iterable<ExportedDocument>,
    options?: CallOptions,
  ): Promise<{ count: number }>
  /** Waits for what is under way, then releases everything. May be called twice. */
  close(): Promise<void>
}

// ───────────────────────────────────────────── what a driver implements ─────────────────────────────────────────────

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject
export interface JsonObject {
  [key: string]: JsonValue
}

/** What a driver must know of a collection. */
export interface CollectionInfo {
  readonly name: string
  /** In the order of their declaration; at most five. */
  readonly indexes: readonly IndexInfo[]
  /**
   * The field with the end of a document's life, when there is one. Where documents stand, and how long, is for {@link place}
   * to say; the names of fields only tell a driver that a declaration has changed since it wrote them.
   */
  readonly ttl?: string | undefined
  readonly shards: number
  /** Where a document stands, from its encoded value. For rebuilding an index; actions and imports bring it along. */
  place(id: string, value: JsonObject): Placement
}

export interface IndexInfo {
  readonly name: string
  readonly unique: boolean
  readonly sorted: boolean
  /** Names of the fields that it is by: the partition, and the sort field when it has one. */
  readonly fields: readonly string[]
}

/** Where a document stands in its collection and its indexes, and how long. */
export interface Placement {
  /** The id in order-preserving encoding; at most 1,024 bytes. */
  readonly position: string
  /** By index name; an index the document is not in is absent. */
  readonly entries: Readonly<Record<string, IndexEntry>>
  /** Unix time in milliseconds from which on the document is absent. */
  readonly expiresAtMs?: number | undefined
}

/** Where a document stands in an index. Strings in order-preserving encoding: compare them by their UTF-8 bytes. */
export interface IndexEntry {
  /** At most 1,800 bytes. */
  readonly partition: string
  /** Sort field (when the index has one) and id; at most 1,024 bytes. */
  readonly position: string
}

/** A document as a driver gives it back. */
export interface DriverDocument {
  readonly id: string
  /** Whole number, at least 1. */
  readonly version: number
  /** Encoded by the codec: plain JSON, `id` and `version` not in it. Must come back equal, as a fresh object each time. */
  readonly value: JsonObject
  /**
   * From `read` only: tells this write of the document from every other, also from one of another life of it at the same
   * version. Opaque. A driver without one cannot keep an update from changing a document that was deleted and made anew.
   */
  readonly revision?: unknown
}

/** The condition of an action: nothing, no document, some document, or this version of it. */
export type Expected = 'any' | 'absent' | 'present' | number

/** One write of a commit. A `put` brings no version: the driver gives it the stored version + 1, or 1 when there is none. */
export type DriverAction =
  | {
      readonly kind: 'put'
      readonly collection: CollectionInfo
      readonly id: string
      readonly expected: Expected
      /** Beside `expected`: the document is still what `read` gave with this. */
      readonly revision?: unknown
      readonly value: JsonObject
      readonly placement: Placement
    }
  | {
      readonly kind: 'delete' | 'check'
      readonly collection: CollectionInfo
      readonly id: string
      readonly expected: Expected
      /** The id in order-preserving encoding. */
      readonly position: string
    }

/** Lists documents with `from` ≤ position < `to` (never an empty range), by UTF-8 bytes of their position. */
export interface DriverQuery {
  readonly collection: CollectionInfo
  /** Absent: the whole collection by id. */
  readonly index?: { readonly name: string; readonly partition: string } | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly order: 'asc' | 'desc'
  readonly limit: number
}

/** Of every call: the time that decides what has expired, and the caller's patience. */
export interface DriverCall {
  /** Unix milliseconds. A document with `expiresAtMs <= nowMs` is absent, in conditions and unique indexes too. */
  readonly nowMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * A storage engine. Arguments were validated: ids, sizes, numbers of actions and index entries are within the contract.
 * Throws FREEDA_CONFLICT from `commit`; FREEDA_THROTTLED, FREEDA_UNAVAILABLE or FREEDA_TIMEOUT from any call.
 */
export interface StorageDriver {
  /** For messages, e.g. `json`. */
  readonly name: string
  /** The documents in the order asked, `undefined` where there is none. Sees every acknowledged commit. */
  read(
    collection: CollectionInfo,
    keys: readonly { readonly id: string; readonly position: string }[],
    call: DriverCall,
  ): Promise<(DriverDocument | undefined)[]>
  /**
   * All or nothing; durable when it resolves. Returns a number for each action: the new version for `put`,
   * the version that was there (0 for none) for `delete` and `check`.
   */
  commit(actions: readonly DriverAction[], call: DriverCall): Promise<number[]>
  /**
   * As many documents as there are, up to `limit`; `more` tells whether the range goes on after the last, and is never
   * `true` with less than `limit` documents: expired ones are passed over, not counted.
   */
  query(query: DriverQuery, call: DriverCall): Promise<{ documents: DriverDocument[]; more: boolean }>
  /** Resolves when the engine can serve; throws why not. */
  health(call: DriverCall): Promise<void>
  /** Every document that has not expired, of every collection in the store. */
  export(call: DriverCall): AsyncIterable<ExportedDocument>
  /**
   * Writes documents with the versions that they bring, over what is there, without any condition. Called with bounded
   * batches, no document twice in one. Durable when it resolves. One that ends in the middle leaves each document whole, its
   * places in the indexes and its unique values included: a copy that goes on takes a document that is there for done.
   */
  import(
    documents: readonly (DriverDocument & {
      readonly collection: CollectionInfo
      readonly placement: Placement
    })[],
    call: DriverCall,
  ): Promise<void>
  /**
   * Brings every document into the indexes that are declared now, while apps read and write. Absent where indexes are built
   * when the store is opened.
   * @throws FREEDA_STORAGE_TABLE naming documents that cannot be in an index.
   */
  reindex?(call: {
    readonly signal?: AbortSignal | undefined
    /** Told of documents that were looked at. */
    readonly advance?: ((documents: number) => void) | undefined
  }): Promise<void>
  close(): Promise<void>
}

/** The app's store. A storage plugin provides it; the runtime puts collections on top. */
export const StorageDriver: Service<StorageDriver> = service<StorageDriver>('freeda.storage')

/**
 * What the app opens its store for. `export`: only `export`, `health` and `close` will be called, so that a driver need not
 * hold what serving takes, and must make nothing that is not there. `reindex`: only `reindex` and `close`. Absent in an app
 * that serves.
 */
export const StorageUse: Service<StorageUse> = service<StorageUse>('freeda.storage-use')
export type StorageUse = 'serve' | 'export' | 'reindex'

/** Every collection that the app's plugins declare. Provided by the runtime, for storage plugins. */
export const DeclaredCollections: Service<readonly CollectionInfo[]> =
  service<readonly CollectionInfo[]>('freeda.collections')
