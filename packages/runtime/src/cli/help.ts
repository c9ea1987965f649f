/** The texts of `--help`, as wide as the terminal allows. */
import type { Command, CommandArgument, CommandOption } from './command.ts'
import type { ListedCommand } from './command-list.ts'
import type { Style } from './terminal.ts'
import { wrapIndented } from './wrap-text.ts'

export interface HelpStyle {
  /** Columns. */
  readonly width: number
  paint(style: Style, text: string): string
}

/** Longer lines are tiring to read. */
const mostColumns = 100

/** Where nobody says how wide the place is, a file as it may be, lines are of a width that suits most. */
export const helpWidth = (columns: number): number => Math.min(columns, mostColumns)

/** What `freeda --help` prints. */
export function programHelp(commands: readonly ListedCommand[], style: HelpStyle): string {
  const groups = [...new Set(commands.map(({ group }) => group))].map((group) =>
    section(
      group,
      commands.filter((command) => command.group === group).map(({ name, summary }) => [name, summary]),
      style,
      Math.max(...commands.map(({ name }) => name.length)),
    ),
  )
  return `${[
    'Usage: freeda <command> [options]',
    reflow('Works on the app of the nearest freeda.config.{ts,mts,js,mjs,json}.', style.width),
    ...groups,
    reflow(
      '`freeda <command> --help` says more on one of them. `freeda --version` says what a report of a bug needs.',
      style.width,
    ),
  ].join('\n\n')}\n`
}

/** What `freeda <command> --help` prints. */
export function commandHelp(name: string, command: Command, style: HelpStyle): string {
  const args = command.arguments ?? []
  const options = Object.entries({ ...command.options, help: helpOption })
  const sections = [
    `Usage: freeda ${[name, ...args.map(argumentUsage), '[options]'].join(' ')}`,
    reflow(command.description, style.width),
    ...(args.length === 0
      ? []
      : [
          section(
            'Arguments',
            args.map((argument) => [argument.name, argument.summary]),
            style,
          ),
        ]),
    section(
      'Options',
      options.map(([key, option]) => [optionUsage(key, option), option.summary]),
      style,
    ),
    // Whole lines, to be copied.
    ...(command.examples.length === 0
      ? []
      : [[title('Examples', style), ...command.examples.map((example) => `  ${example}`)].join('\n')]),
  ]
  return `${sections.join('\n\n')}\n`
}

export const helpOption: CommandOption = { type: 'boolean', short: 'h', summary: 'show this text' }

const argumentUsage = ({ name, optional, rest }: CommandArgument): string => {
  const text = rest === true ? `${name}...` : name
  return optional === true ? `[${text}]` : text
}

const optionUsage = (key: string, { short, value }: CommandOption): string =>
  `${short === undefined ? '' : `-${short}, `}--${key}${value === undefined ? '' : ` ${value}`}`

const title = (text: string, { paint }: HelpStyle): string => paint('bold', `${text}:`)

type Row = readonly [left: string, right: string]

function section(
  name: string,
  rows: readonly Row[],
  style: HelpStyle,
  leftWidth = Math.max(...rows.map(([left]) => left.length)),
): string {
  const lines = rows.map(([left, right]) => {
    const line = wrapIndented(right, style.width, { first: `  ${left.padEnd(leftWidth)}   ` })
    return `  ${style.paint('cyan', left)}${line.slice(2 + left.length)}`
  })
  return [title(name, style), ...lines].join('\n')
}

/** Lines of a paragraph belong together wherever they break in the source; indented ones are a list, and stay. */
function reflow(text: string, width: number): string {
  return text
    .replace(/(?<=[^\n])\n(?=[^\s])/g, (gap, at: number) => (isIndented(text, at) ? gap : ' '))
    .split('\n')
    .map((line) => {
      const [first = ''] = /^\s+\S+(?: \S+)*\s{2,}|^\s*/.exec(line) ?? []
      return wrapIndented(line.slice(first.length), width, { first })
    })
    .join('\n')
}

const isIndented = (text: string, at: number): boolean =>
  /^\s/.test(text.slice(text.lastIndexOf('\n', at - 1) + 1))
