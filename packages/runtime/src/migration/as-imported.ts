/** Whether a document can be moved: decided here, for the survey, the copy and its verification. */
import { isFreedaError } from '../errors.ts'
import { parseDocument, type Imported } from '../storage/import-documents.ts'
import type { KnownCollections } from './collections.ts'
import type { SealedDocument } from './seal.ts'

/** A document, and what a driver's import gets of it. */
export interface MovedDocument {
  readonly document: SealedDocument
  readonly imported: Imported
}

/**
 * A document as the declared collections hold it.
 * @throws FREEDA_VALIDATION, FREEDA_ITEM_TOO_LARGE
 */
export const asImported = (document: SealedDocument, collections: KnownCollections): Imported =>
  parseDocument(document, 'document', (name) => ({ info: collections.infoOf(name) }))

/** Undefined for a document that the declared collections cannot hold, which the survey has listed. */
export function asMoved(document: SealedDocument, collections: KnownCollections): MovedDocument | undefined {
  try {
    return { document, imported: asImported(document, collections) }
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_VALIDATION') || isFreedaError(error, 'FREEDA_ITEM_TOO_LARGE'))
      return undefined
    throw error
  }
}
