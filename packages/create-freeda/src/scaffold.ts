/** The yeoman side: asks, and writes rendered files into a folder. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createEnv } from 'yeoman-environment'
import Generator from 'yeoman-generator'
import { Failure } from './failure.ts'
import type { Rendered } from './render-project.ts'

export type BaseGenerator = Generator

export interface Scaffolding<A> {
  /** Where the files are written: an empty folder. */
  readonly folder: string
  /** @param prompt undefined when nobody can be asked */
  prompting(prompt: Generator['prompt'] | undefined): Promise<A>
  render(answers: A): Rendered
}

/** @throws Failure with 130 when the user leaves a question with Ctrl-C */
export async function scaffold<A>(
  { folder, prompting, render }: Scaffolding<A>,
  interactive: boolean,
): Promise<A> {
  let answers: A | undefined

  class ProjectGenerator extends Generator {
    async prompting(): Promise<void> {
      answers = await prompting(interactive ? this.prompt.bind(this) : undefined)
    }

    writing(): void {
      // Straight to the disk: yeoman's file system in memory looks for conflicts, which an empty folder has not.
      for (const [path, { text, executable }] of render(answers!)) {
        const file = this.destinationPath(path)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, text, { flag: 'wx', mode: executable ? 0o755 : 0o644 })
      }
    }
  }

  const environment = createEnv({ cwd: folder, skipInstall: true })
  // Which files were written is told at the end, in fewer words.
  environment.adapter.log = Object.assign(
    () => environment.adapter.log,
    quietLog(() => environment.adapter.log),
  ) as never
  try {
    const generator = await environment.instantiate(ProjectGenerator, {
      generatorArgs: [],
      generatorOptions: { destinationRoot: folder, force: true, skipLocalCache: true } as object,
    })
    await environment.runGenerator(generator)
  } catch (error) {
    throw isInterrupt(error) ? new Failure('Nothing was made.', 130) : error
  }
  return answers!
}

const quietLog = (self: () => unknown) =>
  Object.fromEntries(
    [
      'write',
      'writeln',
      'ok',
      'error',
      'skip',
      'force',
      'create',
      'invoke',
      'conflict',
      'identical',
      'info',
      'merge',
      'colored',
    ].map((method) => [method, self]),
  )

/** Inquirer's error for Ctrl-C, or for a terminal that went away. */
const isInterrupt = (error: unknown): boolean =>
  error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)
