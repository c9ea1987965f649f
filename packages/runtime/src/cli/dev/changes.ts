/** Changes that are not taken up yet. */

export interface Changes {
  /** Notes why there is something to do: paths, or the key that was pressed. */
  add(reasons: readonly string[], options?: { readonly forced?: boolean }): void
  readonly isEmpty: boolean
  /** Resolves when there is something to do; at once when there is already. */
  next(): Promise<void>
  /** Gives all of it, and forgets it. */
  take(): { readonly reasons: readonly string[]; readonly forced: boolean; readonly sinceMs: number }
}

export function pendingChanges(): Changes {
  let reasons: string[] = []
  let forced = false
  let sinceMs = 0
  let waiting: (() => void)[] = []
  return {
    add(more, options = {}) {
      if (reasons.length === 0) sinceMs = performance.now()
      reasons.push(...more)
      forced ||= options.forced ?? false
      for (const resolve of waiting) resolve()
      waiting = []
    },
    get isEmpty() {
      return reasons.length === 0
    },
    next: () =>
      reasons.length > 0 ? Promise.resolve() : new Promise<void>((resolve) => void waiting.push(resolve)),
    take() {
      const taken = { reasons: [...new Set(reasons)], forced, sinceMs }
      reasons = []
      forced = false
      return taken
    },
  }
}
