/** Where answers to `Idempotency-Key` are kept. */
import { z } from 'zod'
import { collection, type CollectionOf } from '../storage.ts'

/** One document a key: claimed before the handler runs, answered after it. */
export const claimsCollection = collection(
  z.object({
    /** Of the request: method, path, query and body. */
    fingerprint: z.string(),
    claimedAtMs: z.number(),
    /** Absent as long as the handler runs, and when nobody knows how it ended. */
    answer: z
      .object({
        status: z.number(),
        headers: z.record(z.string(), z.string()),
        /** `false`: there was one, too large to be kept or a stream. */
        body: z.union([z.string(), z.null(), z.literal(false)]),
      })
      .optional(),
    /** Unix seconds. */
    expiresAt: z.number(),
  }),
  { name: 'freeda.idempotency', ttl: 'expiresAt' },
)

export interface IdempotencyStore {
  readonly claims: CollectionOf<typeof claimsCollection>
  /** How long a handler may run; after that nobody waits for it any more. */
  readonly runMs: number
}
