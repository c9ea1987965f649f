/** The same history on two stores: every result must be the same. */
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { subjectOn } from './collections.ts'
import { differenceText, reproduction } from './reproduction.ts'
import { histories, seen, startMs, type Step } from './steps.ts'
import type { OpenStore } from './stores.ts'

export interface Stores {
  readonly reference: OpenStore
  readonly tested: OpenStore
}

/**
 * Runs one history on both.
 * @returns the first step whose results differ, as text.
 */
export async function differenceOf(stores: Stores, steps: readonly Step[]): Promise<string | undefined> {
  let nowMs = startMs
  const clock = () => nowMs
  const [reference, tested] = await Promise.all([stores.reference(clock), stores.tested(clock)])
  let expected = subjectOn(reference.driver, clock)
  let found = subjectOn(tested.driver, clock)
  try {
    for (const [at, step] of steps.entries()) {
      if (step.do === 'wait') nowMs += step.ms
      if (step.do === 'reopen') {
        await Promise.all([found.storage.close(), expected.storage.close()])
        found = subjectOn(await tested.reopen(), clock)
        expected = subjectOn(await reference.reopen(), clock)
      }
      const [want, got] = [await seen(expected, step), await seen(found, step)]
      if (!isDeepStrictEqual(got, want)) return differenceText(at, step, want, got)
    }
    return undefined
  } finally {
    await Promise.all([reference.remove(), tested.remove()])
  }
}

export interface Search {
  readonly runs: number
  readonly seed?: number | undefined
  readonly maxSteps?: number
}

export interface Found {
  /** Histories that were run until one differed, shrinking not counted. */
  readonly runs: number
  /** The smallest history found that differs, with its seed, as a test to be pasted. */
  readonly report: string
  readonly steps: readonly Step[]
}

/** Looks for a history in which the two differ, and shrinks it. */
export async function search(
  stores: Stores,
  { runs, seed, maxSteps = 40 }: Search,
): Promise<Found | undefined> {
  const property = fc.asyncProperty(histories(maxSteps), async (steps) => {
    const difference = await differenceOf(stores, steps)
    if (difference !== undefined) throw new Error(difference)
  })
  const result = await fc.check(property, { numRuns: runs, ...(seed !== undefined && { seed }) })
  if (!result.failed) return undefined
  const [steps] = result.counterexample ?? [[]]
  const why =
    result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance)
  const report = reproduction({
    seed: result.seed,
    path: result.counterexamplePath,
    why,
    call: 'differenceOf(stores',
    steps,
  })
  return { runs: result.numRuns, report, steps }
}
