/**
 * Puts guards before the routes of plugins. A guard stands in front of everything of its route, so that authentication
 * comes before middleware, validation and the body; a public route gets none and pays nothing.
 */
import type { Principal, Security } from '../auth.ts'
import { FreedaError, type Problem } from '../errors.ts'
import { authenticate, type Requirement } from '../exchange/authenticate.ts'
import {
  effectiveSecurity,
  malformation,
  requirementFrom,
  type Fault,
  type PluginSecurity,
  type Schemes,
} from './authenticate-requirement.ts'
import type { Mount } from './mount.ts'
import { exchangeOf, signalOf, type Exchange, type ExchangeContext } from '../exchange/exchange.ts'
import { routesOf } from './route-definition.ts'

type Layer = Mount['router']['stack'][number]
type Next = () => Promise<unknown>
type Guard = (ctx: ExchangeContext, next: Next) => unknown
/** By route; `undefined` for a public one. */
type Requirements = Map<Layer, Requirement | undefined>

const open: PluginSecurity = { default: 'public' }

/**
 * Guards all routes.
 * @returns what guards those that were added since; one whose security cannot be enforced is closed to everybody
 * @throws FREEDA_SECURITY_INVALID with everything that cannot be enforced, by plugin and route
 */
export function guardRoutes(mounts: readonly Mount[], schemes: Schemes): () => void {
  const guards = mounts.map((mount) => mountGuard(mount, schemes))
  const problems = guards.flatMap((guard) => [...guard.problems, ...guard.guardNew()])
  if (problems.length > 0) throw new FreedaError('FREEDA_SECURITY_INVALID', { problems })
  return () => {
    for (const guard of guards) guard.guardNew()
  }
}

interface MountGuard {
  /** What is wrong with the plugin, whatever its routes say. */
  readonly problems: readonly Problem[]
  /** Guards the routes that have no guard yet; gives back what is wrong with them. */
  guardNew(): Problem[]
}

function mountGuard({ plugin, router, security = open }: Mount, schemes: Schemes): MountGuard {
  const requirements: Requirements = new Map()
  const guarded = new WeakSet<Layer>()
  const resolved = new Map<Security, Requirement | undefined | Fault[]>()
  const faults = faultsOf(security, schemes)
  if (resolve(security.default, security, schemes) !== undefined) faults.push(...refuseListeners(router))

  function guardLayer(layer: Layer, own: Security | undefined): Problem[] {
    const said = own ?? security.default
    if (!resolved.has(said)) resolved.set(said, resolve(said, security, schemes))
    const requirement = resolved.get(said)
    if (!Array.isArray(requirement)) {
      requirements.set(layer, requirement)
      if (requirement !== undefined) putFirst(layer, (ctx, next) => admit(ctx, requirement, next))
      return []
    }
    const problems = requirement.map(problemAt(`plugin "${plugin}", ${nameOf(layer)}`))
    putFirst(layer, () => {
      throw new FreedaError('FREEDA_SECURITY_INVALID', { problems })
    })
    // What the plugin says is wrong once, not at every route.
    return own === undefined ? [] : problems
  }

  return {
    problems: faults.map(problemAt(`plugin "${plugin}"`)),
    guardNew() {
      const fresh = router.stack.filter((layer) => !guarded.has(layer))
      if (fresh.length === 0) return []
      const specs = new Map(routesOf(router).map(({ layer, spec }) => [layer, spec.security]))
      const isRoute = (layer: Layer) => layer.methods.length > 0
      const problems = fresh.filter(isRoute).flatMap((layer) => guardLayer(layer, specs.get(layer)))
      const mixed = [...requirements.values()].some((requirement) => requirement !== undefined)
      for (const layer of fresh)
        if (isRoute(layer) || mixed) {
          if (!isRoute(layer)) putFirst(layer, middlewareGuard(layer, requirements))
          guarded.add(layer)
        }
      return problems
    },
  }
}

