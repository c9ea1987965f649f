/** Puts the updates of one document in a row, so that those of one process never race each other. */

export interface UpdateQueue {
  /** Runs `work` after every earlier work of the same key has settled, unless `signal` has aborted by then. */
  inTurn<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>
}

export function updateQueue(): UpdateQueue {
  const tails = new Map<string, Promise<void>>()
  return {
    inTurn(key, signal, work) {
      const before = tails.get(key)
      const turn = (async () => {
        await before
        signal?.throwIfAborted()
        return work()
      })()
      const leave = () => {
        if (tails.get(key) === tail) tails.delete(key)
      }
      const tail = turn.then(leave, leave)
      tails.set(key, tail)
      return turn
    },
  }
}
