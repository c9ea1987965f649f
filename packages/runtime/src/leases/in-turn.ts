/** Does things one after the other: who writes what others may have changed must know which write of its own came last. */
export interface Turns {
  /** Begins when all that was asked for before is over, however it ended. */
  take<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

export function inTurn(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return {
    take(work) {
      const mine = last.then(work)
      last = mine.catch(() => undefined)
      return mine
    },
    async idle() {
      await last
    },
  }
}
