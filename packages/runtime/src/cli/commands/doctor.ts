import { defineCommand, sharedOptions, UsageError } from '../command.ts'
import { examineApp } from '../doctor/examine-app.ts'
import { summaryOf, writeFindings } from '../doctor/write-findings.ts'
import { keepStdoutClean } from '../keep-stdout-clean.ts'

export const command = defineCommand({
  description: `Looks at everything that the app stands on, changes nothing, and says what is wrong and how to mend it: Node, packages, config,
variables, storage, ports, clock, time limits, the limit of open files, and with --deployed or --stack what is deployed. The app may be running.

Each finding is ok, a note, a warning or an error. Exit code 1 when there is an error, with --strict also for a warning.`,
  options: {
    ...sharedOptions,
    strict: { type: 'boolean', summary: 'fail for warnings too' },
    'stop-timeout': {
      type: 'string',
      value: 'TIME',
      summary:
        'how long the orchestrator waits before it kills, e.g. 45s; default: what the template of the project says, or 30s',
    },
    stack: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      summary: 'look at this CloudFormation stack',
    },
    deployed: {
      type: 'string',
      multiple: true,
      value: 'ENV',
      summary: 'look at what deploy.sh has made of this environment, with the aws command',
    },
    profile: { type: 'string', value: 'NAME', summary: 'profile of the aws command' },
    region: { type: 'string', value: 'NAME', summary: 'region of the stack' },
  },
  examples: [
    'freeda doctor',
    'NODE_ENV=production freeda doctor --strict',
    'freeda doctor --deployed production --profile work',
    'freeda doctor --stack desk-staging-service --region eu-west-1',
    'freeda doctor --json | jq -r \'.findings[] | select(.severity == "error").id\'',
  ],
  async run({ options, terminal }) {
    const { config, json = false, strict = false, stack = [], deployed = [], profile, region } = options
    if (stack.length + deployed.length === 0 && (profile !== undefined || region !== undefined))
      throw new UsageError('--profile and --region go with --deployed ENV or --stack NAME.')
    keepStdoutClean()
    const { plan, findings } = await examineApp({
      ...(config === undefined ? {} : { file: config }),
      stopTimeout: options['stop-timeout'],
      stacks: stack,
      deployed,
      aws: { profile, region },
    })
    const has = (severity: string) => findings.some((finding) => finding.severity === severity)
    const ok = !has('error') && !(strict && has('warning'))
    if (json) terminal.json({ app: plan?.name ?? null, mode: plan?.mode ?? null, ok, findings })
    else {
      writeFindings(terminal, findings)
      terminal.line(`\n${summaryOf(findings)}.`)
    }
    // A plugin may have forgotten a timer.
    return ok ? 0 : 1
  },
})
