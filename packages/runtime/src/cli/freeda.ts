/** The `freeda` program: finds the command, reads its options, runs it, and ends with its exit code. */
import { parseArgs } from 'node:util'
import { UsageError, type Command } from './command.ts'
import { commandList } from './command-list.ts'
import { commandHelp, helpWidth, programHelp, type HelpStyle } from './help.ts'
import { modeOf } from '../mode-of.ts'
import { columnsOf, createTerminal, type Output } from './terminal.ts'
import type { UsedEnvFile } from './use-env-file.ts'

const terminal = createTerminal()

const styleOf = (output: Output): HelpStyle => ({
  width: helpWidth(columnsOf(output)),
  paint: (style, text) => terminal.paint(style, text, output),
})

/** Exit codes: 0 done, 1 failed, 2 not understood. Undefined while an app goes on running. */
async function main([given, ...rest]: readonly string[]): Promise<number | undefined> {
  if (given === undefined) throw new UsageError('Which command?')
  const name = given === '--version' || given === '-V' ? 'version' : given
  if (name === 'help' && rest[0] !== undefined) return main([rest[0], '--help'])
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.out.write(programHelp(commandList, styleOf(terminal.out)))
    return 0
  }
  const listed = commandList.find((command) => command.name === name)
  if (listed === undefined) {
    const known = commandList.map((command) => command.name)
    const kind = name.startsWith('-') ? 'option' : 'command'
    const meant = await meantBy(name, known)
    // All that there is follows anyway.
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`
    throw new UsageError(`There is no ${kind} "${name}".${hint}`)
  }
  const { command } = await listed.load()
  return runCommand(name, command, rest)
}

async function runCommand(
  name: string,
  command: Command,
  rest: readonly string[],
): Promise<number | undefined> {
  const { values, positionals } = await readArguments(command, rest)
  if (values['help'] === true) {
    terminal.out.write(commandHelp(name, command, styleOf(terminal.out)))
    return 0
  }
  await checkPositionals(command, positionals)
  const envFile = await takeEnvFile(command, (values as { readonly config?: string }).config)
  if (envFile === undefined) return 1
  const code = await command.run({ options: values as never, args: positionals, terminal, envFile })
  return code ?? undefined
}

/** Undefined when the command must not run without the variables of `.env`. */
async function takeEnvFile(
  { envFile: use }: Command,
  file: string | undefined,
): Promise<UsedEnvFile | undefined> {
  // Before anything is imported for it: health checks of containers come by here.
  if (use === undefined || modeOf(process.env['NODE_ENV']) !== 'development')
    return { names: new Set(), problems: [] }
  const { useEnvFile } = await import('./use-env-file.ts')
  const { writeEnvFileProblems } = await import('./write-problems.ts')
  const envFile = await useEnvFile(file)
  const isRefused = use === 'refused' && envFile.problems.length > 0
  writeEnvFileProblems(terminal, envFile, isRefused)
  return isRefused ? undefined : envFile
}

async function readArguments(command: Command, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!code.startsWith('ERR_PARSE_ARGS')) throw error
    const [, unknown] = (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && /'(-[^']*)'/.exec(message)) || []
    if (unknown === undefined) throw new UsageError(message, { cause: error })
    const known = [...Object.keys(command.options), 'help'].map((option) => `--${option}`)
    const behind =
      command.arguments === undefined ? '' : ' An argument that begins with a dash goes behind `--`.'
    throw new UsageError(`There is no option "${unknown}". ${await didYouMean(unknown, known)}${behind}`, {
      cause: error,
    })
  }
}

async function checkPositionals(
  { arguments: expected = [] }: Command,
  given: readonly string[],
): Promise<void> {
  const missing = expected.find(({ optional }, index) => optional !== true && given[index] === undefined)
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing: ${missing.summary}.`)
  if (expected.at(-1)?.rest !== true && given.length > expected.length)
    throw new UsageError(`"${given[expected.length]}" is one argument too many.`)
  for (const [index, { name, choices }] of expected.entries()) {
    const value = given[index]
    if (value === undefined || choices === undefined || choices.includes(value)) continue
    throw new UsageError(`${name} cannot be "${value}". ${await didYouMean(value, choices)}`)
  }
}

async function didYouMean(word: string, known: readonly string[]): Promise<string> {
  const meant = await meantBy(word, known)
  return meant === undefined ? `Choose one of ${known.join(', ')}.` : `Did you mean "${meant}"?`
}

async function meantBy(word: string, known: readonly string[]): Promise<string | undefined> {
  // Imported only for those who need it.
  const { suggest } = await import('../config/suggest.ts')
  // Who stops in the middle of a word has begun it rightly.
  const begun = known.filter((one) => word.length > 2 && one.startsWith(word))
  return begun.length === 1 ? begun[0] : suggest(word, known)
}

/** Ends the process only when all of the output is out: a pipe may be slow. */
function exit(code: number): void {
  process.exitCode = code
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

async function fail(error: unknown, name: string | undefined): Promise<void> {
  if (error instanceof UsageError) {
    const known = commandList.some((command) => command.name === name)
    process.stderr.write(
      known
        ? `${error.message}\n\n\`freeda ${name} --help\` says what it takes.\n`
        : `${error.message}\n\n${programHelp(commandList, styleOf(process.stderr))}`,
    )
    return exit(2)
  }
  const { printError } = await import('./report/write-report.ts')
  printError(error, process.stderr)
  return exit(1)
}

try {
  const code = await main(process.argv.slice(2))
  if (code !== undefined) exit(code)
} catch (error) {
  await fail(error, process.argv[2])
}
