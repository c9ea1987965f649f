import { defineCommand, sharedOptions } from '../command.ts'
import { runScript } from '../script/run-script.ts'

export const command = defineCommand({
  description: `Runs a script with the app at hand: set up, not listening, and stopped when the script is done. The default export of the
file is called with { app, collections, services, collection, get, log, args, signal }. TypeScript works as in the config.

The exit code is the number that it returns, else 0; 1 when it throws. Log lines go to stderr.`,
  arguments: [
    { name: 'FILE', summary: 'a module whose default export is a function' },
    {
      name: 'ARGS',
      summary: 'given to the script; behind `--` when they begin with a dash',
      optional: true,
      rest: true,
    },
  ],
  options: { config: sharedOptions.config },
  envFile: 'refused',
  examples: [
    'freeda exec scripts/close-old-tickets.ts',
    'freeda exec scripts/import.ts -- tickets.csv --dry-run',
  ],
  async run({ options, args: [file = '', ...args] }) {
    return runScript(file, args, options.config)
  },
})
