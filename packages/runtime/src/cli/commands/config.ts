import { describePlan } from '../../describe-app.ts'
import { defineCommand, sharedOptions } from '../command.ts'
import { configValues } from '../config/config-values.ts'
import { writeConfig } from '../config/write-config.ts'
import { writeGaps } from '../write-problems.ts'

export const command = defineCommand({
  description: `Shows the config as the app sees it, and where each value came from: a default, the config file, or a variable. Durations are in
milliseconds. Secrets are never shown. Reads the plan only; no plugin runs, and variables may be unset.`,
  options: sharedOptions,
  envFile: 'reported',
  examples: [
    'freeda config',
    'NODE_ENV=production freeda config',
    'freeda config --json | jq \'.values[] | select(.from.kind != "default")\'',
  ],
  async run({ options, terminal, envFile }) {
    const { config: file, json } = options
    const app = await describePlan(file === undefined ? {} : { file })
    const values = configValues(app)
    const { plan } = app
    if (json === true) {
      // A value that is not known is null, so that scripts find its key.
      const known = values.map((each) => ({ ...each, value: each.value ?? null }))
      terminal.json({ app: plan.name, mode: plan.mode, file: plan.file, values: known })
      return 0
    }
    writeConfig(terminal, app, values, envFile.names)
    terminal.line(`\nThe config of ${plan.name} in ${plan.mode}, from ${plan.file}.`)
    writeGaps(terminal, plan.gaps)
    return 0
  },
})
