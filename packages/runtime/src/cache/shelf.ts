/** Where the values of one plugin's cache lie: in memory, or in a store. */
import { failed } from '../circuit/guard.ts'
import type { PackedValue } from '../storage/pack-value.ts'

/** Somebody else loads the key. */
export const taken: unique symbol = Symbol('taken')

/** At once when it can be: a hit in memory should not wait. */
export type Soon<T> = T | Promise<T>

export interface Claim {
  keep(packed: PackedValue, ttlMs: number): Soon<boolean>
  release(): Soon<unknown>
}

export interface Shelf {
  /** Whether other instances use it too. */
  readonly isShared: boolean
  /** The value; `undefined` when there is none. */
  read(key: string): Soon<unknown>
  write(key: string, packed: PackedValue, ttlMs: number, tags: readonly string[]): Soon<boolean>
  delete(key: string): Soon<boolean>
  invalidate(tag: string): Soon<boolean>
  claim(key: string, ttlMs: number, tags: readonly string[]): Soon<Claim | typeof taken | typeof failed>
}

export const isFound = (read: unknown): boolean => read !== undefined && read !== failed
