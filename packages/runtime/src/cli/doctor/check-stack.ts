/** Looks at a deployed CloudFormation stack: its state, its services and what they run, and whether the app answers. */
import type { Finding } from '../../doctor.ts'
import { AwsFailure, type Aws } from './aws-cli.ts'
import {
  judgeService,
  judgeStack,
  judgeTask,
  type Service,
  type Stack,
  type TaskDefinition,
} from './judge-deployment.ts'

interface Resource {
  readonly ResourceType: string
  readonly PhysicalResourceId?: string
}

/** @param shutdownMs budget of the app's shutdown, when the app could be planned */
export async function checkStack(aws: Aws, name: string, shutdownMs: number | undefined): Promise<Finding[]> {
  const id = `stack.${name}`
  try {
    const { Stacks } = await aws<{ Stacks: readonly Stack[] }>([
      'cloudformation',
      'describe-stacks',
      '--stack-name',
      name,
    ])
    const [stack] = Stacks
    if (stack === undefined) throw new AwsFailure(`there is no stack ${name}`, false)
    const { StackResourceSummaries: resources } = await aws<{ StackResourceSummaries: readonly Resource[] }>([
      'cloudformation',
      'list-stack-resources',
      '--stack-name',
      name,
    ])
    const services = resources.filter(({ ResourceType }) => ResourceType === 'AWS::ECS::Service')
    const found = await Promise.all(
      services.map(({ PhysicalResourceId = '' }) =>
        checkService(aws, id, PhysicalResourceId, resources, shutdownMs),
      ),
    )
    return [...judgeStack(id, stack), ...found.flat(), ...(await checkAddress(id, stack))]
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error
    return [notReached(id, `The stack ${name}`, error)]
  }
}

/** @param what stands at the beginning of a sentence */
export const notReached = (id: string, what: string, { message, isMissing }: AwsFailure): Finding => ({
  id,
  severity: 'error',
  message: `${what} cannot be looked at: ${message.replace(/\.$/, '')}.`,
  fix: isMissing
    ? 'Install the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html'
    : 'Check the name, --profile and --region, and sign in (`aws sso login`).',
})

async function checkService(
  aws: Aws,
  id: string,
  arn: string,
  resources: readonly Resource[],
  shutdownMs: number | undefined,
): Promise<Finding[]> {
  const cluster = clusterOf(arn, resources)
  const { services } = await aws<{ services: readonly Service[] }>([
    'ecs',
    'describe-services',
    ...(cluster === undefined ? [] : ['--cluster', cluster]),
    '--services',
    arn,
  ])
  const [service] = services
  if (service === undefined)
    return [{ id: `${id}.service`, severity: 'error', message: `The service ${arn} of the stack is gone.` }]
  const task = await aws<{ taskDefinition: TaskDefinition }>([
    'ecs',
    'describe-task-definition',
    '--task-definition',
    service.taskDefinition,
  ])
  return [...judgeService(id, service), ...judgeTask(id, task.taskDefinition, shutdownMs)]
}

/** `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE`; old ones have no cluster in it. */
function clusterOf(arn: string, resources: readonly Resource[]): string | undefined {
  const [, cluster] = /:service\/([^/]+)\//.exec(arn) ?? []
  return (
    cluster ?? resources.find(({ ResourceType }) => ResourceType === 'AWS::ECS::Cluster')?.PhysicalResourceId
  )
}

const answerMs = 10_000

/** Asks the first output that is an address whether the app is ready. */
async function checkAddress(id: string, { Outputs = [] }: Stack): Promise<Finding[]> {
  const address = Outputs.find(({ OutputValue = '' }) => /^https?:\/\//.test(OutputValue))?.OutputValue
  if (address === undefined) return []
  const url = new URL('/health/ready', address).href
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(answerMs) })
    if (status === 200)
      return [{ id: `${id}.ready`, severity: 'ok', message: `${url} says that the app is ready.` }]
    if (status === 404)
      return [
        {
          id: `${id}.ready`,
          severity: 'note',
          message: `${url} is not there: the app has no @freeda/health, or another prefix.`,
        },
      ]
    return [
      {
        id: `${id}.ready`,
        severity: 'error',
        message: `${url} answers ${status}: the app is not ready.`,
        fix: `\`curl ${url}\` says which check fails.`,
      },
    ]
  } catch (error) {
    const { cause } = error as { cause?: unknown }
    const reason = cause instanceof Error ? cause.message : String(error)
    return [{ id: `${id}.ready`, severity: 'error', message: `${url} does not answer: ${reason}` }]
  }
}
