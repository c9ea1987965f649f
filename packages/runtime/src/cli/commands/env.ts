import { describePlan } from '../../describe-app.ts'
import { defineCommand, sharedOptions, UsageError } from '../command.ts'
import { envColumns } from '../env/env-columns.ts'
import { variableFacts } from '../env/variable-facts.ts'
import { writeEnvExample } from '../env/write-env-example.ts'
import { writeTable } from '../table.ts'
import { useEnvFile } from '../use-env-file.ts'
import { writeEnvFileProblems, writeProblems } from '../write-problems.ts'

export const command = defineCommand({
  description: `Lists every environment variable that the app reads: what it must look like, whether it is set, and who uses it. Values are never
shown. Exit code 1 when one that is required is not set, or one is set to something else than is expected.

With --example writes them to .env.example beside the config, with those of production, and without any value of a secret.`,
  options: {
    ...sharedOptions,
    example: { type: 'boolean', summary: 'write .env.example' },
    force: { type: 'boolean', summary: 'with --example: write over other content' },
  },
  examples: ['freeda env', 'NODE_ENV=production freeda env', 'freeda env --example'],
  async run({ options, terminal }) {
    const { config, json = false, example = false, force = false } = options
    if (force && !example) throw new UsageError('--force goes with --example.')
    if (json && example)
      throw new UsageError('--example writes a file, --json prints to the terminal: say one of them.')
    const file = config === undefined ? {} : { file: config }
    if (example) return writeEnvExample(terminal, file, force)
    const envFile = await useEnvFile(config)
    writeEnvFileProblems(terminal, envFile)
    const { plan } = await describePlan(file)
    const variables = variableFacts(plan, envFile.names)
    if (json) terminal.json({ app: plan.name, mode: plan.mode, variables, problems: plan.gaps })
    else if (variables.length > 0) {
      writeTable(terminal, envColumns, variables)
      terminal.line(`\nWhat ${plan.name} reads in ${plan.mode}.`)
    } else terminal.line('No variables.')
    writeProblems(terminal, 'The app would not start:', plan.gaps)
    return plan.gaps.length === 0 ? 0 : 1
  },
})
