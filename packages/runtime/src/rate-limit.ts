/** Where requests are counted: the contract of stores that several instances of an app share. */
import { service, type Service } from './service.ts'

export interface RateLimitUse {
  /** Whether the request may pass. */
  readonly allowed: boolean
  /** What is left of the quota; 0 when it is used up. */
  readonly remaining: number
  /** Until the quota is whole again, in milliseconds. */
  readonly resetMs: number
}

/**
 * Counts uses. Provided by a plugin; without one, each instance counts in its own memory, as it does while the store
 * throws or answers too late.
 */
export interface RateLimitStore {
  /** For messages, e.g. `redis`. */
  readonly name?: string
  /** How long one call may take, in milliseconds. Default 250. */
  readonly timeLimitMs?: number
  /**
   * Takes `points` of the `limit` that `key` has in each `windowSeconds`. A window begins with the first use, and ends
   * whatever comes meanwhile: what is refused does not make it longer.
   */
  consume(key: string, points: number, limit: number, windowSeconds: number): Promise<RateLimitUse>
}

export const RateLimitStore: Service<RateLimitStore> = service<RateLimitStore>('freeda.rate-limit')
