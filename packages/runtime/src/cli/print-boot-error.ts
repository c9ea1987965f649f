/** A failed boot, for a person at a terminal or in a CI log. */
import { isFreedaError, reasonOf, type Problem } from '../errors.ts'
import type { Output } from './terminal.ts'

export function printBootError(error: unknown, output: Output): void {
  const colour = output.isTTY === true && process.env['NO_COLOR'] === undefined
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const lines = [
    `${paint(31, 'Freeda could not start.')}${isFreedaError(error) ? ` [${error.code}]` : ''}`,
    '',
  ]
  const problems = problemsOf(error)
  if (problems.length === 0) lines.push(reasonOf(error))
  else if (isFreedaError(error, 'FREEDA_CONFIG_INVALID'))
    lines.push(
      `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in ${error.data.file}:`,
      '',
    )
  for (const { at, message, fix } of problems) {
    lines.push(`  ${paint(1, at)}: ${message}`)
    if (fix !== undefined && fix !== '') lines.push(`    → ${fix}`)
  }
  const stack = stackOf(error)
  if (stack !== undefined) lines.push('', paint(2, stack))
  output.write(`${lines.join('\n')}\n`)
}

const problemsOf = (error: unknown): readonly Problem[] =>
  isFreedaError(error) && 'problems' in error.data ? error.data.problems : []

/** Where a plugin or the config threw: only frames of the app's own code, the others tell a user nothing. */
function stackOf(error: unknown): string | undefined {
  const thrown =
    isFreedaError(error, 'FREEDA_PLUGIN_SETUP') || isFreedaError(error, 'FREEDA_CONFIG_LOAD')
      ? error.cause
      : error
  // Freeda's other errors say themselves what to do, wherever they were thrown.
  if (!(thrown instanceof Error) || isFreedaError(thrown)) return undefined
  const frames = thrown.stack?.split('\n').filter((line) => /^\s+at /.test(line) && !foreign.test(line)) ?? []
  return frames.length === 0 ? undefined : frames.join('\n')
}

const foreign = /node_modules|\bnode:|@freeda[\\/]runtime|runtime[\\/](dist|src)[\\/]/
