/** Ids for documents that bring none. */
import { randomUUID } from 'node:crypto'

const counters = 0x1000

/**
 * Makes UUIDs of version 7: their text sorts by time, and those of one maker in the order of making, also within a
 * millisecond and when the clock steps back.
 * Source: https://www.rfc-editor.org/rfc/rfc9562#section-6.2 (method 1, a counter of 12 bits)
 */
export function timeOrderedIds(clock: () => number): () => string {
  let lastMs = -1
  let counter = 0
  return () => {
    const nowMs = Math.floor(clock())
    if (nowMs > lastMs) {
      lastMs = nowMs
      counter = 0
    } else if (++counter === counters) {
      lastMs++
      counter = 0
    }
    const time = lastMs.toString(16).padStart(12, '0')
    // From version 4: the two bits of the variant and 62 random ones.
    const random = randomUUID().slice(19)
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${random}`
  }
}
