/**
 * Drivers with something wrong: what the conformance suite and the fuzzer must catch. Each wraps a driver that is right.
 * Those that only go wrong when calls overlap are in `racing-mutants.ts`.
 */
import type { DriverDocument } from '@freeda/runtime/driver'
import { changed, type Mutation } from './mutation.ts'
import { readMutants } from './read-mutants.ts'
import { writeMutants } from './write-mutants.ts'

/** Wrong in whatever order calls come. */
export const mutants: Readonly<Record<string, Mutation>> = { ...writeMutants, ...readMutants }

/**
 * Wrong only in what the conformance suite looks at and histories do not: long pages, objects that callers share,
 * imports.
 */
export const mutantsForConformance: Readonly<Record<string, Mutation>> = {
  'stops at a short page': changed((driver) => ({
    query: (query, call) => driver.query({ ...query, limit: Math.min(query.limit, 50) }, call),
  })),
  'gives the same object twice': changed((driver) => {
    const given = new Map<string, DriverDocument>()
    return {
      async read(collection, keys, call) {
        const documents = await driver.read(collection, keys, call)
        return documents.map((document) => {
          if (document === undefined) return undefined
          const key = `${collection.name}/${document.id}/${document.version}`
          if (!given.has(key)) given.set(key, document)
          return given.get(key)
        })
      },
    }
  }),
  'imports at version 1': changed((driver) => ({
    import: (documents, call) =>
      driver.import(
        documents.map((document) => ({ ...document, version: 1 })),
        call,
      ),
  })),
}
