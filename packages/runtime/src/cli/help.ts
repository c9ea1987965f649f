/** The texts of `--help`. */
import type { Command, CommandArgument, CommandOption } from './command.ts'
import type { ListedCommand } from './command-list.ts'

/** What `freeda --help` prints. */
export function programHelp(commands: readonly ListedCommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const groups = [...new Set(commands.map(({ group }) => group))].map((group) => {
    const lines = commands
      .filter((command) => command.group === group)
      .map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`)
    return `${group}:\n${lines.join('\n')}\n`
  })
  return `Usage: freeda <command> [options]

Works on the app of the nearest freeda.config.{ts,mts,js,mjs,json}.

${groups.join('\n')}
\`freeda <command> --help\` says more on one of them.
`
}

/** What `freeda <command> --help` prints. */
export function commandHelp(name: string, command: Command): string {
  const args = command.arguments ?? []
  const options = Object.entries({ ...command.options, help: helpOption })
  const sections = [
    `Usage: freeda ${[name, ...args.map(argumentUsage), '[options]'].join(' ')}\n\n${command.description}`,
    ...(args.length === 0
      ? []
      : [`Arguments:\n${table(args.map(({ name, summary }) => [name, summary] as const))}`]),
    `Options:\n${table(options.map(([key, option]) => [optionUsage(key, option), option.summary] as const))}`,
    ...(command.examples.length === 0
      ? []
      : [`Examples:\n${command.examples.map((example) => `  ${example}`).join('\n')}`]),
  ]
  return `${sections.join('\n\n')}\n`
}

const helpOption: CommandOption = { type: 'boolean', short: 'h', summary: 'show this text' }

const argumentUsage = ({ name, optional, rest }: CommandArgument): string => {
  const text = rest === true ? `${name}...` : name
  return optional === true ? `[${text}]` : text
}

const optionUsage = (key: string, { short, value }: CommandOption): string =>
  `${short === undefined ? '' : `-${short}, `}--${key}${value === undefined ? '' : ` ${value}`}`

function table(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n')
}
