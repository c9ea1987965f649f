/** An app that is set up only to be looked at: see {@link rehearsePlugins}. */
import type { Logger } from 'pino'
import { createContainer } from '../container/create-container.ts'
import { isFreedaError, type Problem } from '../errors.ts'
import { Health } from '../health.ts'
import { redactor } from '../observability/redaction.ts'
import { documentApp, withDocs, type AppFacts } from '../openapi/document-app.ts'
import type { OpenapiDocument } from '../openapi/openapi-document.ts'
import type { Plan } from '../plugins/plan.ts'
import { schemesOf, type Schemes } from '../routing/authenticate-requirement.ts'
import { guardRoutes } from '../routing/authenticate-routes.ts'
import { idempotencyOf } from '../routing/idempotency.ts'
import { routeLimits } from '../routing/limit-routes.ts'
import type { Mount } from '../routing/mount.ts'
import { refuseConflicts } from '../routing/route-conflicts.ts'
import { prepareRoutes } from '../routing/route-definition.ts'
import type { Storage } from '../storage.ts'
import { authRegistry } from './auth-registry.ts'
import { healthRegistry } from './health-registry.ts'
import { observeApp } from './observe-app.ts'
import { opsOf } from './ops.ts'
import { rehearsePlugins } from './rehearse-plugins.ts'
import { servedRoutes, withOps, type ServedRoute } from './served-routes.ts'
import { stopHooks } from './stop-hooks.ts'

/** What an app would serve. */
export interface Rehearsal {
  readonly routes: readonly ServedRoute[]
  /** Of the plugins that could be set up. */
  openapi(): OpenapiDocument
  /** Plugins that could not be set up, with what to do; their routes are missing. */
  readonly failures: readonly Problem[]
  /** What would keep the app from starting: routes that are claimed twice, security that cannot be enforced. */
  readonly problems: readonly Problem[]
  /** What went wrong when the plugins were stopped again. */
  readonly stopFailures: readonly string[]
}

export async function rehearseApp(plan: Plan, log: Logger): Promise<Rehearsal> {
  const container = createContainer()
  const health = healthRegistry({ name: plan.name, version: plan.version, build: plan.build })
  container.register(Health.id, health, 'freeda')
  const auth = authRegistry()
  const hooks = stopHooks(log)
  const observers = await observeApp({ ...plan, metrics: withoutEmf(plan.metrics) }, log)
  hooks.add('freeda', observers.close)
  const tools = { plan, container, health, auth, hooks, observers, log }
  const { mounts, storage, failures } = await rehearsePlugins(tools)
  const schemes = schemesOf(auth.schemes)
  const facts: AppFacts = { ...plan, mounts, schemes, responses: plan.server.responses }
  const documented = withDocs(plan.docs, facts, log)
  const ops = opsOf(plan, observers)
  const problems = bootProblems(withOps(documented, ops), plan, { schemes, storage, log })
  const stopFailures = await hooks.stopAll(plan.server.shutdown)
  const redact = redactor(plan.secrets)
  const hide = (problem: Problem) => ({ ...problem, message: redact(problem.message) })
  return {
    routes: servedRoutes(documented, ops, plan.server.rateLimit),
    openapi: () => documentApp(facts),
    failures: failures.map(hide),
    problems: problems.map(hide),
    stopFailures: stopFailures.map(redact),
  }
}

/** Its reporter writes to stdout now and then, whatever the level of the log. */
const withoutEmf = (metrics: Plan['metrics']): Plan['metrics'] =>
  metrics === false ? false : { ...metrics, emf: undefined }

/** In the order of the boot, which the first of them would end. */
function bootProblems(
  mounts: readonly Mount[],
  plan: Plan,
  { schemes, storage, log }: Surroundings,
): Problem[] {
  const { rateLimit, handlerTimeout } = plan.server
  const checks: readonly (() => unknown)[] = [
    () => refuseConflicts(mounts),
    () => idempotencyOf(prepareRoutes(mounts, []), { storage, handlerTimeoutMs: handlerTimeout }),
    () => routeLimits(mounts, { general: rateLimit, by: 'ip' }, log),
    () => guardRoutes(mounts, schemes),
  ]
  return checks.flatMap((check) => {
    try {
      check()
      return []
    } catch (error) {
      if (isFreedaError(error) && 'problems' in error.data) return [...error.data.problems]
      if (!isFreedaError(error, 'FREEDA_ROUTE_DEFINITION')) throw error
      const { route, reason } = error.data
      return [{ code: 'route_definition', at: route, message: reason, fix: 'Correct the route.' }]
    }
  })
}

interface Surroundings {
  readonly schemes: Schemes
  readonly storage: Storage | undefined
  readonly log: Logger
}
