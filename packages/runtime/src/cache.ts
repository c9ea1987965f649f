/** Cache: values that are dear to make, and may be lost at any time. */
import { service, type Service } from './service.ts'

export interface CacheTags {
  /** Names under which values can be invalidated together, at most 16. */
  readonly tags?: readonly string[]
}

export interface CacheWriteOptions extends CacheTags {
  /** How long the value may be served, in milliseconds, at most 2,147,483,647. Up to a tenth is taken off at random. */
  readonly ttlMs: number
}

/**
 * A plugin's own cache: nobody else sees its keys and tags. Keys and tags are texts of 1 to 512 bytes; values are what
 * collections can keep (JSON, Date, bigint, Uint8Array), but for `undefined`. What comes back is frozen.
 *
 * No method fails because the cache is down, slow or full. Each may throw FREEDA_VALIDATION for a key, tag, time or value
 * that cannot be.
 */
export interface Cache {
  /** `undefined`: not there, or the cache does not answer. */
  get<T = unknown>(key: string): Promise<T | undefined>
  /** Resolves to whether the value is kept: not when it is too large, or when the cache does not take it. */
  set(key: string, value: unknown, options: CacheWriteOptions): Promise<boolean>
  /**
   * Resolves to whether it is gone for every instance. `false`: the cache did not answer in time, and others may serve the
   * value until its time is over. A load under way is not kept.
   */
  delete(key: string): Promise<boolean>
  /**
   * The value of `key`; unless it is there, `load` makes it, once for all who ask at the same time, on every instance.
   * What `load` throws is thrown, and nothing is kept; `undefined` is given back and never kept.
   */
  remember<T>(key: string, ttlMs: number, load: () => T | Promise<T>, options?: CacheTags): Promise<T>
  /** Deletes every value that was written with this tag. Resolves as {@link Cache.delete}. */
  invalidate(tag: string): Promise<boolean>
}

/** Provided by the runtime: in the memory of the process, or on the {@link CacheStore} that a plugin provides. */
export const Cache: Service<Cache> = service<Cache>('freeda.cache')

/** The right to write what was loaded, which one instance has at a time. */
export interface CacheClaim {
  /** Keeps the value, unless the claim is over, or the key was written or deleted or a tag invalidated since it was given. */
  keep(text: string, ttlMs: number): Promise<void>
  /** Gives it back. */
  release(): Promise<void>
}

export interface CacheEntryName {
  /** The plugin. */
  readonly namespace: string
  readonly key: string
}

export interface CacheEntryWrite extends CacheEntryName {
  readonly tags: readonly string[]
  readonly ttlMs: number
}

/**
 * Where instances share a cache. The runtime encodes values, waits no longer than `timeLimitMs`, leaves a store that fails
 * alone for a while, and loads a key once in a process. Every method may throw; that is a miss.
 */
export interface CacheStore {
  /** For messages, e.g. `redis`. */
  readonly name: string
  /** How long one call may take, in milliseconds. */
  readonly timeLimitMs: number
  read(entry: CacheEntryName): Promise<string | undefined>
  /** Ends a claim on the key. */
  write(entry: CacheEntryWrite, text: string): Promise<void>
  /** Ends a claim on the key. */
  delete(entry: CacheEntryName): Promise<void>
  invalidate(tag: { readonly namespace: string; readonly tag: string }): Promise<void>
  /** Takes the right to load a key for `claimMs` at most; `undefined` while somebody else has it. */
  claim(entry: CacheEntryWrite, claimMs: number): Promise<CacheClaim | undefined>
}

export const CacheStore: Service<CacheStore> = service<CacheStore>('freeda.cache-store')
