/** Says once that something failed, and once that it works again. */
import type { Logger } from '@freeda/runtime'

export interface TroubleLog {
  failed(err: unknown): void
  works(): void
  /** Nothing more is said. */
  close(): void
}

/** @param what `the connection to Redis` */
export function troubleLog(what: string, log: Logger): TroubleLog {
  let isFailing = false
  let isClosed = false
  return {
    failed(err) {
      if (!isFailing && !isClosed) log.error({ err }, `${what} failed; it is tried again until it works`)
      isFailing = true
    },
    works() {
      if (isFailing && !isClosed) log.warn(`${what} works again`)
      isFailing = false
    },
    close() {
      isClosed = true
    },
  }
}
