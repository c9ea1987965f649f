/**
 * The lines of a journal, each one JSON object under a seal. The first line is the header, every other one a commit:
 *
 *     {"journal":3,"format":1,"store":"5b0e…","after":1200,"crc32":"…"}
 *     {"seq":1201,"ops":[{"put":"tickets","id":"a","version":2,"value":{…}},{"delete":"tickets","id":"b"}],"crc32":"…"}
 *     {"seq":1202,"batch":1201,"ops":[…],"crc32":"…"}
 */
import type { JsonObject, TableChange } from '@freeda/runtime/driver'
import { isSealed, sealed } from './checksum.ts'

/** Version of the file formats, of the journal and of the snapshot. */
export const format = 1

export interface JournalHeader {
  /** The number in the file's name. */
  readonly journal: number
  readonly format: number
  /** Id of the store, the same in its snapshot, so that files of two stores cannot be mixed up. */
  readonly store: string
  /** `seq` of the commit before the first one in here. */
  readonly after: number
}

export type JournalOperation =
  | { readonly put: string; readonly id: string; readonly version: number; readonly value: JsonObject }
  | { readonly delete: string; readonly id: string }

export interface JournalCommit {
  /** Commits count up by one, over all journals. */
  readonly seq: number
  /** First commit of the write that brought this one. Whatever is before it was durable by then. */
  readonly batch: number
  readonly ops: readonly JournalOperation[]
}

export const headerLine = (header: JournalHeader): string => sealed(JSON.stringify(header).slice(0, -1))

/** The texts of documents go in as they are: stringifying again would cost as much as the rest of a commit. */
export function commitLine(seq: number, batch: number, changes: readonly TableChange[]): string {
  let ops = ''
  for (const change of changes) ops += (ops === '' ? '' : ',') + operation(change)
  return sealed(`{"seq":${seq},${batch === seq ? '' : `"batch":${batch},`}"ops":[${ops}]`)
}

const operation = (change: TableChange) =>
  change.kind === 'put'
    ? `{"put":${JSON.stringify(change.collection)},"id":${JSON.stringify(change.id)},"version":${change.version},"value":${change.text}}`
    : `{"delete":${JSON.stringify(change.collection)},"id":${JSON.stringify(change.id)}}`

/** Reads a header; undefined when the line is not intact. */
export const parseHeader = (line: Buffer): JournalHeader | undefined => {
  const value = parse(line)
  return value !== undefined && 'journal' in value ? (value as unknown as JournalHeader) : undefined
}

/** Reads a commit; undefined when the line is not intact. */
export const parseCommit = (line: Buffer): JournalCommit | undefined => {
  const value = parse(line)
  return value !== undefined && 'seq' in value
    ? ({ batch: value['seq'], ...value } as unknown as JournalCommit)
    : undefined
}

// The seal vouches for the shape: only this file makes seals.
function parse(line: Buffer): Record<string, unknown> | undefined {
  if (!isSealed(line)) return undefined
  try {
    return JSON.parse(line.toString('utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
}
