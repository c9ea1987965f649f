/** The default: the memory of the process, the least recently used out first. */
import type { JsonValue } from '../storage.ts'
import { unpackEncoded, type PackedValue } from '../storage/pack-value.ts'
import type { Claim, Shelf } from './shelf.ts'

interface Entry {
  /** Shared by all readers; absent when somebody could change it. */
  readonly value: unknown
  readonly encoded: JsonValue | undefined
  readonly tags: readonly string[]
}

/** What an entry takes beside its key and value, roughly. */
const entryBytes = 280
/** What a tag takes beside its text, roughly: a set of keys, mostly of one, and its places in the map and in the entry. */
const tagBytes = 350
/** An object in memory against its text, roughly. */
const bytesPerTextByte = 2

const bytesOf = (tags: readonly string[]): number =>
  tags.reduce((sum, tag) => sum + tagBytes + tag.length * bytesPerTextByte, 0)

/** Loads the library, which an app without a cache never does. */
export async function memoryShelf(maxBytes: number): Promise<Shelf> {
  const { LRUCache } = await import('lru-cache')
  const tagged = new Map<string, Set<string>>()
  // The library looks its clock up when it is loaded, which is too early for tests that set the clock.
  const entries = new LRUCache<string, Entry>({ maxSize: maxBytes, dispose: untag, perf: performance })

  function untag({ tags }: Entry, key: string): void {
    for (const tag of tags) {
      const keys = tagged.get(tag)
      if (keys?.delete(key) === true && keys.size === 0) tagged.delete(tag)
    }
  }

  function write(key: string, packed: PackedValue, ttlMs: number, tags: readonly string[]): boolean {
    // First, so that the old entry leaves its tags before the new one takes them.
    entries.delete(key)
    const { value, encoded, shareable, bytes } = packed
    const size = entryBytes + key.length + bytes * bytesPerTextByte + bytesOf(tags)
    if (size > maxBytes) return false
    entries.set(key, shareable ? { value, encoded: undefined, tags } : { value: undefined, encoded, tags }, {
      ttl: ttlMs,
      size,
    })
    for (const tag of tags) {
      const keys = tagged.get(tag)
      if (keys === undefined) tagged.set(tag, new Set([key]))
      else keys.add(key)
    }
    return true
  }

  return {
    isShared: false,
    read(key) {
      const entry = entries.get(key)
      return entry?.encoded === undefined ? entry?.value : unpackEncoded(entry.encoded).value
    },
    write,
    delete(key) {
      entries.delete(key)
      return true
    },
    invalidate(tag) {
      for (const key of tagged.get(tag) ?? []) entries.delete(key)
      return true
    },
    claim: (key, _, tags): Claim => ({
      keep: (packed, ttlMs) => write(key, packed, ttlMs, tags),
      release: () => undefined,
    }),
  }
}
