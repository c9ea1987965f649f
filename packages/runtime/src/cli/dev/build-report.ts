/** What esbuild could not bundle, as an error for people. */
import { resolve } from 'node:path'
import type { BuildFailure, Message } from 'esbuild'
import { reasonOf } from '../../errors.ts'
import type { ErrorReport, ReportedProblem } from '../report/error-report.ts'
import { readFrame } from '../report/source-frame.ts'
import { shortPath } from '../report/write-report.ts'

export function buildReport(error: unknown, directory: string): ErrorReport {
  const errors = isBuildFailure(error) ? error.errors : []
  return {
    message:
      errors.length === 0
        ? `The code could not be read: ${reasonOf(error)}`
        : `${errors.length} ${errors.length === 1 ? 'mistake' : 'mistakes'} in the code`,
    problems: errors.map((message) => problemOf(message, directory)),
    stack: [],
  }
}

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors)

function problemOf(message: Message, directory: string): ReportedProblem {
  const { location, text } = message
  if (location === null) return { at: 'esbuild', message: text }
  const { line, lineText } = location
  // Counted in bytes, from 0.
  const column = Buffer.from(lineText).subarray(0, location.column).toString().length + 1
  const file = resolve(directory, location.file)
  const frame = readFrame({ file, line, column })
  return {
    at: `${shortPath(file, process.cwd())}:${line}:${column}`,
    message: text.endsWith('.') ? text : `${text}.`,
    fix: fixOf(message),
    ...(frame === undefined ? {} : { frame }),
  }
}

/** esbuild's own advice on a missing module is about its options, which nobody can set here. */
function fixOf({ text, notes }: Message): string {
  const [, name] = /^Could not resolve "(.+)"/.exec(text) ?? []
  if (name === undefined) return notes.map((note) => note.text).join(' ')
  return /^[./]/.test(name)
    ? 'Correct the path, or make the file.'
    : `Install it (npm install ${packageName(name)}), or correct its name.`
}

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
