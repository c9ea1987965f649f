/** The values of one plugin in a store that instances share. */
import type { Logger } from 'pino'
import type { CacheStore } from '../cache.ts'
import { createGuard, failed } from '../circuit/guard.ts'
import { timeLimit } from '../circuit/time-limit.ts'
import { unpackText } from '../storage/pack-value.ts'
import { taken, type Shelf } from './shelf.ts'

/** How long others leave the loading of a key to one instance: longer than most loads, so short that its death is no harm. */
const claimMs = 5_000

/** The guards of a store, for the caches of all plugins. Reads go on when memory is full; so does deleting. */
export function guardedStore(store: CacheStore, log: Logger): (namespace: string) => Shelf {
  const within = timeLimit(store.timeLimitMs)
  const guard = (calls: string) =>
    createGuard({
      what: `${calls} of the cache store ${store.name}`,
      meanwhile: 'the app goes on without',
      within,
      log,
    })
  const reading = guard('reads')
  const writing = guard('writes')
  const deleting = guard('deletions')
  const done = async (answer: Promise<unknown>) => (await answer) !== failed

  return (namespace) => ({
    isShared: true,
    read: (key) =>
      reading(async () => {
        const text = await store.read({ namespace, key })
        return text === undefined ? undefined : unpackText(text).value
      }),
    write: (key, { text }, ttlMs, tags) =>
      done(writing(() => store.write({ namespace, key, ttlMs, tags }, text))),
    delete: (key) => done(deleting(() => store.delete({ namespace, key }))),
    invalidate: (tag) => done(deleting(() => store.invalidate({ namespace, tag }))),
    async claim(key, ttlMs, tags) {
      const claim = await writing(() => store.claim({ namespace, key, ttlMs, tags }, claimMs))
      if (claim === failed) return failed
      if (claim === undefined) return taken
      return {
        keep: ({ text }, ttl) => done(writing(() => claim.keep(text, ttl))),
        release: () => deleting(() => claim.release()),
      }
    },
  })
}
