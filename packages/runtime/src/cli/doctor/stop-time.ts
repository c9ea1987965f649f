/** Finds out how long the orchestrator waits before it kills. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { durationMs } from '../../config/duration.ts'
import { UsageError } from '../command.ts'
import { ecsDefault, type StopTime } from './check-budgets.ts'

const template = 'infrastructure/ecs-fargate.yaml'

/**
 * From the flag, else from the template of the project, else what ECS does.
 * @throws UsageError when the flag is no duration
 */
export async function stopTime(flag: string | undefined, directory: string): Promise<StopTime> {
  if (flag !== undefined) {
    const parsed = durationMs.safeParse(/^\d+$/.test(flag) ? `${flag}s` : flag)
    if (!parsed.success)
      throw new UsageError(`--stop-timeout is "${flag}"; expected seconds, or a text such as 45s.`)
    return { ms: parsed.data, from: 'by --stop-timeout', sure: true }
  }
  const found = await fromTemplate(directory)
  return found === undefined ? ecsDefault : { ms: found, from: `by ${template}`, sure: true }
}

/** Beside the config or above it, as in a workspace. */
async function fromTemplate(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, template), 'utf8').catch(() => undefined)
  if (text !== undefined) return stopTimeoutIn(text)
  const above = dirname(directory)
  return above === directory ? undefined : fromTemplate(above)
}

/** `StopTimeout` of a container, or the default of the parameter that it refers to; in milliseconds. */
export function stopTimeoutIn(text: string): number | undefined {
  const [, value] = /^\s+StopTimeout: *(\d+|!Ref +\w+)\s*$/m.exec(text) ?? []
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1_000
  const name = value.replace(/^!Ref +/, '')
  const [, initial] =
    new RegExp(`^  ${name}:\\n(?: {4,}.*\\n)*? {4}Default: *['"]?(\\d+)`, 'm').exec(text) ?? []
  return initial === undefined ? undefined : Number(initial) * 1_000
}
