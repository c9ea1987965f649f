/** Looks at every document of a source once, before anything is written. */
import { hash } from 'node:crypto'
import { isFreedaError, reasonOf, type Problem } from '../errors.ts'
import type { CollectionInfo, Placement } from '../storage.ts'
import { itemBytes } from '../storage/limits.ts'
import { asImported } from './as-imported.ts'
import type { KnownCollections } from './collections.ts'
import { dynamoUnits, type DynamoUnits } from './dynamo-cost.ts'
import { problemList, type ProblemList } from './problem-list.ts'
import { setDigest } from './seal.ts'
import type { Source } from './source.ts'
import type { Watch } from './watch.ts'

export interface SurveyedCollection {
  readonly name: string
  readonly declared: boolean
  readonly documents: number
  /** As DynamoDB counts an item. */
  readonly bytes: number
}

export interface Survey {
  readonly documents: number
  readonly bytes: number
  /** Of the set of documents that do not expire: the others go by themselves, and nothing has changed. */
  readonly digest: string
  /** Documents that expire. */
  readonly expiring: number
  readonly collections: readonly SurveyedCollection[]
  /** What cannot be written to a store with the declared collections. */
  readonly invalid: ProblemList
  /** Of these: documents whose value in a unique index another one has. */
  readonly notUnique: number
  /** What writing it all to DynamoDB takes. */
  readonly units: DynamoUnits
  readonly seconds: number
}

export async function survey(
  source: Source,
  collections: KnownCollections,
  watch: Watch,
  name = 'Looking at the documents',
): Promise<Survey> {
  const beganAt = performance.now()
  const stage = watch.stage(name)
  const digest = setDigest()
  const found = new Map<string, { documents: number; bytes: number }>()
  const invalid = problemList()
  const units = { write: 0, read: 0 }
  let expiring = 0
  let notUnique = 0
  const unique = uniqueValues()
  const options = { signal: watch.signal, onInvalid: invalid.add }
  for await (const document of source.documents(options)) {
    const { collection: name, id } = document
    const counts = found.get(name) ?? { documents: 0, bytes: 0 }
    found.set(name, counts)
    counts.documents++
    stage.advance()
    let expires = false
    try {
      const { collection, value, placement } = asImported(document, collections)
      const bytes = itemBytes(collection, id, value, placement)
      counts.bytes += bytes
      expires = placement.expiresAtMs !== undefined
      const taken = unique.add(collection, placement)
      if (taken !== undefined) {
        notUnique++
        invalid.add(unfitFor(`${name}/${id}`, taken))
      }
      const needed = dynamoUnits(collection, placement, bytes)
      units.write += needed.write
      units.read += needed.read
    } catch (error) {
      invalid.add(unfit(`${name}/${id}`, error))
    }
    if (expires) expiring++
    else digest.add(document.sha256)
  }
  stage.end()
  const list = [...found].map(([name, counts]) => ({
    name,
    declared: collections.isDeclared(name),
    ...counts,
  }))
  return {
    documents: list.reduce((sum, each) => sum + each.documents, 0),
    bytes: list.reduce((sum, each) => sum + each.bytes, 0),
    digest: digest.text(),
    expiring,
    collections: list.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    invalid,
    notUnique,
    units,
    seconds: (performance.now() - beganAt) / 1000,
  }
}

/** An index may have become unique after the documents were written. Hashes are kept: 64 bits of each value. */
function uniqueValues() {
  const seen = new Set<string>()
  return {
    /** The index in which another document has the value already. */
    add({ name, indexes }: CollectionInfo, { entries }: Placement): string | undefined {
      let taken: string | undefined
      for (const index of indexes) {
        if (!index.unique || !Object.hasOwn(entries, index.name)) continue
        const identity = `${name}\0${index.name}\0${entries[index.name]!.partition}`
        const short = hash('sha256', identity, 'buffer').toString('latin1', 0, 8)
        if (seen.has(short)) taken ??= index.name
        seen.add(short)
      }
      return taken
    },
  }
}

const unfitFor = (at: string, index: string): Problem => ({
  code: 'document_not_unique',
  at,
  message: `another document has the same value in the unique index "${index}".`,
  fix: 'Give one of them another value with a version of the app that does not declare the index as unique.',
})

function unfit(at: string, error: unknown): Problem {
  const message = isFreedaError(error, 'FREEDA_VALIDATION')
    ? error.data.errors
        .map(({ path, message }) => `${path.replace(/^document\.(value\.)?/, '')} ${message}`)
        .join('; ')
    : reasonOf(error).replace(/\.$/, '')
  return {
    code: 'document_invalid',
    at,
    message: `${message}.`,
    fix: 'Correct it with a version of the app that can, or leave such documents out with --invalid skip.',
  }
}
