import type { Problem } from '../errors.ts'
import type { Terminal } from './terminal.ts'
import type { UsedEnvFile } from './use-env-file.ts'

/** Writes to stderr what is wrong and what to do about it, under a title; nothing when nothing is. */
export function writeProblems(
  { err, paint }: Terminal,
  title: string,
  problems: readonly Pick<Problem, 'at' | 'message' | 'fix'>[],
): void {
  if (problems.length === 0) return
  const lines = problems.flatMap(({ at, message, fix = '' }) => [
    `  ${paint('bold', at, err)}: ${message}`,
    ...(fix === '' ? [] : [`    → ${fix}`]),
  ])
  err.write(`\n${[paint('red', title, err), ...lines].join('\n')}\n`)
}

/** Says which variables a plan had to do without. */
export function writeGaps({ err, paint }: Terminal, gaps: readonly Problem[]): void {
  if (gaps.length === 0) return
  const count =
    gaps.length === 1
      ? 'One value comes from a variable that is'
      : `${gaps.length} values come from variables that are`
  err.write(paint('dim', `\n${count} not set, or wrong; \`freeda env\` says which.\n`, err))
}

/** Says why `.env` is not used, or why nothing is done without it. */
export const writeEnvFileProblems = (
  terminal: Terminal,
  { problems }: UsedEnvFile,
  isRefused = false,
): void =>
  writeProblems(
    terminal,
    isRefused ? 'Nothing was done, as .env cannot be used:' : 'The variables of .env are not used:',
    problems,
  )
