/** Back-pressure for whoever sends to one client. */
export const yes: Promise<boolean> = Promise.resolve(true)
export const no: Promise<boolean> = Promise.resolve(false)

export interface Pace {
  /** Resolves with what {@link release} is called with next; the same promise for all who wait. */
  full(): Promise<boolean>
  /** `true`: there is room again; `false`: there will be none. */
  release(more: boolean): void
}

export function pace(): Pace {
  let waiting: Promise<boolean> | undefined
  let settle: ((more: boolean) => void) | undefined
  return {
    full: () => (waiting ??= new Promise((resolve) => (settle = resolve))),
    release(more) {
      settle?.(more)
      settle = waiting = undefined
    },
  }
}
