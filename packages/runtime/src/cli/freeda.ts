/** The `freeda` command. */
import { parseArgs } from 'node:util'
import { start } from '../start.ts'
import { printBootError } from './print-boot-error.ts'

const help = `Usage: freeda start [--config FILE]

Starts the app of the nearest freeda.config.{ts,mts,js,mjs,json}.

Options:
  --config FILE   take this config file instead of looking for one
  --help          show this text

Examples:
  freeda start
  PORT=8080 NODE_ENV=production freeda start --config apps/desk/freeda.config.ts
`

/** Exit codes: 0 done, 1 the app failed, 2 the command was not understood. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help === true) return void process.stdout.write(help)
  const [command, ...rest] = positionals
  if (command !== 'start' || rest.length > 0) {
    process.stderr.write(
      `${command === undefined ? 'Which command?' : `There is no command "${positionals.join(' ')}".`}\n\n${help}`,
    )
    process.exitCode = 2
    return
  }
  await start(values.config === undefined ? {} : { file: values.config })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const usage =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (usage) process.stderr.write(`${error.message}\n\n${help}`)
  else printBootError(error, process.stderr)
  process.exit(usage ? 2 : 1)
}
