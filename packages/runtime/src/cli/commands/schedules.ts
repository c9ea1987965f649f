import { describePlan } from '../../describe-app.ts'
import { defineCommand, sharedOptions, UsageError } from '../command.ts'
import { scheduleFacts } from '../plugins/plugin-facts.ts'
import { runByHand, writeRuns } from '../timetable/at-the-store.ts'
import { nextTimes } from '../timetable/next-times.ts'
import { scheduleColumns } from '../timetable/schedule-columns.ts'
import { writeTable } from '../table.ts'
import { writeGaps } from '../write-problems.ts'

const actions = ['run', 'history'] as const

export const command = defineCommand({
  description: `Lists the schedules of the app and when each comes next. Reads the plan only; no plugin runs, and variables may be unset.

\`run NAME\` runs one now, beside its slots, with the app set up and not listening. No other instance runs it meanwhile, and it is
in its history. Exit code 1 when the run does not end well. \`history NAME\` lists what became of its last slots. Both open the app's
store. Log lines go to stderr.`,
  arguments: [
    {
      name: 'ACTION',
      summary: 'run or history; without it they are listed',
      optional: true,
      choices: actions,
    },
    { name: 'NAME', summary: 'the schedule', optional: true },
  ],
  options: sharedOptions,
  envFile: 'refused',
  examples: [
    'freeda schedules',
    "freeda schedules --json | jq -r '.schedules[] | [.name, .next[0]] | @tsv'",
    'freeda schedules run nightly-report',
    'freeda schedules history nightly-report',
  ],
  async run({ options, args: [action, name], terminal }) {
    const { config: file, json = false } = options
    if (action !== undefined) {
      if (name === undefined)
        throw new UsageError(`Which schedule? Write \`freeda schedules ${action} NAME\`.`)
      return (action === 'run' ? runByHand : writeRuns)(name, { file, json, terminal })
    }
    const { plan } = await describePlan(file === undefined ? {} : { file })
    const schedules = plan.plugins.flatMap((plugin) =>
      scheduleFacts(plugin).map((facts) => ({ ...facts, next: nextTimes(facts, 3) })),
    )
    if (json) {
      terminal.json({ app: plan.name, schedules })
      return 0
    }
    if (schedules.length === 0) terminal.line('No schedules.')
    else writeTable(terminal, scheduleColumns, schedules)
    writeGaps(terminal, plan.gaps)
    return 0
  },
})
