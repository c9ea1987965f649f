/**
 * A backup: lines of JSON, as gzip unless the name of the file says otherwise. Documented in docs/migration.md.
 *
 *     {"freeda":"backup","format":1,"app":"desk","store":"json","createdAt":"2026-01-31T12:00:00.000Z"}
 *     {"collection":"tickets","id":"a","version":2,"value":{…},"sha256":"…"}
 *     {"end":true,"documents":1,"collections":{"tickets":1},"sha256":"…"}
 */
import { z } from 'zod'
import type { JsonObject } from '../storage.ts'
import { sealOf, type SealedDocument } from './seal.ts'

export const backupFormat = 1

const headerSchema = z.object({
  freeda: z.literal('backup'),
  format: z.number(),
  app: z.string(),
  store: z.string(),
  createdAt: z.string(),
})
export type BackupHeader = z.output<typeof headerSchema>

const trailerSchema = z.object({
  end: z.literal(true),
  documents: z.number().int().min(0),
  collections: z.record(z.string(), z.number().int().min(1)),
  /** Of all lines before this one, in base64url. */
  sha256: z.string(),
})
export type BackupTrailer = z.output<typeof trailerSchema>

export const backupHeader = (app: string, store: string): BackupHeader => ({
  freeda: 'backup',
  format: backupFormat,
  app,
  store,
  createdAt: new Date().toISOString(),
})

/** A line that is not what it must be, as the end of a sentence about it. */
export class LineFault extends Error {}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new LineFault('is not complete JSON.')
  }
}

/** @throws LineFault */
export function parseHeader(text: string): BackupHeader {
  const { data } = headerSchema.safeParse(parsed(text))
  if (data === undefined)
    throw new LineFault('is not the header of a Freeda backup: it must begin with {"freeda":"backup".')
  if (data.format !== backupFormat)
    throw new LineFault(
      `says format ${data.format}; this version of @freeda/runtime reads format ${backupFormat}.`,
    )
  return data
}

/** @throws LineFault */
export function parseLine(text: string): SealedDocument | BackupTrailer {
  const line = parsed(text)
  if (typeof line !== 'object' || line === null) throw new LineFault('is neither a document nor the end.')
  if ('end' in line) {
    const { data } = trailerSchema.safeParse(line)
    if (data === undefined) throw new LineFault('is not what the last line of a backup looks like.')
    return data
  }
  const { collection, id, version, value, sha256 } = line as Partial<Record<keyof SealedDocument, unknown>>
  if (typeof collection !== 'string' || typeof id !== 'string' || typeof version !== 'number')
    throw new LineFault('is not a document with collection, id and version.')
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new LineFault('is a document whose value is not an object.')
  const document = { collection, id, version, value: value as JsonObject }
  const actual = sealOf(document)
  if (sha256 !== actual)
    throw new LineFault(`(${collection}/${id}) does not have the checksum that it states: it was changed.`)
  return { ...document, sha256: actual }
}
