/** Transactions on documents that others write too. */
import { isFreedaError } from '@freeda/runtime'
import { setTimeout as delay } from 'node:timers/promises'

const maxAttempts = 40
const maxDelayMs = 100

/** What `work` read does not fit together any more. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile'
}

/**
 * Does `work` again while another writer comes between its reads and its transaction. The contract's `update` does this for
 * one document; there is nothing for several. Waits at random, so that those who compete do not meet again.
 * Source: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 * @throws FREEDA_CONFLICT or ChangedMeanwhile after 40 attempts, and at once when a unique value is taken: reading again does not free it
 */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const mayPass =
        error instanceof ChangedMeanwhile ||
        (isFreedaError(error, 'FREEDA_CONFLICT') && error.data.index === undefined)
      if (!mayPass || attempt === maxAttempts) throw error
      await delay(Math.random() * Math.min(maxDelayMs, 2 ** attempt))
    }
  }
}
