/** Bounds how long promises are waited for. */

export interface TimeLimit {
  /** @throws what the promise throws, or an error when it takes too long */
  <T>(promise: Promise<T>): Promise<T>
}

interface Waiting {
  readonly untilMs: number
  readonly giveUp: () => void
}

/** One timer for any number of calls: all have the same limit, so the first to begin is the first to end. */
export function timeLimit(limitMs: number): TimeLimit {
  const waiting = new Set<Waiting>()
  let timer: NodeJS.Timeout | undefined

  const watch = (delayMs: number) => {
    // Answers that came while the event loop was blocked are read before the immediate runs.
    timer = setTimeout(() => setImmediate(sweep), delayMs).unref()
  }

  function sweep(): void {
    timer = undefined
    const nowMs = performance.now()
    for (const one of waiting) {
      if (one.untilMs > nowMs) return watch(one.untilMs - nowMs)
      waiting.delete(one)
      one.giveUp()
    }
  }

  return (promise) =>
    new Promise((resolve, reject) => {
      const one: Waiting = {
        untilMs: performance.now() + limitMs,
        giveUp: () => reject(new Error(`no answer within ${limitMs} ms`)),
      }
      waiting.add(one)
      if (timer === undefined) watch(limitMs)
      // Not `finally`, which makes three more promises of a call.
      const end =
        <R>(settle: (result: R) => void) =>
        (result: R): void => {
          waiting.delete(one)
          settle(result)
        }
      promise.then(end(resolve), end(reject))
    })
}
