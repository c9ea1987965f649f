/** `.env`: variables for development. The real environment wins. */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { ErrorReport } from '../report/error-report.ts'

export type EnvFile =
  | { readonly type: 'read'; readonly values: Readonly<Record<string, string>> }
  | { readonly type: 'failed'; readonly report: ErrorReport }

/** A file that is not there adds nothing. */
export function readEnvFile(file: string): EnvFile {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { type: 'read', values: {} }
    return {
      type: 'failed',
      report: { message: `Could not read ${file}: ${message}`, problems: [], stack: [] },
    }
  }
  const problems = problemsIn(text)
  if (problems.length > 0)
    return {
      type: 'failed',
      report: {
        message: `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in ${file}`,
        problems,
        stack: [],
      },
    }
  return { type: 'read', values: parseEnv(text) as Record<string, string> }
}

const assignment = /^\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=\s*(.*)$/

/** Node's parser leaves out what it does not understand, and says nothing. The values themselves are never shown. */
function problemsIn(text: string): ErrorReport['problems'] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const problems: { at: string; message: string; fix: string }[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    if (/^\s*(#|$)/.test(line)) continue
    const at = `line ${index + 1}`
    const [, value] = assignment.exec(line) ?? []
    if (value === undefined) {
      problems.push({ at, message: 'is not NAME=value.', fix: 'Begin it with # to leave it out.' })
      continue
    }
    const quote = /^["'`]/.exec(value)?.[0]
    if (quote === undefined || value.indexOf(quote, 1) > 0) continue
    const end = lines.findIndex((later, at) => at > index && later.includes(quote))
    if (end === -1)
      problems.push({ at, message: `has a ${quote} that is never closed.`, fix: `Close it with ${quote}.` })
    else index = end
  }
  return problems
}
