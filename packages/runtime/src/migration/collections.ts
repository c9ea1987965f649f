/** The collections of a migration: those that plugins declare, and others that are carried along. */
import type { CollectionDefinition, CollectionInfo } from '../storage.ts'
import { bareInfo, collectionInfo } from '../storage/collection-info.ts'
import type { KnownCollection } from '../storage/prepare.ts'

export interface KnownCollections {
  readonly declared: readonly CollectionInfo[]
  isDeclared(name: string): boolean
  /** Of any collection; one that is not declared has no indexes and no end of life. */
  infoOf(name: string): CollectionInfo
  /** With its schema; undefined when it is not declared. */
  known(name: string): KnownCollection | undefined
}

export function knownCollections(definitions: readonly CollectionDefinition[]): KnownCollections {
  const known = new Map(
    definitions.map((definition) => {
      const info = collectionInfo(definition)
      return [info.name, { info, schema: definition.schema }]
    }),
  )
  const bare = new Map<string, CollectionInfo>()
  return {
    declared: [...known.values()].map(({ info }) => info),
    isDeclared: (name) => known.has(name),
    known: (name) => known.get(name),
    infoOf(name) {
      const info = known.get(name)?.info ?? bare.get(name) ?? bareInfo(name)
      if (!known.has(name)) bare.set(name, info)
      return info
    },
  }
}
