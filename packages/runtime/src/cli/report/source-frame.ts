/** A piece of source around the place where something is wrong. */
import { readFileSync } from 'node:fs'
import { textWidth } from '../text-width.ts'

export interface Place {
  /** Absolute path. */
  readonly file: string
  /** Counts from 1. */
  readonly line: number
  /** Counts from 1, in UTF-16 units as stack traces do. */
  readonly column: number
}

export interface SourceFrame extends Place {
  /** The line itself with those around it. */
  readonly lines: readonly { readonly number: number; readonly text: string }[]
}

const linesBefore = 2
const linesAfter = 1

/** Undefined when the file cannot be read, or has no such line: it may have changed since. */
export function readFrame(place: Place): SourceFrame | undefined {
  let source: string
  try {
    source = readFileSync(place.file, 'utf8')
  } catch {
    return undefined
  }
  return frameOf(source, place)
}

export function frameOf(source: string, place: Place): SourceFrame | undefined {
  const all = source.split(/\r?\n/)
  if (all[place.line - 1] === undefined) return undefined
  const first = Math.max(1, place.line - linesBefore)
  const lines = all
    .slice(first - 1, place.line + linesAfter)
    .map((text, index) => ({ number: first + index, text }))
  while (lines.at(-1)?.text.trim() === '' && lines.at(-1)!.number > place.line) lines.pop()
  return { ...place, lines }
}

/** A line that was made by a tool may be a megabyte long. */
const mostColumns = 200
const tab = '  '

/** Lines with their numbers, a `>` before the one that is meant, and a `^` under the column. */
export function frameText({ lines, line, column }: SourceFrame, width: number): string[] {
  const digits = String(lines.at(-1)?.number ?? line).length
  const room = Math.max(20, Math.min(width, mostColumns) - digits - 5)
  const meant = lines.find(({ number }) => number === line)?.text ?? ''
  const at = textWidth(meant.slice(0, column - 1).replaceAll('\t', tab))
  const skip = at < room - 5 ? 0 : at - Math.floor(room / 2)
  return lines.flatMap(({ number, text }) => {
    const shown = cut(text.replaceAll('\t', tab), skip, room)
    const row = `${number === line ? '>' : ' '} ${String(number).padStart(digits)} | ${shown}`.trimEnd()
    return number === line ? [row, `  ${' '.repeat(digits)} | ${' '.repeat(at - skip)}^`] : [row]
  })
}

function cut(text: string, skip: number, room: number): string {
  const rest = skip === 0 ? text : `…${text.slice(skip + 1)}`
  return rest.length <= room ? rest : `${rest.slice(0, room - 1)}…`
}
