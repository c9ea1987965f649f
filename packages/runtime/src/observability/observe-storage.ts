/** Lets somebody watch what the app does with its collections. While nobody does, a call costs one comparison more. */
import { isFreedaError } from '../errors.ts'
import type { Collection, CollectionDefinition, CollectionOf, Page, Query, Storage } from '../storage.ts'

export interface StorageObserver {
  /** Runs `work`, and gives back what it gives. `collection` is undefined for a transaction. */
  around<T>(collection: string | undefined, operation: string, work: () => Promise<T>): Promise<T>
}

type AnyCollection = Collection<object, unknown>

/** @param observer asked at each call, since tracing may begin later than storage. */
export function observeStorage(storage: Storage, observer: () => StorageObserver | undefined): Storage {
  const observed = new WeakMap<object, AnyCollection>()
  return {
    ...storage,
    collection<D extends CollectionDefinition>(definition: D) {
      const inner = storage.collection(definition) as unknown as AnyCollection
      const known = observed.get(inner) ?? observeCollection(inner, observer)
      observed.set(inner, known)
      return known as unknown as CollectionOf<D>
    },
    transact(operations, options) {
      const work = () => storage.transact(operations, options)
      const watching = observer()
      return watching === undefined ? work() : watching.around(undefined, 'transact', work)
    },
  }
}

function observeCollection(inner: AnyCollection, observer: () => StorageObserver | undefined): AnyCollection {
  const { name } = inner
  const watch =
    <A extends unknown[], T>(operation: string, call: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> => {
      const watching = observer()
      return watching === undefined ? call(...args) : watching.around(name, operation, () => call(...args))
    }
  const query = watch('query', inner.query)
  return {
    ...inner,
    get: watch('get', inner.get),
    getMany: watch('getMany', inner.getMany),
    create: watch('create', inner.create),
    put: watch('put', inner.put),
    update: watch('update', inner.update),
    delete: watch('delete', inner.delete),
    query,
    // Its pages are queries: each is watched.
    async *iterate(pages: Query = {}) {
      let page: Page<object> | undefined
      do {
        page = await query(page === undefined ? pages : { ...pages, cursor: page.cursor })
        yield* page.items
      } while (page.cursor !== undefined)
    },
  }
}

/** A word for how an operation ended, of which there are only a few: `ok`, `conflict`, `unavailable`, … */
export function outcomeOf(error: unknown): string {
  if (isFreedaError(error)) return error.code.replace(/^FREEDA_/, '').toLowerCase()
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'error'
}
