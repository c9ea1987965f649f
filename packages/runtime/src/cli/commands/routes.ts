import { describeApp } from '../../describe-app.ts'
import { defineCommand, sharedOptions } from '../command.ts'
import { keepStdoutClean } from '../keep-stdout-clean.ts'
import { routeColumns } from '../routes/route-columns.ts'
import { writeTable } from '../table.ts'
import { writeGaps, writeProblems } from '../write-problems.ts'

export const command = defineCommand({
  description: `Lists every route that the app would serve: whose it is, who may call it, and what limits it.

Plugins are set up for that with documents in memory, and nothing is started or listened on, so the app may be running, and
variables may be unset. Exit code 1 when a plugin could not be set up, or when routes are claimed twice.`,
  options: sharedOptions,
  envFile: 'reported',
  examples: [
    'freeda routes',
    'freeda routes --json | jq -r \'.routes[] | select(.security == "public").path\'',
  ],
  async run({ options, terminal }) {
    const { config: file, json } = options
    keepStdoutClean()
    const app = await describeApp(file === undefined ? {} : { file })
    const { plan, routes, failures, problems } = app
    if (json === true) terminal.json({ app: plan.name, mode: plan.mode, routes, failures, problems })
    else if (routes.length > 0) {
      writeTable(terminal, routeColumns, routes)
      const plugins = new Set(routes.map(({ plugin }) => plugin)).size
      terminal.line(
        `\n${counted(routes.length, 'route')} of ${counted(plugins, 'plugin')}, as in ${plan.mode}.`,
      )
    } else terminal.line('No routes.')
    writeProblems(terminal, 'Plugins whose routes are not listed:', failures)
    writeProblems(terminal, 'The app would not start:', problems)
    if (json !== true) writeGaps(terminal, plan.gaps)
    // A plugin may have forgotten a timer.
    return failures.length + problems.length === 0 ? 0 : 1
  },
})

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
