/** What a command of the `freeda` program is made of. Imports nothing of the engine, so that `freeda --help` stays fast. */
import type { ParseArgsOptionDescriptor } from 'node:util'
import type { Terminal } from './terminal.ts'
import type { UsedEnvFile } from './use-env-file.ts'

/** An option as `parseArgs` takes it, with what help says of it. */
export type CommandOption = ParseArgsOptionDescriptor & {
  /** What it does, in a few words. */
  readonly summary: string
  /** Placeholder of its value in help, e.g. `FILE`; only for options that take one. */
  readonly value?: string
}

export interface CommandArgument {
  /** As help shows it, e.g. `NAME`. */
  readonly name: string
  readonly summary: string
  readonly optional?: boolean
  /** What may stand there, checked before `run` is called; anything when left out. */
  readonly choices?: readonly string[]
  /** Takes all that follow. Only for the last one. */
  readonly rest?: boolean
}

type OptionValue<O extends CommandOption> = O extends { readonly multiple: true }
  ? readonly (O['type'] extends 'boolean' ? boolean : string)[]
  : O['type'] extends 'boolean'
    ? boolean
    : string

/** What a command was called with. */
export interface Invocation<O extends Readonly<Record<string, CommandOption>>> {
  readonly options: { readonly [K in keyof O]?: OptionValue<O[K]> }
  readonly args: readonly string[]
  readonly terminal: Terminal
  /** What `.env` has added; nothing for a command that has no {@link Command.envFile}. */
  readonly envFile: UsedEnvFile
}

export interface Command<
  O extends Readonly<Record<string, CommandOption>> = Readonly<Record<string, CommandOption>>,
> {
  /** What it does and what to know of it: the text under the usage line. */
  readonly description: string
  readonly arguments?: readonly CommandArgument[]
  readonly options: O
  /**
   * Whether the variables of `.env` beside the config count, as they do in `freeda dev`; never outside of development. A file that is
   * not understood is `reported` by a command that only looks, and `refused` by one that opens the store: it might be another store.
   */
  readonly envFile?: 'reported' | 'refused'
  /** Whole command lines. */
  readonly examples: readonly string[]
  /** @returns the exit code; 0 when nothing is said. What it throws is printed, and the exit code is 1. */
  run(invocation: Invocation<O>): Promise<number | void>
}

/** Gives `run` the types of the options. */
export const defineCommand = <const O extends Readonly<Record<string, CommandOption>>>(
  command: Command<O>,
): Command<O> => command

/** Options that mean the same in every command that has them. */
export const sharedOptions = {
  config: {
    type: 'string',
    value: 'FILE',
    summary: 'take this config file instead of looking for the nearest one',
  },
  json: { type: 'boolean', summary: 'print JSON, for scripts' },
} as const satisfies Readonly<Record<string, CommandOption>>

/** A mistake in how a command was called: exit code 2, with the way to its help. */
export class UsageError extends Error {}
