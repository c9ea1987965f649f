/** Everything that `freeda doctor` looks at, in the order in which it is shown. */
import { dirname, resolve } from 'node:path'
import { examinePlugins, type DescribeOptions } from '../../describe-app.ts'
import type { Finding } from '../../doctor.ts'
import type { Plan } from '../../plugins/plan.ts'
import { awsCli, type AwsTarget } from './aws-cli.ts'
import { checkBudgets, type StopTime } from './check-budgets.ts'
import { checkConfig } from './check-config.ts'
import { checkMode } from './check-mode.ts'
import { checkNode } from './check-node.ts'
import { checkOpenFiles, openFileLimit } from './check-open-files.ts'
import { checkPackages, findPackages, ownRuntime } from './check-packages.ts'
import { checkPorts } from './check-ports.ts'
import { checkStack } from './check-stack.ts'
import { checkVariables } from './check-variables.ts'
import { stopTime } from './stop-time.ts'

export interface Examination extends Pick<DescribeOptions, 'file'> {
  /** As given: seconds or a duration. */
  readonly stopTimeout: string | undefined
  /** Names of CloudFormation stacks. */
  readonly stacks: readonly string[]
  readonly aws: AwsTarget
}

export interface Diagnosis {
  /** Undefined when it cannot be planned. */
  readonly plan: Plan | undefined
  readonly findings: readonly Finding[]
}

/** @throws UsageError */
export async function examineApp({ stopTimeout, stacks, aws, ...options }: Examination): Promise<Diagnosis> {
  const directory = options.file === undefined ? process.cwd() : dirname(resolve(options.file))
  // First, as it can be a mistake in how the command was called.
  const stop = await stopTime(stopTimeout, directory)
  const config = await checkConfig(options)
  const plan = config.app?.plan
  const [packages, surroundings, deployed] = await Promise.all([
    findPackages(plan?.directory ?? directory),
    plan === undefined ? [notPlanned] : examineSurroundings(plan, stop),
    examineStacks(stacks, aws, plan),
  ])
  return {
    plan,
    findings: [
      checkNode(process.versions.node),
      checkMode(process.env['NODE_ENV']),
      ...checkPackages(packages, ownRuntime()),
      ...config.findings,
      ...surroundings,
      ...deployed,
    ],
  }
}

const notPlanned: Finding = {
  id: 'app',
  severity: 'note',
  message:
    'Variables, storage, ports and time limits were not looked at: that needs a config without errors.',
}

async function examineSurroundings(plan: Plan, stop: StopTime): Promise<Finding[]> {
  const [plugins, ports] = await Promise.all([examinePlugins(plan), checkPorts(plan)])
  return [
    ...checkVariables(plan),
    ...plugins,
    ...(plugins.some(({ id }) => id.endsWith('.clock')) ? [] : [noClock]),
    ...ports,
    ...checkBudgets(plan, stop),
    checkOpenFiles(plan, openFileLimit()),
  ]
}

const noClock: Finding = {
  id: 'clock',
  severity: 'note',
  message: 'The clock was not looked at: nothing that was asked here told its time.',
}

async function examineStacks(
  stacks: readonly string[],
  target: AwsTarget,
  plan: Plan | undefined,
): Promise<Finding[]> {
  if (stacks.length === 0)
    return [
      {
        id: 'stack',
        severity: 'note',
        message: 'What is deployed was not looked at: --stack NAME says where to look.',
      },
    ]
  const aws = awsCli(target)
  return (await Promise.all(stacks.map((name) => checkStack(aws, name, plan?.server.shutdown)))).flat()
}
