/**
 * Leases without clocks that agree: whoever wants to take over watches the owner's document. Its version must stay
 * unchanged for the whole lease on the watcher's own monotonic clock; owners write it anew at a third of the lease.
 * Source: https://docs.aws.amazon.com/streams/latest/dev/shared-throughput-kcl-consumers.html
 */

/** What an owner holds, as it was just read. */
export interface SeenLease {
  readonly id: string
  /** Changes with every sign of life. */
  readonly version: number
  readonly leaseMs: number
}

/** When the leases were read, on a monotonic clock, in milliseconds. */
export interface ReadTimes {
  readonly beganMs: number
  readonly endedMs: number
}

export interface LeaseWatch {
  /** Tells which leases have lapsed. `seen` is all that is held: what is not in it is forgotten. */
  lapsed<T extends SeenLease>(seen: readonly T[], read: ReadTimes): T[]
}

export function watchLeases(): LeaseWatch {
  let watched = new Map<string, { readonly version: number; readonly sinceMs: number }>()
  return {
    lapsed(seen, { beganMs, endedMs }) {
      const before = watched
      watched = new Map()
      return seen.filter(({ id, version, leaseMs }) => {
        const known = before.get(id)
        // The owner may have written while this was read: its time counts from the end of the read, and ends before the next.
        const sinceMs = known?.version === version ? known.sinceMs : endedMs
        watched.set(id, { version, sinceMs })
        return beganMs - sinceMs >= leaseMs
      })
    },
  }
}
