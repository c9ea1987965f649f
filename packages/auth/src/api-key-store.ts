/** Keeps API keys: what of them is written down, and how one is checked. */
import { collection, FreedaError, isFreedaError, type CollectionOf, type Logger } from '@freeda/runtime'
import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { makeId, makeKey, parseKey } from './api-key-format.ts'
import type { ApiKeyInfo, ApiKeys } from './api-keys-service.ts'

const Former = z.object({ hash: z.string(), until: z.date() })
const StoredKey = z.object({
  name: z.string(),
  hash: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.date(),
  expiresAt: z.date().optional(),
  lastUsedAt: z.date().optional(),
  /** Keys before rotations, latest first, as long as they hold. Versions before kept one, and not in a list. */
  previous: z.union([z.array(Former), Former]).optional(),
})
/** Who rotates once more because the answer was lost keeps the key that is deployed. */
const mostPrevious = 5
type StoredKey = z.infer<typeof StoredKey>

/** Expired keys are absent, as the store sees to it. */
export const apiKeyCollection = collection(StoredKey, { name: 'auth.apiKeys', ttl: 'expiresAt' })

type Keys = CollectionOf<typeof apiKeyCollection>

/** A write a request would cost more than all else of a request. */
const lastUsedStepMs = 3_600_000

export interface ApiKeyStore extends ApiKeys {
  /** The key, when it holds. Wrong, revoked and expired keys cannot be told apart. */
  check(text: string, signal: AbortSignal): Promise<ApiKeyInfo | undefined>
  /** Waits for what is still being written. */
  flush(): Promise<void>
}

export function apiKeyStore(keys: Keys, prefix: string, log: Logger, now = () => Date.now()): ApiKeyStore {
  const marking = new Map<string, Promise<void>>()

  /** Behind the back of the request, which must neither wait for it nor fail with it. */
  function markUsed(id: string, lastUsedAt: Date | undefined): void {
    const at = now()
    if (marking.has(id) || (lastUsedAt !== undefined && at - lastUsedAt.getTime() < lastUsedStepMs)) return
    // `update` never brings back a key that was revoked meanwhile.
    const done = keys
      .update(id, (current) => ({ ...current, lastUsedAt: new Date(at) }))
      .then(
        () => undefined,
        (err: unknown) => {
          if (!isFreedaError(err, 'FREEDA_NOT_FOUND'))
            log.warn({ err, id }, 'could not note the use of an API key')
        },
      )
      .finally(() => marking.delete(id))
    marking.set(id, done)
  }

  return {
    async issue({ name, scopes = [], expiresInSeconds }) {
      if (expiresInSeconds !== undefined && !(expiresInSeconds > 0))
        throw new FreedaError('FREEDA_VALIDATION', {
          what: 'The API key',
          errors: [{ path: 'expiresInSeconds', message: 'Expected a number above 0' }],
        })
      const id = makeId()
      const { key, hash } = makeKey(prefix, id)
      const createdAt = new Date(now())
      const expiresAt =
        expiresInSeconds === undefined ? undefined : new Date(createdAt.getTime() + expiresInSeconds * 1000)
      const stored = await keys.create(
        { name, hash, scopes: [...scopes], createdAt, ...(expiresAt === undefined ? {} : { expiresAt }) },
        { id },
      )
      return { ...infoOf(id, stored), key }
    },

    async rotate(id, { overlapSeconds = 0 } = {}) {
      const { key, hash } = makeKey(prefix, id)
      const stored = await keys.update(id, ({ previous, ...current }) => {
        if (overlapSeconds <= 0) return { ...current, hash }
        const until = new Date(now() + overlapSeconds * 1000)
        const holding = listed(previous).filter((one) => one.until.getTime() > now())
        return {
          ...current,
          hash,
          previous: [{ hash: current.hash, until }, ...holding].slice(0, mostPrevious),
        }
      })
      return { ...infoOf(id, stored), key }
    },

    revoke: (id) => keys.delete(id),

    async list(page = {}) {
      const { items, cursor } = await keys.query(page)
      return {
        items: items.map((stored) => infoOf(stored.id, stored)),
        ...(cursor === undefined ? {} : { cursor }),
      }
    },

    async check(text, signal) {
      const parts = parseKey(prefix, text)
      if (parts === undefined) return undefined
      const stored = await keys.get(parts.id, { signal })
      if (stored === undefined || !holds(stored, parts.hash, now())) return undefined
      markUsed(parts.id, stored.lastUsedAt)
      return infoOf(parts.id, stored)
    },

    flush: async () => void (await Promise.all(marking.values())),
  }
}

const listed = (previous: StoredKey['previous']) =>
  previous === undefined ? [] : Array.isArray(previous) ? previous : [previous]

function holds({ hash, previous }: StoredKey, given: string, nowMs: number): boolean {
  if (isSame(hash, given)) return true
  return listed(previous).some(({ hash, until }) => until.getTime() > nowMs && isSame(hash, given))
}

/** In a time that does not depend on where they differ. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const infoOf = (id: string, { name, scopes, createdAt, expiresAt, lastUsedAt }: StoredKey): ApiKeyInfo => ({
  id,
  name,
  scopes,
  createdAt,
  ...(expiresAt === undefined ? {} : { expiresAt }),
  ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
})
