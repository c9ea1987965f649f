import { randomInt } from 'node:crypto'

/** 2025-01-01. Leaves room below 2^53, the end of whole numbers in JSON, for the next 270 years. */
const epochMs = Date.UTC(2025, 0, 1)
const perMs = 1_024

/**
 * Makes numbers for comments: the specification wants integers where the store has text. They are made of the time and of
 * chance, without a counter that all writers would have to meet at; those of one process rise, those of several may meet,
 * and then the store refuses the second.
 */
export function commentNumbers(nowMs: () => number): () => number {
  let last = 0
  return () => (last = Math.max(last + 1, (nowMs() - epochMs) * perMs + randomInt(perMs)))
}
