/** `router.ws`: a route for WebSockets is a GET whose handler takes over the connection. */
import { originProblem } from '../check-origin.ts'
import { FreedaError } from '../errors.ts'
import type { PluginRouter } from '../http.ts'
import type { RouteSpec } from '../route.ts'
import { isSchema } from './route-definition.ts'
import { keepSocketLayer } from './socket-layers.ts'
import { socketRoute, type AnySocketHandler, type AnySocketSpec } from '../realtime/socket-route.ts'

const ofRoute = ['params', 'query', 'security', 'rateLimit'] as const
const known: ReadonlySet<string> = new Set([
  ...ofRoute,
  'message',
  'origins',
  'protocols',
  'maxMessageBytes',
  'maxBufferedBytes',
  'heartbeatMs',
] satisfies (keyof AnySocketSpec)[])

/** @throws FREEDA_ROUTE_DEFINITION with everything that is wrong with the spec */
export function defineSocket(
  router: PluginRouter,
  path: string,
  spec: AnySocketSpec,
  handler: AnySocketHandler,
): PluginRouter {
  check(path, spec, handler)
  // OpenAPI has no words for WebSockets.
  const route: Record<string, unknown> = { hidden: true }
  for (const key of ofRoute) if (spec[key] !== undefined) route[key] = spec[key]
  const position = router.stack.length
  router.get(path, route as Pick<RouteSpec<undefined, undefined>, 'hidden'>, socketRoute(spec, handler))
  keepSocketLayer(router, router.stack[position]!)
  return router
}

function check(path: string, spec: AnySocketSpec, handler: AnySocketHandler): void {
  const wrong = Object.keys(spec).flatMap((key) => (known.has(key) ? [] : [`\`${key}\` is not known.`]))
  if (spec.message !== undefined && !isSchema(spec.message)) wrong.push('`message` is no Standard Schema.')
  for (const listed of Array.isArray(spec.origins) ? spec.origins : []) {
    const problem = originProblem(listed)
    if (problem !== undefined) wrong.push(`\`origins\`: ${problem}.`)
  }
  if (typeof handler !== 'function') wrong.push('behind the spec stands exactly one handler.')
  if (wrong.length > 0)
    throw new FreedaError('FREEDA_ROUTE_DEFINITION', { route: `WS ${path}`, reason: wrong.join(' ') })
}
