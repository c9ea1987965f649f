/** From a text in one of the formats to records; a broken line costs one record, not the file. Pure. */
import { httpProblem } from '@freeda/runtime'
import type { ImportFormat } from './contract.ts'
import { readCsv } from './read-csv.ts'
import type { ReadRecord } from './read-record.ts'

export function readRecords(format: ImportFormat, text: string): ReadRecord[] {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text
  return readers[format](content)
}

function readJson(text: string): ReadRecord[] {
  const parsed = parseJson(text)
  if ('unreadable' in parsed)
    throw httpProblem(400, { code: 'import_malformed', detail: `The file is not JSON: ${parsed.unreadable}` })
  if (!Array.isArray(parsed.value))
    throw httpProblem(422, {
      code: 'import_malformed',
      detail: 'The file is JSON, but not an array of tickets.',
    })
  return parsed.value.map((value: unknown) => ({ value }))
}

const readNdjson = (text: string): ReadRecord[] =>
  text
    .split(/\r?\n/)
    .map((source, index) => ({ source, line: index + 1 }))
    .filter(({ source }) => source.trim() !== '')
    .map(({ source, line }) => ({ line, ...parseJson(source) }))

function parseJson(text: string): { value: unknown } | { unreadable: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { unreadable: (error as SyntaxError).message }
  }
}

const readers: Readonly<Record<ImportFormat, (text: string) => ReadRecord[]>> = {
  json: readJson,
  ndjson: readNdjson,
  csv: readCsv,
}
