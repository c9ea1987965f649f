/** Agrees with other instances on who loads a key. */
import { setTimeout as delay } from 'node:timers/promises'
import { failed } from '../circuit/guard.ts'
import { isFound, taken, type Claim, type Shelf } from './shelf.ts'

export interface Wanted {
  readonly key: string
  readonly ttlMs: number
  readonly tags: readonly string[]
  readonly load: () => unknown
}

/** `claim` undefined: load, but do not keep it. */
export type Turn = { readonly value: unknown } | { readonly claim: Claim | undefined }

const shortestPollMs = 10
const longestPollMs = 100

/** Waits until the value is there or it is this instance's turn; without a claim when neither comes in time. */
export async function takeTurn(shelf: Shelf, { key, ttlMs, tags }: Wanted, waitMs: number): Promise<Turn> {
  const giveUpMs = performance.now() + waitMs
  for (let pollMs = shortestPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 1.5)) {
    const claim = await shelf.claim(key, ttlMs, tags)
    if (claim === failed) return { claim: undefined }
    if (claim !== taken) return firstLook(shelf, key, claim)
    if (performance.now() >= giveUpMs) return { claim: undefined }
    await delay(pollMs * (0.5 + Math.random()))
    const found = await shelf.read(key)
    if (isFound(found)) return { value: found }
    if (found === failed) return { claim: undefined }
  }
}

/** Whoever had the claim before may have written between this instance's miss and its claim. */
async function firstLook(shelf: Shelf, key: string, claim: Claim): Promise<Turn> {
  const found = shelf.isShared ? await shelf.read(key) : undefined
  if (!isFound(found)) return { claim }
  await claim.release()
  return { value: found }
}
