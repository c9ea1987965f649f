/** The `freeda` command. */
import { parseArgs } from 'node:util'
import { describeApp } from '../describe-app.ts'
import { start, type StartOptions } from '../start.ts'
import { printBootError } from './print-boot-error.ts'

const help = `Usage: freeda <command> [--config FILE]

Works on the app of the nearest freeda.config.{ts,mts,js,mjs,json}.

Commands:
  start     starts the app
  openapi   prints the OpenAPI document of its routes. For that the plugins are set up, started and stopped
            again, with the variables that they need; nothing listens

Options:
  --config FILE   take this config file instead of looking for one
  --help          show this text

Examples:
  freeda start
  freeda openapi > openapi.json
  PORT=8080 NODE_ENV=production freeda start --config apps/desk/freeda.config.ts
`

const commands: Readonly<Record<string, (options: StartOptions) => Promise<void>>> = {
  async start(options) {
    await start(options)
  },
  async openapi(options) {
    const document = await describeApp(options)
    // Not before all of it is out; and not later, whatever a plugin forgot to stop.
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`, () => process.exit(0))
  },
}

/** Exit codes: 0 done, 1 the app failed, 2 the command was not understood. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help === true) return void process.stdout.write(help)
  const [command, ...rest] = positionals
  const run = Object.hasOwn(commands, command ?? '') ? commands[command!] : undefined
  if (run === undefined || rest.length > 0) {
    process.stderr.write(
      `${command === undefined ? 'Which command?' : `There is no command "${positionals.join(' ')}".`}\n\n${help}`,
    )
    process.exitCode = 2
    return
  }
  await run(values.config === undefined ? {} : { file: values.config })
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