/** What `router.use` adds runs before the route that comes next: the guard of that route has to come first. */
const middlewareGuard =
  (own: Layer, requirements: Requirements): Guard =>
  (ctx, next) => {
    let route: Layer | undefined
    let reached = false
    for (const layer of ctx.matched ?? []) {
      if (layer === own) reached = true
      else if (layer.methods.includes(ctx.method) && requirements.has(layer)) {
        route = layer
        if (reached) break
      }
    }
    if (route === undefined) throw new Error('Middleware was called without a route that it belongs to.')
    const requirement = requirements.get(route)
    return requirement === undefined ? next() : admit(ctx, requirement, next)
  }

async function admit(ctx: ExchangeContext, requirement: Requirement, next: Next): Promise<unknown> {
  const exchange = ctx[exchangeOf]
  if (exchange.admittedBy !== requirement) {
    exchange.principal = await principalOf(exchange, requirement)
    exchange.admittedBy = requirement
  }
  return next()
}

async function principalOf(exchange: Exchange, requirement: Requirement): Promise<Principal | undefined> {
  const { req, res } = exchange
  // An AbortController is only made for providers that wait for something.
  const credentials = {
    headers: req.headers,
    get signal() {
      return signalOf(exchange)
    },
  }
  const principal = await authenticate(credentials, requirement)
  // Nobody waits for the answer any more; the handler must not begin what would surprise a client that was told 503.
  if (exchange.abortReason !== undefined) throw exchange.abortReason
  // Caches know that answers to `Authorization` are private; of other headers they know nothing (RFC 9111, 3.5).
  if (!res.headersSent) res.setHeader('Cache-Control', 'private')
  return principal
}

// ─────────────────────────────────────────────────────── at boot ───────────────────────────────────────────────────────

function putFirst(layer: Layer, guard: Guard): void {
  // Not `unshift`: the layers of one route with several paths share their array.
  layer.stack = [guard as unknown as Layer['stack'][number], ...layer.stack]
}

/** What is wrong with what a plugin and its lock say, whatever its routes say. */
function faultsOf(security: PluginSecurity, schemes: Schemes): Fault[] {
  const { default: own, lock } = security
  const locked = lock === undefined ? undefined : requirementFrom(lock, schemes)
  if (Array.isArray(locked))
    return locked.map(({ message, fix }) => ({ message: `${message} (The config says so.)`, fix }))
  const requirement = resolve(own, security, schemes)
  return Array.isArray(requirement) ? [...requirement] : []
}

/** What `router.on('not-found', …)` runs belongs to no route, so that no guard can stand before it. */
function refuseListeners(router: Mount['router']): Fault[] {
  const fault: Fault = {
    message: "listens to 'not-found' although it is not public: nothing could guard that.",
    fix: "Use a route, e.g. router.all('/{*path}', …).",
  }
  const { _events: events } = router as unknown as { readonly _events?: { readonly _handlers?: unknown } }
  Object.defineProperty(router, 'on', {
    configurable: true,
    value: () => {
      throw new Error(`The plugin ${fault.message} ${fault.fix}`)
    },
  })
  return events?._handlers instanceof Map && events._handlers.size > 0 ? [fault] : []
}

function resolve(
  security: Security,
  { lock }: PluginSecurity,
  schemes: Schemes,
): Requirement | undefined | Fault[] {
  const wrong = malformation(security)
  if (wrong !== undefined) return [wrong]
  const effective = effectiveSecurity(security, lock)
  if (effective !== undefined) return requirementFrom(effective, schemes)
  return [
    {
      message: 'can be called by nobody: the schemes that it allows and those that the config allows differ.',
      fix: 'Let both name a common scheme, or leave `schemes` out of one.',
    },
  ]
}

const problemAt =
  (at: string) =>
  ({ message, fix }: Fault): Problem => ({ code: 'security_invalid', at, message, fix })

function nameOf({ methods, path }: Layer): string {
  const named = methods.filter((method) => method !== 'HEAD' || !methods.includes('GET'))
  return `${named.length > 7 ? 'ALL' : named.join(', ')} ${String(path)}`
}
