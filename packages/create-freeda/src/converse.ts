/** The yeoman side: a generator that asks. It is loaded only when there is somebody to ask, since loading it takes a while. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEnv } from 'yeoman-environment'
import Generator from 'yeoman-generator'
import { Failure } from './failure.ts'

export type Prompt = Generator['prompt']

/** @throws Failure with 130 when the user leaves a question with Ctrl-C */
export async function converse<A>(conversation: (prompt: Prompt) => Promise<A>): Promise<A> {
  let answers: A | undefined
  // Yeoman wants one, while nobody knows yet where the project goes.
  const folder = mkdtempSync(join(tmpdir(), 'create-freeda-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)

  class Questions extends Generator {
    async prompting(): Promise<void> {
      answers = await conversation(this.prompt.bind(this))
    }
  }

  const environment = createEnv({ cwd: folder, skipInstall: true })
  // Yeoman has a closing line of its own.
  environment.adapter.log = Object.assign(
    () => environment.adapter.log,
    quietLog(() => environment.adapter.log),
  ) as never
  try {
    const generator = await environment.instantiate(Questions, {
      generatorArgs: [],
      generatorOptions: { destinationRoot: folder, force: true, skipLocalCache: true } as object,
    })
    await environment.runGenerator(generator)
  } catch (error) {
    throw isInterrupt(error) ? new Failure('Nothing was made.', 130) : error
  } finally {
    process.off('exit', remove)
    remove()
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
