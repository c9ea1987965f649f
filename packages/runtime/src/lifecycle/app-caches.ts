/** The caches of an app: one for each plugin, on the store that a plugin provides, else in memory. */
import type { Logger } from 'pino'
import { Cache, CacheStore } from '../cache.ts'
import { cacheMetrics } from '../cache/cache-metrics.ts'
import { memoryShelf } from '../cache/memory-shelf.ts'
import { openCache } from '../cache/open-cache.ts'
import type { Shelf } from '../cache/shelf.ts'
import { guardedStore } from '../cache/store-shelf.ts'
import type { Container } from '../container/create-container.ts'
import type { Plan } from '../plugins/plan.ts'
import type { Observers } from './observe-app.ts'

/** Opens the cache of a plugin; what stands in for the token, as in a test, is for all of them. */
export type OpenCacheOf = (plugin: string) => Promise<Cache>

interface Surroundings {
  readonly plan: Pick<Plan, 'cache'>
  readonly container: Container
  readonly observers: Observers
  readonly log: Logger
}

export function appCaches({ plan, container, observers, log }: Surroundings): OpenCacheOf {
  let metricsOf: ReturnType<typeof cacheMetrics> | undefined
  let shelfOf: ((namespace: string) => Shelf | Promise<Shelf>) | undefined

  function findShelves() {
    const store = container.find(CacheStore.id) as CacheStore | undefined
    return store === undefined ? () => memoryShelf(plan.cache.maxBytes) : guardedStore(store, log)
  }

  return async (plugin) => {
    if (container.has(Cache.id)) return container.get(Cache)
    // Not before: the plugin that provides the store is set up before those that need a cache.
    shelfOf ??= findShelves()
    // Nor these: an app without a cache has nothing to count.
    metricsOf ??= cacheMetrics(observers.registrar('cache'))
    const { maxValueBytes } = plan.cache
    return openCache({ plugin, shelf: await shelfOf(plugin), maxValueBytes, metrics: metricsOf(plugin), log })
  }
}
