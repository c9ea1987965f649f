/** One plugin's cache, on a shelf in memory or in a store. */
import type { Cache, CacheTags } from '../cache.ts'
import { failed } from '../circuit/guard.ts'
import type { ReadOutcome } from './cache-metrics.ts'
import { checkKey, checkTag, checkWrite } from './check-arguments.ts'
import { createFlights, type Flight } from './flights.ts'
import { packCached } from './pack-cached.ts'
import { isFound, type Claim, type Shelf } from './shelf.ts'
import { takeTurn, type Wanted } from './take-turn.ts'
import { valueKeeper, type ValueKeeperOptions } from './value-keeper.ts'

export interface OpenCacheOptions extends ValueKeeperOptions {
  readonly shelf: Shelf
  /** How long to wait for the load of another instance before loading too. Default 2,000. */
  readonly waitMs?: number
}

const defaultWaitMs = 2_000
/** Values that are made together should not end together. */
const jitter = 0.1

export function openCache(options: OpenCacheOptions): Cache {
  const { shelf, metrics } = options
  const flights = createFlights()
  const lookUp = createLookUp(options)

  const deletion = async (done: boolean | Promise<boolean>) => {
    const isDone = await done
    metrics.deletion(isDone ? 'ok' : 'error')
    return isDone
  }

  // What lies in memory had its key checked when it was written.
  function hit(found: unknown): unknown {
    metrics.read('hit')
    return found
  }

  function gotten(found: unknown): unknown {
    metrics.read(outcomeOf(found))
    return found === failed ? undefined : found
  }

  return {
    async get<T>(key: string) {
      const atHand = shelf.isShared ? undefined : shelf.read(key)
      if (isFound(atHand)) return hit(atHand) as T
      checkKey(key)
      // No `await` here: a function that may wait costs half as much again when it does not.
      return (shelf.isShared ? Promise.resolve(shelf.read(key)).then(gotten) : gotten(atHand)) as
        T | undefined
    },

    async set(key, value, { ttlMs, tags = [] }) {
      checkKey(key)
      checkWrite(ttlMs, tags)
      const packed = packCached(key, value)
      flights.outdateKey(key)
      return lookUp.keeper.keep(key, packed, (fit) => shelf.write(key, fit, shortened(ttlMs), [...tags]))
    },

    async delete(key) {
      checkKey(key)
      flights.outdateKey(key)
      return deletion(shelf.delete(key))
    },

    async invalidate(tag) {
      checkTag(tag)
      flights.outdateTag(tag)
      return deletion(shelf.invalidate(tag))
    },

    async remember(key, ttlMs, load, { tags = [] }: CacheTags = {}) {
      const atHand = shelf.isShared ? undefined : shelf.read(key)
      if (isFound(atHand)) return hit(atHand) as never
      checkKey(key)
      checkWrite(ttlMs, tags)
      const underWay = flights.find(key)
      if (underWay !== undefined) {
        metrics.read('shared')
        return underWay as never
      }
      const wanted = { key, ttlMs, tags: [...tags], load }
      return flights.begin(key, wanted.tags, (flight) =>
        lookUp.find(wanted, shelf.isShared ? shelf.read(key) : atHand, flight),
      ) as never
    },
  }
}

/** What one flight does: looks, takes its turn, loads, keeps. */
function createLookUp(options: OpenCacheOptions) {
  const { shelf, metrics, waitMs = defaultWaitMs } = options
  const keeper = valueKeeper(options)

  async function loadAndKeep({ key, ttlMs, load }: Wanted, claim: Claim | undefined, flight: Flight) {
    let isKept = false
    try {
      const value = await keeper.load(load)
      if (value === undefined) return undefined
      const packed = packCached(key, value)
      if (flight.outdated) metrics.write('dropped')
      else if (claim !== undefined)
        isKept = await keeper.keep(key, packed, (fit) => claim.keep(fit, shortened(ttlMs)))
      return packed === undefined ? value : packed.value
    } finally {
      if (!isKept) await claim?.release()
    }
  }

  return {
    keeper,
    async find(wanted: Wanted, read: unknown, flight: Flight): Promise<unknown> {
      const found = await read
      metrics.read(outcomeOf(found))
      if (isFound(found)) return found
      // Where reading fails there is nobody to agree with.
      const turn = found === failed ? { claim: undefined } : await takeTurn(shelf, wanted, waitMs)
      return 'value' in turn ? turn.value : loadAndKeep(wanted, turn.claim, flight)
    },
  }
}

const outcomeOf = (read: unknown): ReadOutcome =>
  read === undefined ? 'miss' : read === failed ? 'error' : 'hit'

const shortened = (ttlMs: number): number => Math.max(1, Math.floor(ttlMs * (1 - jitter * Math.random())))
