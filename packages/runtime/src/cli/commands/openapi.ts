import { describeApp } from '../../describe-app.ts'
import { defineCommand, sharedOptions } from '../command.ts'
import { keepStdoutClean } from '../keep-stdout-clean.ts'
import { writeProblems } from '../write-problems.ts'

export const command = defineCommand({
  description: `Prints the OpenAPI document of the app's routes.

Plugins are set up for that with documents in memory, and nothing is started or listened on, so the app may be running, and
variables may be unset. Exit code 1 when a plugin could not be set up: its routes are missing then.`,
  options: { ...sharedOptions, json: { type: 'boolean', summary: 'changes nothing: it is JSON anyway' } },
  envFile: 'reported',
  examples: ['freeda openapi > openapi.json'],
  async run({ options, terminal }) {
    keepStdoutClean()
    const app = await describeApp(options.config === undefined ? {} : { file: options.config })
    terminal.json(app.openapi())
    writeProblems(terminal, 'Plugins whose routes are not in it:', app.failures)
    writeProblems(terminal, 'The app would not start:', app.problems)
    // A plugin may have forgotten a timer.
    return app.failures.length + app.problems.length === 0 ? 0 : 1
  },
})
