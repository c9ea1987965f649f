/** Everything that `freeda doctor` looks at, in the order in which it is shown. */
import { dirname, resolve } from 'node:path'
import { examinePlugins, type DescribeOptions } from '../../describe-app.ts'
import type { Finding } from '../../doctor.ts'
import type { Plan } from '../../plugins/plan.ts'
import { useEnvFile, type UsedEnvFile } from '../use-env-file.ts'
import { awsCli, type AwsTarget } from './aws-cli.ts'
import { checkBudgets, type StopTime } from './check-budgets.ts'
import { checkConfig } from './check-config.ts'
import { checkDeployment } from './check-deployment.ts'
import { checkMode } from './check-mode.ts'
import { checkNode } from './check-node.ts'
import { checkOpenFiles, openFileLimit } from './check-open-files.ts'
import { checkPackages, findPackages, ownRuntime } from './check-packages.ts'
import { checkPorts } from './check-ports.ts'
import { checkStack } from './check-stack.ts'
import { checkVariables } from './check-variables.ts'
import { projectInfrastructure, type ProjectInfrastructure } from './project-infrastructure.ts'
import { stopTime } from './stop-time.ts'

export interface Examination extends Pick<DescribeOptions, 'file'> {
  /** As given: seconds or a duration. */
  readonly stopTimeout: string | undefined
  /** Names of CloudFormation stacks. */
  readonly stacks: readonly string[]
  /** Environments as deploy.sh names them. */
  readonly deployed: readonly string[]
  readonly aws: AwsTarget
}

export interface Diagnosis {
  /** Undefined when it cannot be planned. */
  readonly plan: Plan | undefined
  readonly findings: readonly Finding[]
}

/** @throws UsageError */
export async function examineApp(examination: Examination): Promise<Diagnosis> {
  const { stopTimeout, file } = examination
  const directory = file === undefined ? process.cwd() : dirname(resolve(file))
  const infrastructure = await projectInfrastructure(directory)
  const [environment] = examination.deployed
  const parameters = environment === undefined ? undefined : await infrastructure.parametersOf(environment)
  // First, as it can be a mistake in how the command was called.
  const stop = stopTime(stopTimeout, infrastructure.service, parameters)
  const envFile = await useEnvFile(file)
  const config = await checkConfig(file === undefined ? {} : { file })
  const plan = config.app?.plan
  const [packages, surroundings, deployed] = await Promise.all([
    findPackages(plan?.directory ?? directory),
    plan === undefined ? [notPlanned] : examineSurroundings(plan, stop),
    examineDeployed(examination, infrastructure, plan),
  ])
  return {
    plan,
    findings: [
      checkNode(process.versions.node),
      checkMode(process.env['NODE_ENV']),
      ...checkPackages(packages, ownRuntime()),
      ...envFile.problems.map(envFileFinding),
      ...config.findings,
      ...surroundings,
      ...deployed,
    ],
  }
}

const envFileFinding = ({ at, message, fix }: UsedEnvFile['problems'][number]): Finding => ({
  id: 'env-file',
  severity: 'error',
  message: `${at}: ${message}`,
  ...(fix === undefined ? {} : { fix }),
})

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

async function examineDeployed(
  { stacks, deployed, aws: target }: Examination,
  infrastructure: ProjectInfrastructure,
  plan: Plan | undefined,
): Promise<Finding[]> {
  if (stacks.length === 0 && deployed.length === 0) return [nothingDeployed]
  const shutdownMs = plan?.server.shutdown
  const found = await Promise.all([
    ...deployed.map(async (environment) => {
      const { AppName, Region } = (await infrastructure.parametersOf(environment)) ?? {}
      // As deploy.sh does: what is set wins.
      const isSet = process.env['AWS_REGION'] !== undefined || typeof Region !== 'string'
      const region = target.region ?? (isSet ? undefined : Region)
      const app = typeof AppName === 'string' ? AppName : (plan?.name ?? 'app')
      return checkDeployment(awsCli({ ...target, region }), app, environment, shutdownMs)
    }),
    ...stacks.map((name) => checkStack(awsCli(target), name, shutdownMs)),
  ])
  return found.flat()
}

const nothingDeployed: Finding = {
  id: 'deployed',
  severity: 'note',
  message: 'What is deployed was not looked at: --deployed ENV or --stack NAME says where to look.',
}
