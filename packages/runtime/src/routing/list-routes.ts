/** Every route of an app as data: for tools and people. */
import type { Security } from '../auth.ts'
import type { RateLimit, RouteSpec } from '../route.ts'
import { effectiveSecurity } from './authenticate-requirement.ts'
import type { Mount } from './mount.ts'
import { routesOf } from './route-definition.ts'
import { socketLayersOf } from './socket-layers.ts'

type Layer = Mount['router']['stack'][number]

export interface ListedRoute {
  /** In upper case; `ALL` for any, `WS` for WebSockets. */
  readonly method: string
  readonly path: string
  readonly plugin: string
  /** What holds with the lock of the config; `undefined` when nobody can be let in. */
  readonly security: Security | undefined
  /** Of its own or of the config; `false`: none. */
  readonly rateLimit: RateLimit | false
  /** Parts of the request and `response` that have a schema. */
  readonly schemas: readonly string[]
  readonly summary: string | undefined
  readonly deprecated: boolean
  /** Whether OpenAPI has it. */
  readonly documented: boolean
  /** Takes an `Idempotency-Key`. */
  readonly idempotent: boolean
  /** Answered during an overload too, and never counted. */
  readonly essential: boolean
}

/** @param general limit of the routes that say nothing themselves */
export function listRoutes(mounts: readonly Mount[], general: RateLimit | false): ListedRoute[] {
  return mounts.flatMap((mount) => {
    const { router } = mount
    const specs = new Map(routesOf(router).map(({ layer, spec }) => [layer, spec]))
    const sockets = new Set(socketLayersOf(router))
    return router.stack
      .filter((layer) => layer.methods.length > 0)
      .flatMap((layer) =>
        methodsOf(layer, sockets.has(layer)).map((method) => listed(mount, layer, method, specs, general)),
      )
  })
}

/** More than these are what `router.all` gives: whatever Node can parse. */
const mostNamedMethods = 7

/** GET brings HEAD along; nobody wrote it. */
function methodsOf({ methods }: Layer, isSocket: boolean): readonly string[] {
  if (isSocket) return ['WS']
  if (methods.length > mostNamedMethods) return ['ALL']
  return methods.filter((method) => method !== 'HEAD' || !methods.includes('GET'))
}

function listed(
  { plugin, security, essential = false }: Mount,
  layer: Layer,
  method: string,
  specs: ReadonlyMap<Layer, RouteSpec>,
  general: RateLimit | false,
): ListedRoute {
  const spec = specs.get(layer)
  return {
    method,
    path: String(layer.path),
    plugin,
    security: effectiveSecurity(spec?.security ?? security?.default ?? 'public', security?.lock),
    rateLimit: essential ? false : limitOnly(spec?.rateLimit ?? general),
    schemas: spec === undefined ? [] : parts.filter((part) => spec[part] !== undefined),
    summary: spec?.summary,
    deprecated: spec?.deprecated ?? false,
    documented: spec !== undefined && spec.hidden !== true,
    idempotent: spec?.idempotent ?? false,
    essential,
  }
}

const parts = ['params', 'query', 'headers', 'body', 'response'] as const

const limitOnly = (rule: RateLimit | false): RateLimit | false =>
  rule === false ? false : { limit: rule.limit, windowSeconds: rule.windowSeconds }
