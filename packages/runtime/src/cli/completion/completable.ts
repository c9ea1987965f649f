/** What can be completed, as the scripts for all shells need it. */
import { helpOption } from '../help.ts'
import type { ListedCommand } from '../command-list.ts'

export interface Completable {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletableOption[]
  /** What may stand as the first argument; undefined: a file, or something that nobody can know. */
  readonly choices: readonly string[] | undefined
}

export interface CompletableOption {
  readonly name: string
  readonly short: string | undefined
  readonly summary: string
  readonly takesValue: boolean
}

export const completables = (commands: readonly ListedCommand[]): Promise<Completable[]> =>
  Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const { command } = await load()
      return {
        name,
        summary,
        options: Object.entries({ ...command.options, help: helpOption }).map(
          ([option, { short, summary, type }]) => ({
            name: option,
            short,
            summary,
            takesValue: type === 'string',
          }),
        ),
        choices: command.arguments?.[0]?.choices,
      }
    }),
  )
