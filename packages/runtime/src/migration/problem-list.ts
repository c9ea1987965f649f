/** Problems of documents: all are counted, as many as anybody reads are kept. */
import type { Problem } from '../errors.ts'

export interface ProblemList {
  add(problem: Problem): void
  readonly total: number
  readonly listed: readonly Problem[]
}

const maxListed = 1000

export function problemList(): ProblemList {
  const listed: Problem[] = []
  let total = 0
  return {
    add(problem) {
      total++
      if (listed.length < maxListed) listed.push(problem)
    },
    get total() {
      return total
    },
    listed,
  }
}
