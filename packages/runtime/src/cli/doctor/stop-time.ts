/** Finds out how long the orchestrator waits before it kills. */
import { durationMs } from '../../config/duration.ts'
import { UsageError } from '../command.ts'
import { ecsDefault, type StopTime } from './check-budgets.ts'

/** Of the parameters of an environment, and of the template. */
const parameter = 'StopTimeoutSeconds'

/**
 * From the flag, else from what the environment or the template says, else what ECS does.
 * @param flag seconds, or a duration
 * @param template text of the service's template
 * @param parameters of the environment in question
 * @throws UsageError when the flag is no duration
 */
export function stopTime(
  flag: string | undefined,
  template: string | undefined,
  parameters: Readonly<Record<string, unknown>> = {},
): StopTime {
  if (flag !== undefined) {
    const read = durationMs.safeParse(/^\d+$/.test(flag) ? `${flag}s` : flag)
    if (!read.success)
      throw new UsageError(`--stop-timeout is "${flag}"; expected seconds, or a text such as 45s.`)
    return { ms: read.data, from: 'by --stop-timeout', sure: true }
  }
  const own = Number(parameters[parameter])
  if (own > 0) return { ms: own * 1_000, from: 'by the parameters of the environment', sure: true }
  const seconds = template === undefined ? undefined : stopTimeoutIn(template)
  return seconds === undefined
    ? ecsDefault
    : { ms: seconds * 1_000, from: 'by the template of the service', sure: true }
}

/** `StopTimeout` of a container in seconds, or the default of the parameter that it refers to. */
function stopTimeoutIn(template: string): number | undefined {
  const [, value] = /^\s+StopTimeout: *(\d+|!Ref +\w+)\s*$/m.exec(template) ?? []
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value)
  const name = value.replace(/^!Ref +/, '')
  const [, initial] =
    new RegExp(`^  ${name}:\\n(?: {4,}.*\\n)*? {4}Default: *['"]?(\\d+)`, 'm').exec(template) ?? []
  return initial === undefined ? undefined : Number(initial)
}
