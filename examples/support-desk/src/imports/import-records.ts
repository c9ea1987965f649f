import { isFreedaError } from '@freeda/runtime'
import type { z } from 'zod'
import { TicketRecord, type Tickets } from '../tickets/contract.ts'
import type { ImportError, ImportFormat, ImportReport } from './contract.ts'
import type { ReadRecord } from './read-record.ts'
import { readRecords } from './read-records.ts'

type Outcome = 'created' | 'skipped' | Omit<ImportError, 'record' | 'line'>

/** Imports a text; see `Imports.run`. */
export async function importRecords(
  tickets: Tickets,
  format: ImportFormat,
  text: string,
  signal?: AbortSignal,
): Promise<ImportReport> {
  const records = readRecords(format, text)
  const outcomes: Outcome[] = []
  // A few at a time: stores acknowledge many writes at once almost as fast as one.
  for (let next = 0; next < records.length; next += atOnce) {
    signal?.throwIfAborted()
    const batch = records.slice(next, next + atOnce)
    outcomes.push(...(await Promise.all(batch.map((record) => importRecord(tickets, record)))))
  }
  return reportOf(format, records, outcomes)
}

async function importRecord(tickets: Tickets, record: ReadRecord): Promise<Outcome> {
  if ('unreadable' in record) return { problems: [{ path: '', message: record.unreadable }] }
  const parsed = TicketRecord.safeParse(record.value)
  if (!parsed.success) return { externalId: externalIdOf(record.value), problems: problemsOf(parsed.error) }
  try {
    return (await tickets.adopt(parsed.data)) ? 'created' : 'skipped'
  } catch (error) {
    // Only what is wrong with this ticket: when the store is down, so is the import.
    if (!isFreedaError(error) || error.retryable) throw error
    return { externalId: parsed.data.externalId, problems: [{ path: '', message: error.message }] }
  }
}

function reportOf(
  format: ImportFormat,
  records: readonly ReadRecord[],
  outcomes: readonly Outcome[],
): ImportReport {
  const errors = outcomes.flatMap((outcome, index): ImportError[] =>
    typeof outcome === 'string' ? [] : [{ record: index + 1, line: records[index]?.line, ...outcome }],
  )
  return {
    format,
    total: records.length,
    created: outcomes.filter((outcome) => outcome === 'created').length,
    skipped: outcomes.filter((outcome) => outcome === 'skipped').length,
    failed: errors.length,
    errors: errors.slice(0, maxErrors),
  }
}

const atOnce = 16
const maxErrors = 100

const problemsOf = (error: z.ZodError) =>
  error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }))

const externalIdOf = (value: unknown): string | undefined => {
  const id: unknown = (value as { externalId?: unknown } | null)?.externalId
  return typeof id === 'string' ? id : undefined
}
