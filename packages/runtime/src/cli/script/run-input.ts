/** Runs what comes from stdin, as `freeda repl` does without a terminal. */
import { text } from 'node:stream/consumers'
import { constants, Script } from 'node:vm'
import type { OpenApp } from '../../open-app.ts'
import type { Output } from '../terminal.ts'
import { namesAtHand } from './prompt.ts'

/** Statements with top-level await; the first that throws ends them. @throws what they throw */
export async function runInput(app: OpenApp, input: NodeJS.ReadableStream, err: Output): Promise<void> {
  const names = namesAtHand(app)
  const code = await text(input)
  // In a block of its own, where a name at hand may be declared again.
  const script = new Script(`(async ({ ${Object.keys(names).join(', ')} }) => { {\n${code}\n} })`, {
    filename: 'stdin',
    lineOffset: -1,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const run = script.runInThisContext() as (names: Readonly<Record<string, unknown>>) => Promise<void>
  try {
    await run(names)
  } catch (error) {
    const at = placeIn(code, error)
    if (at !== undefined) err.write(`${at}\n`)
    throw error
  }
}

/** The line that threw: a report of the error can show only lines of files. */
function placeIn(code: string, error: unknown): string | undefined {
  const line = /\bstdin:(\d+)/.exec(error instanceof Error ? (error.stack ?? '') : '')?.[1]
  return line === undefined ? undefined : `stdin:${line}: ${code.split('\n')[Number(line) - 1]?.trim() ?? ''}`
}
