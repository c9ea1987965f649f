/** Asks a store again while it says that this may help. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isFreedaError } from '../errors.ts'

const maxTries = 8
const firstDelayMs = 100
const longestDelayMs = 10_000

/** For calls that may be done twice. Waits with full jitter in between; the last failure is thrown. */
export async function patiently<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    signal?.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      if (tried >= maxTries || !isFreedaError(error) || !error.retryable) throw error
      await sleep(Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** tried), undefined, { signal })
    }
  }
}
