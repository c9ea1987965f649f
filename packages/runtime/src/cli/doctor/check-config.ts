/** Whether the app can be planned, and what a rehearsal of it says. */
import { basename } from 'node:path'
import { describeApp, type DescribeOptions, type PlannedApp, type Rehearsal } from '../../describe-app.ts'
import type { Finding } from '../../doctor.ts'
import { isFreedaError, reasonOf, type Problem } from '../../errors.ts'

export interface CheckedConfig {
  readonly findings: readonly Finding[]
  /** Undefined when it cannot be planned. */
  readonly app: (PlannedApp & Rehearsal) | undefined
}

export async function checkConfig(options: Pick<DescribeOptions, 'file'>): Promise<CheckedConfig> {
  try {
    const app = await describeApp(options)
    return { findings: [planned(app), ...rehearsed(app)], app }
  } catch (error) {
    return { findings: loadFailure(error), app: undefined }
  }
}

const planned = ({ plan }: PlannedApp): Finding => ({
  id: 'config',
  severity: 'ok',
  message: `${basename(plan.file)} makes ${plan.name} ${plan.version} of ${plan.plugins.length} plugins.`,
})

function loadFailure(error: unknown): Finding[] {
  if (isFreedaError(error, 'FREEDA_CONFIG_INVALID'))
    return error.data.problems.map((problem) => findingOf(`config.${problem.code}`, 'error', problem))
  if (isFreedaError(error, 'FREEDA_CONFIG_NOT_FOUND'))
    return [
      {
        id: 'config',
        severity: 'error',
        message: `There is no config in ${error.data.searched}.`,
        fix: error.data.fix,
      },
    ]
  if (isFreedaError(error, 'FREEDA_CONFIG_LOAD'))
    return [
      {
        id: 'config',
        severity: 'error',
        message: `${error.data.file} cannot be loaded: ${error.data.reason}`,
        fix: 'Mend that; `freeda start` shows where in the file it is.',
      },
    ]
  return [{ id: 'config', severity: 'error', message: `The config cannot be planned: ${reasonOf(error)}` }]
}

function rehearsed({ failures, problems, stopFailures, routes }: Rehearsal): Finding[] {
  return [
    ...problems.map((problem) => findingOf(`routes.${problem.code}`, 'error', problem)),
    // It may only lack its surroundings here; at the real start that would be an error.
    ...failures
      .filter(({ code }) => code !== 'plugin_incomplete')
      .map((problem) => findingOf(`setup.${problem.at}`, 'warning', problem)),
    ...stopFailures.map((failure): Finding => ({
      id: 'setup.stop',
      severity: 'warning',
      message: `Stopping without having started fails: ${failure}`,
      fix: 'onStop must bear that onStart never ran: that is so after a failed boot too.',
    })),
    ...(problems.length === 0
      ? [{ id: 'routes', severity: 'ok' as const, message: `${routes.length} routes, none claimed twice.` }]
      : []),
  ]
}

const findingOf = (id: string, severity: Finding['severity'], { at, message, fix }: Problem): Finding => ({
  id,
  severity,
  message: `${at}: ${message}`,
  ...(fix === undefined || fix === '' ? {} : { fix }),
})
