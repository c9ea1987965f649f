/** Phases 3 and 5 of an app that may or may not listen: set up, then drain and stop. */
import type { Logger } from 'pino'
import { createContainer, type Container } from '../container/create-container.ts'
import { Health } from '../health.ts'
import { CurrentPrincipal } from '../auth.ts'
import { schemesOf, type Schemes } from '../routing/authenticate-requirement.ts'
import { createHttp, type Http } from '../http/create-http.ts'
import type { Listener } from '../http/listen.ts'
import { documentApp, withDocs, type AppFacts } from '../openapi/document-app.ts'
import type { OpenapiDocument } from '../openapi/openapi-document.ts'
import type { Plan } from '../plugins/plan.ts'
import { RateLimitStore } from '../rate-limit.ts'
import type { Storage } from '../storage.ts'
import { appWork, type AppWork } from './app-work.ts'
import { authRegistry } from './auth-registry.ts'
import { healthRegistry, type HealthRegistry } from './health-registry.ts'
import { observeApp } from './observe-app.ts'
import { listenOps, opsOf } from './ops.ts'
import type { OwnServices } from './own-services.ts'
import { servedRoutes, withOps, type ServedRoute } from './served-routes.ts'
import { setUpPlugins } from './set-up-plugins.ts'
import { stopHooks } from './stop-hooks.ts'

export interface BootedApp {
  readonly http: Http
  readonly health: HealthRegistry
  readonly container: Container
  readonly storage: Storage | undefined
  readonly work: AppWork
  readonly own: OwnServices
  /** How long each plugin took to be set up, in milliseconds, by its name. */
  readonly setupMs: ReadonlyMap<string, number>
  /** What it serves, the docs page and the operators' routes too. */
  routes(): ServedRoute[]
  /** The OpenAPI document of the plugins' routes. */
  openapi(): OpenapiDocument
  /** Opens the port that metrics have for themselves, if any; stopping closes it. @throws FREEDA_LISTEN */
  listenOps(): Promise<Listener | undefined>
  /** Stops the plugins in reverse order. Never throws: gives back what went wrong. */
  stopPlugins(budgetMs: number): Promise<string[]>
}

/**
 * @param seenBy what the HTTP layer gets for the schemes that plugins registered, as a test replaces them
 * @throws what setup or a route conflict throws, after everything that ran was stopped
 */
export async function bootApp(
  plan: Plan,
  log: Logger,
  overrides: ReadonlyMap<string, unknown> = new Map(),
  seenBy: (schemes: Schemes) => Schemes = (schemes) => schemes,
): Promise<BootedApp> {
  const container = createContainer(overrides)
  const health = healthRegistry({ name: plan.name, version: plan.version, build: plan.build })
  container.register(Health.id, health, 'freeda')
  const auth = authRegistry()
  const hooks = stopHooks(log)
  const stopPlugins = (budgetMs: number) => hooks.stopAll(budgetMs)
  try {
    const observers = await observeApp(plan, log)
    hooks.add('freeda', observers.close) // first in, last out
    const { mounts, storage, own, setupMs } = await setUpPlugins({
      plan,
      container,
      health,
      auth,
      hooks,
      observers,
      log,
    })
    await observers.findSdk()
    const ops = opsOf(plan, observers)
    const schemes = seenBy(schemesOf(auth.schemes))
    const facts: AppFacts = { ...plan, mounts, schemes, responses: plan.server.responses }
    const documented = withDocs(plan.docs, facts, log)
    const http = createHttp(
      withOps(documented, ops),
      {
        ...observers.hooks(),
        mode: plan.mode,
        bodyLimitBytes: plan.server.bodyLimit,
        maxUrlBytes: plan.server.maxUrlBytes,
        trustProxy: plan.server.trustProxy,
        proxyHeader: plan.server.proxyHeader,
        rateLimit: {
          general: plan.server.rateLimit,
          by: plan.server.rateLimit === false ? 'ip' : plan.server.rateLimit.by,
          store: container.find(RateLimitStore.id) as RateLimitStore | undefined,
          metrics: () => observers.registrar('rate-limit'),
        },
        overload:
          plan.server.overload === false ? { maxInFlight: 0, maxEventLoopLagMs: 0 } : plan.server.overload,
        handlerTimeoutMs: plan.server.handlerTimeout,
        cors: plan.server.cors,
        securityHeaders: plan.server.securityHeaders,
        schemes,
        openScope: (principal) => container.scope(new Map([[CurrentPrincipal.id, principal]])),
        responses: plan.server.responses,
        storage: storage(),
      },
      log,
    )
    observers.watch(http)
    return {
      http,
      setupMs,
      routes: () => servedRoutes(documented, ops, plan.server.rateLimit),
      openapi: () => documentApp(facts),
      listenOps: () => listenOps(ops, plan, hooks, log),
      health,
      container,
      storage: storage(),
      work: appWork(container),
      own,
      stopPlugins,
    }
  } catch (error) {
    await stopPlugins(plan.server.shutdown)
    health.setState('stopped')
    throw error
  }
}
