/** Bringing tickets in from other systems. */
import { service } from '@freeda/runtime'
import { z } from 'zod'

export const ImportFormat = z.enum(['json', 'ndjson', 'csv'])

/** A record that was not imported, and why. */
export const ImportError = z.object({
  /** Position in the file; the first one is 1. */
  record: z.int(),
  /** Where the record begins, in formats that are read by lines. */
  line: z.int().optional(),
  externalId: z.string().optional(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
})

export const ImportReport = z
  .object({
    format: ImportFormat,
    total: z.int(),
    created: z.int(),
    /** Known already by their external id, from an earlier import or earlier in this file; left as they are. */
    skipped: z.int(),
    failed: z.int(),
    /** The first 100 of them. */
    errors: z.array(ImportError),
  })
  .meta({ id: 'ImportReport' })

export type ImportFormat = z.infer<typeof ImportFormat>
export type ImportError = z.infer<typeof ImportError>
export type ImportReport = z.infer<typeof ImportReport>

export interface Imports {
  /**
   * Imports what can be imported and reports the rest, record by record. Doing it again does no harm.
   * Throws a problem when the text as a whole is not of its format; nothing was imported then.
   */
  run(format: ImportFormat, text: string, context?: { readonly signal?: AbortSignal }): Promise<ImportReport>
}

export const Imports = service<Imports>('support.imports')
