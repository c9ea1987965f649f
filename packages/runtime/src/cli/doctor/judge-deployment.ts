/** What the answers of AWS mean for an app. Pure. */
import type { Finding, Severity } from '../../doctor.ts'
import { ecsDefault } from './check-budgets.ts'

export interface Stack {
  readonly StackName: string
  readonly StackStatus: string
  readonly StackStatusReason?: string
  readonly Outputs?: readonly { readonly OutputKey?: string; readonly OutputValue?: string }[]
}

export interface Service {
  readonly serviceName: string
  readonly status: string
  readonly desiredCount: number
  readonly runningCount: number
  readonly pendingCount: number
  readonly taskDefinition: string
  readonly deployments?: readonly {
    readonly status: string
    readonly rolloutState?: string
    readonly rolloutStateReason?: string
  }[]
}

export interface TaskDefinition {
  readonly containerDefinitions: readonly {
    readonly name: string
    readonly image: string
    readonly stopTimeout?: number
  }[]
}

/** Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes */
export function judgeStack(id: string, { StackName, StackStatus, StackStatusReason }: Stack): Finding[] {
  const severity = stackSeverity(StackStatus)
  const reason = StackStatusReason === undefined || StackStatusReason === '' ? '' : ` (${StackStatusReason})`
  const message = `The stack ${StackName} is ${StackStatus}${reason}.`
  return [
    severity === 'ok'
      ? { id, severity, message }
      : { id, severity, message, fix: stackFix(StackStatus, StackName) },
  ]
}

function stackSeverity(status: string): Severity {
  if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE' || status === 'IMPORT_COMPLETE')
    return 'ok'
  if (status.endsWith('_FAILED') || status === 'ROLLBACK_COMPLETE' || status === 'DELETE_COMPLETE')
    return 'error'
  return 'warning'
}

const stackFix = (status: string, name: string): string =>
  status.endsWith('_IN_PROGRESS')
    ? 'Wait until it is done, and look again.'
    : `\`aws cloudformation describe-stack-events --stack-name ${name}\` says what failed; deploy again once that is mended.`

export function judgeService(id: string, service: Service): Finding[] {
  const { serviceName, status, desiredCount, runningCount, pendingCount, deployments = [] } = service
  const at = `${id}.service`
  if (status !== 'ACTIVE')
    return [{ id: at, severity: 'error', message: `The service ${serviceName} is ${status}.` }]
  const failed = deployments.find(({ rolloutState }) => rolloutState === 'FAILED')
  if (failed !== undefined)
    return [
      {
        id: at,
        severity: 'error',
        message: `The last deployment of ${serviceName} failed: ${failed.rolloutStateReason ?? 'no reason is given'}`,
        fix: 'Look at the log of the tasks that stopped, then deploy again.',
      },
    ]
  const counted = `${runningCount} of ${desiredCount} tasks run${pendingCount > 0 ? `, ${pendingCount} are starting` : ''}`
  const isSteady = runningCount === desiredCount && pendingCount === 0 && deployments.length <= 1
  if (isSteady && desiredCount > 0)
    return [{ id: at, severity: 'ok', message: `The service ${serviceName} is steady: ${counted}.` }]
  return [
    {
      id: at,
      severity: runningCount === 0 ? 'error' : 'warning',
      message: `The service ${serviceName} is not steady: ${counted}${deployments.length > 1 ? `, ${deployments.length} deployments are under way` : ''}.`,
      fix: 'Wait until the deployment is done; if it lasts, look at the events of the service and the log of its tasks.',
    },
  ]
}

/** The containers of the app: what they run, and whether they get the time that a shutdown needs. */
export const judgeTask = (
  id: string,
  { containerDefinitions }: TaskDefinition,
  shutdownMs: number | undefined,
): Finding[] =>
  containerDefinitions.flatMap(({ name, image, stopTimeout }) => [
    judgeImage(`${id}.image`, name, image),
    ...(shutdownMs === undefined ? [] : [judgeStopTime(`${id}.stop-time`, name, stopTimeout, shutdownMs)]),
  ])

const judgeImage = (id: string, name: string, image: string): Finding =>
  /@sha256:[0-9a-f]{64}$/.test(image)
    ? { id, severity: 'ok', message: `The container ${name} runs ${image}.` }
    : {
        id,
        severity: 'warning',
        message: `The container ${name} runs ${image}, a tag: a task that starts later may run something else.`,
        fix: 'Deploy the image by its digest (repository@sha256:…).',
      }

function judgeStopTime(
  id: string,
  name: string,
  stopTimeout: number | undefined,
  shutdownMs: number,
): Finding {
  const stopMs = stopTimeout === undefined ? ecsDefault.ms : stopTimeout * 1_000
  const message = `The container ${name} is killed ${stopMs / 1_000} s after it was told to stop; server.shutdown is ${shutdownMs / 1_000} s`
  if (stopMs > shutdownMs) return { id, severity: 'ok', message: `${message}.` }
  return {
    id,
    severity: 'error',
    message: `${message}: requests and writes may be cut off.`,
    fix: `Set StopTimeout to ${shutdownMs / 1_000 + 10} or more, or server.shutdown below it.`,
  }
}
