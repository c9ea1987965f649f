/** Drivers whose queries and reads go wrong. */
import { createHash } from 'node:crypto'
import {
  byteOrdered,
  encodeKey,
  memoryTables,
  type DriverAction,
  type DriverDocument,
  type DriverQuery,
  type StorageDriver,
} from '@freeda/runtime/driver'
import { changed, keyOf, type Mutation } from './mutation.ts'

const positionIn = ({ collection, index }: DriverQuery, { id, value }: DriverDocument): string => {
  const placement = collection.place(id, value)
  return index === undefined ? placement.position : placement.entries[index.name]!.position
}

/** Everything in the range of a query, in order. */
const wholeRange = async (
  driver: StorageDriver,
  query: DriverQuery,
  call: Parameters<StorageDriver['query']>[1],
) => (await driver.query({ ...query, limit: 1000 }, call)).documents

const pageOf = (documents: DriverDocument[], limit: number) => ({
  documents: documents.slice(0, limit),
  more: documents.length > limit,
})

const queries: Readonly<Record<string, Mutation>> = {
  'lists by UTF-16 units': changed((driver) => ({
    async query(query, call) {
      const documents = await wholeRange(driver, { ...query, order: 'asc' }, call)
      documents.sort((a, b) => (positionIn(query, a) < positionIn(query, b) ? -1 : 1))
      if (query.order === 'desc') documents.reverse()
      return pageOf(documents, query.limit)
    },
  })),
  'turns the first page around for descending order': changed((driver) => ({
    async query(query, call) {
      const page = await driver.query({ ...query, order: 'asc' }, call)
      if (query.order === 'desc') page.documents.reverse()
      return page
    },
  })),
  'includes the end of a range': changed((driver) => ({
    query: ({ to, ...query }, call) =>
      driver.query({ ...query, to: to === undefined ? to : `${to}\u0001` }, call),
  })),
  'finds what only begins like the partition': changed((driver) => ({
    async query(query, call) {
      const { index, collection } = query
      if (index === undefined) return driver.query(query, call)
      const beginning = index.partition.slice(0, -1)
      const everything = (await driver.query({ collection, order: 'asc', limit: 1000 }, call)).documents
      const from = byteOrdered(query.from ?? '')
      const found = everything.filter((each) => {
        const entry = collection.place(each.id, each.value).entries[index.name]
        if (!entry?.partition.startsWith(beginning)) return false
        const at = byteOrdered(entry.position)
        return at >= from && (query.to === undefined || at < byteOrdered(query.to))
      })
      found.sort((a, b) => (byteOrdered(positionIn(query, a)) < byteOrdered(positionIn(query, b)) ? -1 : 1))
      if (query.order === 'desc') found.reverse()
      return pageOf(found, query.limit)
    },
  })),
  'skips equal sort keys after a cursor': changed((driver) => ({
    async query(query, call) {
      const { index, from = '', limit, order } = query
      if (index === undefined || order === 'desc') return driver.query(query, call)
      const documents = await wholeRange(driver, query, call)
      const sortOf = (document: DriverDocument) =>
        positionIn(query, document).slice(0, -encodeKey(document.id).length)
      return pageOf(
        documents.filter((each) => sortOf(each) === '' || !from.startsWith(sortOf(each))),
        limit,
      )
    },
  })),
  'gives one document too many': changed((driver) => ({
    query: (query, call) => driver.query({ ...query, limit: query.limit + 1 }, call),
  })),
  'forgets the last shard': changed((driver) => ({
    async query(query, call) {
      const { shards } = query.collection
      const documents = await wholeRange(driver, query, call)
      const isLast = ({ id }: DriverDocument) =>
        createHash('sha256').update(id).digest().readUInt32BE() % shards === shards - 1
      const isListing = query.index === undefined && shards > 1
      return pageOf(isListing ? documents.filter((each) => !isLast(each)) : documents, query.limit)
    },
  })),
  'promises more after a full page': changed((driver) => ({
    async query(query, call) {
      const page = await driver.query(query, call)
      return { ...page, more: page.documents.length === query.limit }
    },
  })),
}

const reads: Readonly<Record<string, Mutation>> = {
  'reads what was there before the last write': changed((driver) => {
    const before = new Map<string, DriverDocument | undefined>()
    return {
      async commit(actions, call) {
        for (const action of actions) {
          const [document] = await driver.read(action.collection, [keyOf(action)], call)
          before.set(`${action.collection.name}/${action.id}`, document)
        }
        return driver.commit(actions, call)
      },
      async read(collection, keys, call) {
        const documents = await driver.read(collection, keys, call)
        return documents.map((document, at) => {
          const place = `${collection.name}/${keys[at]!.id}`
          const stale = before.get(place)
          return before.delete(place) && stale !== undefined ? stale : document
        })
      },
    }
  }),
  'mixes up collections whose names begin alike': changed((driver) => {
    const tables = memoryTables()
    const short = (action: DriverAction): DriverAction => ({
      ...action,
      collection: { ...action.collection, name: action.collection.name.split('.')[0]! },
    })
    return {
      async commit(actions, { nowMs }) {
        const { versions, changes } = tables.stage(actions.map(short), nowMs)
        tables.apply(changes)
        return versions
      },
      read: async ({ name }, keys, { nowMs }) =>
        tables.read(
          name.split('.')[0]!,
          keys.map(({ id }) => id),
          nowMs,
        ),
      query: (query, call) => driver.query(query, call),
    }
  }),
}

export const readMutants: Readonly<Record<string, Mutation>> = { ...queries, ...reads }
