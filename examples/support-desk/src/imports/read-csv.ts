/** Tickets from CSV: a row is a ticket with its first message. Columns are named as the fields of the JSON formats. */
import { httpProblem } from '@freeda/runtime'
import type { CsvError } from 'csv-parse'
import { parse, type Info } from 'csv-parse/sync'
import type { ReadRecord } from './read-record.ts'

const required = ['externalId', 'channel', 'status', 'subject', 'customer.name', 'createdAt', 'text'] as const
const optional = ['priority', 'customer.email', 'customer.phone', 'assignee'] as const
const columns: readonly string[] = [...required, ...optional]

type Row = Readonly<Partial<Record<(typeof required | typeof optional)[number], string>>>

export function readCsv(text: string): ReadRecord[] {
  const unreadable: (ReadRecord & { line: number })[] = []
  const rows = parse(text, {
    columns: checkHeader,
    info: true,
    raw: true,
    skip_empty_lines: true,
    // A quote in the middle of a field is a character like any other; else one such cell takes its neighbours down.
    relax_quotes: true,
    skip_records_with_error: true,
    on_skip(error?: CsvError, raw?: string) {
      if (error)
        unreadable.push({ line: firstLine(Number(error['lines']), raw ?? ''), unreadable: error.message })
    },
  }) as unknown as { record: Row; raw: string; info: Info }[]
  const readable = rows.map(({ record, raw, info }) => ({
    line: firstLine(info.lines, raw),
    value: ticketOf(record),
  }))
  return [...readable, ...unreadable].toSorted((a, b) => a.line - b.line)
}

/** Names every wrong column at once. */
function checkHeader(header: string[]): string[] {
  const found = header.map((name) => name.trim())
  const wrong = [
    ...required.filter((name) => !found.includes(name)).map((name) => `"${name}" is missing`),
    ...found.filter((name) => !columns.includes(name)).map((name) => `"${name}" is not known`),
    ...found.filter((name, index) => found.indexOf(name) !== index).map((name) => `"${name}" is there twice`),
  ]
  if (wrong.length > 0)
    throw httpProblem(422, {
      code: 'import_malformed',
      detail: `The first line must name the columns; ${wrong.join(', ')}. Columns are ${columns.join(', ')}.`,
    })
  return found
}

const ticketOf = (row: Row) => ({
  externalId: cell(row.externalId),
  channel: cell(row.channel),
  status: cell(row.status),
  priority: cell(row.priority),
  subject: cell(row.subject),
  customer: {
    name: cell(row['customer.name']),
    email: cell(row['customer.email']),
    phone: cell(row['customer.phone']),
  },
  assignee: cell(row.assignee),
  createdAt: cell(row.createdAt),
  messages: [{ kind: 'customer', text: cell(row.text), createdAt: cell(row.createdAt) }],
})

/** CSV cannot tell absent from empty; no field of a ticket may be empty. */
const cell = (text: string | undefined) => (text?.trim() === '' ? undefined : text?.trim())

/** csv-parse counts lines up to the end of a record; people look for its beginning. */
const firstLine = (lastLine: number, raw: string) => lastLine - (raw.trim().match(/\n/g)?.length ?? 0)
