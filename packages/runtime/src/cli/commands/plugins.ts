import { describePlan } from '../../describe-app.ts'
import { defineCommand, sharedOptions } from '../command.ts'
import { pluginFacts } from '../plugins/plugin-facts.ts'
import { writePlugins } from '../plugins/write-plugins.ts'
import { writeGaps } from '../write-problems.ts'

export const command = defineCommand({
  description: `Lists the plugins in the order in which they are set up: what each needs and who provides it, what it provides and who uses
it, and its collections with their indexes. Reads the plan only; no plugin runs, and variables may be unset.`,
  options: sharedOptions,
  envFile: 'reported',
  examples: ['freeda plugins', "freeda plugins --json | jq -r '.plugins[].collections[].name'"],
  async run({ options, terminal }) {
    const { config: file, json } = options
    const { plan } = await describePlan(file === undefined ? {} : { file })
    const plugins = pluginFacts(plan)
    if (json === true) {
      terminal.json({ app: plan.name, mode: plan.mode, setupTimeoutMs: plan.setupTimeoutMs, plugins })
      return 0
    }
    writePlugins(terminal, plugins)
    terminal.line(
      plugins.length === 0
        ? 'No plugins.'
        : `\nEach hook of them has ${plan.setupTimeoutMs / 1_000} s at the start (setupTimeout). \`freeda graph\` draws them.`,
    )
    writeGaps(terminal, plan.gaps)
    return 0
  },
})
