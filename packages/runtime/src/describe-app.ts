/** What an app says of itself without being started: for the commands that look at one. */
import { loadConfig, type LoadedConfig } from './config/load-config.ts'
import { examinePlugins } from './lifecycle/examine-plugins.ts'
import { rehearseApp, type Rehearsal } from './lifecycle/rehearse-app.ts'
import type { ServedRoute } from './lifecycle/served-routes.ts'
import { createLogger } from './observability/logger.ts'
import { planApp } from './plugins/plan-app.ts'
import type { Plan } from './plugins/plan.ts'
import { modeOf, type StartOptions } from './start.ts'

export { examinePlugins }
export type { Rehearsal, ServedRoute }

export type DescribeOptions = Pick<StartOptions, 'cwd' | 'file' | 'config' | 'mode' | 'environment'>

export interface PlannedApp {
  /** As it was written. */
  readonly loaded: LoadedConfig
  readonly plan: Plan
}

/**
 * Plans an app, also where its variables are not set: stand-ins take their place, and `plan.gaps` names them.
 * @throws FREEDA_CONFIG_NOT_FOUND, FREEDA_CONFIG_LOAD, FREEDA_CONFIG_INVALID
 */
export async function describePlan(options: DescribeOptions = {}): Promise<PlannedApp> {
  const { environment = process.env, mode = modeOf(environment['NODE_ENV']) } = options
  const loaded = await loadConfig({ ...options, mode })
  return { loaded, plan: await planApp(loaded, { mode, environment, unset: 'stand-in' }) }
}

/**
 * Plans an app and rehearses it: plugins are set up with documents in memory, to learn which routes they have, and are
 * stopped again. Nothing is opened, started or listened on, so the app may be running meanwhile.
 * @throws what {@link describePlan} throws
 */
export async function describeApp(options: DescribeOptions = {}): Promise<PlannedApp & Rehearsal> {
  const planned = await describePlan(options)
  const { plan } = planned
  // Whoever calls prints where log lines would go.
  const log = await createLogger({
    app: plan.name,
    level: 'silent',
    pretty: false,
    redact: [],
    secrets: plan.secrets,
    destination: undefined,
  })
  return { ...planned, ...(await rehearseApp(plan, log)) }
}
