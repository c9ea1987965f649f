import { openApp } from '../../open-app.ts'
import { defineCommand, sharedOptions } from '../command.ts'
import { runInput } from '../script/run-input.ts'
import { runPrompt } from '../script/prompt.ts'
import { stderrLog } from '../script/stderr-log.ts'
import { withApp } from '../script/with-app.ts'

export const command = defineCommand({
  description: `Opens a prompt with the app set up, not listening: collections and services are there by name, and \`await\` works. Without
a terminal it runs what comes from stdin, up to the first statement that throws; then the exit code is 1.

It works on the data of the app; a store that one process holds, as the JSON store, must be free. The history is kept in
~/.freeda_repl_history, or where FREEDA_REPL_HISTORY says.`,
  options: { config: sharedOptions.config },
  envFile: 'refused',
  examples: ['freeda repl', "echo 'console.log((await notes.query()).items)' | freeda repl"],
  async run({ options: { config: file }, terminal }) {
    const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true
    const outcome = await withApp(
      () => openApp({ ...(file === undefined ? {} : { file }), logTo: stderrLog() }),
      (app, signal) =>
        isInteractive
          ? runPrompt(app, terminal, signal)
          : Promise.race([runInput(app, process.stdin, terminal.err), abortOf(signal)]),
    )
    return outcome.interrupted ? outcome.code : 0
  },
})

const abortOf = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
