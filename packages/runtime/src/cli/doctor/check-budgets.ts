/** Whether the time limits of the app fit those of what runs it. Pure. */
import type { Finding, Severity } from '../../doctor.ts'
import type { Plan } from '../../plugins/plan.ts'

/** How long the orchestrator waits between SIGTERM and SIGKILL, and who says so. */
export interface StopTime {
  readonly ms: number
  readonly from: string
  /** Whether somebody wrote it down, so that it is sure to hold. */
  readonly sure: boolean
}

/** Source: `stopTimeout` in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html */
export const ecsDefault: StopTime = { ms: 30_000, from: 'by default on ECS', sure: false }
const longestOnFargateMs = 120_000
/** Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout */
const balancerIdleMs = 60_000

export function checkBudgets({ server, mode }: Pick<Plan, 'server' | 'mode'>, stop: StopTime): Finding[] {
  // On a laptop nobody waits for a time limit.
  const grave = (severity: Severity): Severity => (mode === 'production' || stop.sure ? severity : 'note')
  return [
    shutdownFinding(server.shutdown, stop, grave),
    ...drainFindings(server, mode),
    ...keepAliveFindings(server.keepAliveTimeout, mode),
  ]
}

const seconds = (ms: number): string => `${ms / 1_000} s`

function shutdownFinding(
  shutdownMs: number,
  { ms, from, sure }: StopTime,
  grave: (severity: Severity) => Severity,
): Finding {
  if (shutdownMs < ms)
    return {
      id: 'budget.shutdown',
      severity: 'ok',
      message: `server.shutdown (${seconds(shutdownMs)}) ends before the process is killed (${seconds(ms)} ${from}).`,
    }
  return {
    id: 'budget.shutdown',
    severity: grave(sure ? 'error' : 'warning'),
    message: `server.shutdown is ${seconds(shutdownMs)}, but the process is killed after ${seconds(ms)} ${from}: requests and writes may be cut off.`,
    fix:
      shutdownMs >= longestOnFargateMs
        ? `Set server.shutdown below ${seconds(longestOnFargateMs)}, the most that Fargate waits, and the stop time above it.`
        : `Set the stop time to ${seconds(shutdownMs + 10_000)} or more, or server.shutdown to ${seconds(Math.max(1_000, ms - 5_000))} or less.`,
  }
}

function drainFindings({ drain, shutdown, handlerTimeout }: Plan['server'], mode: Plan['mode']): Finding[] {
  const left = shutdown - drain
  if (mode === 'production' && drain === 0)
    return [
      {
        id: 'budget.drain',
        severity: 'warning',
        message:
          'server.drain is 0: a balancer still sends requests for a few seconds after the app has stopped taking them.',
        fix: "Set server.drain to '5s' or more.",
      },
    ]
  if (handlerTimeout === 0 || handlerTimeout > left)
    return [
      {
        id: 'budget.drain',
        severity: 'note',
        message: `A request may take ${handlerTimeout === 0 ? 'as long as it likes' : seconds(handlerTimeout)} (server.handlerTimeout), but a stop waits ${seconds(left)} for those under way and then cuts them.`,
      },
    ]
  return [
    {
      id: 'budget.drain',
      severity: 'ok',
      message: `A stop waits ${seconds(left)} for requests under way, which may take ${seconds(handlerTimeout)}.`,
    },
  ]
}

function keepAliveFindings(keepAliveMs: number, mode: Plan['mode']): Finding[] {
  if (keepAliveMs === 0 || keepAliveMs > balancerIdleMs)
    return [
      {
        id: 'budget.keep-alive',
        severity: 'ok',
        message: `server.keepAliveTimeout (${seconds(keepAliveMs)}) is above the ${seconds(balancerIdleMs)} after which an AWS balancer closes idle connections.`,
      },
    ]
  return [
    {
      id: 'budget.keep-alive',
      severity: mode === 'production' ? 'warning' : 'note',
      message: `server.keepAliveTimeout is ${seconds(keepAliveMs)}, not above the ${seconds(balancerIdleMs)} of an AWS balancer, which answers 502 when it uses a connection that the app has just closed.`,
      fix: "Set server.keepAliveTimeout to '65s', or the balancer's idle time below it.",
    },
  ]
}
