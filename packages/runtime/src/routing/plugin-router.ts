import { Router } from '@koa/router'
import type { DefaultState } from 'koa'
import { FreedaError } from '../errors.ts'
import type { PluginRouter, RequestTools } from '../http.ts'
import type { RouteSpec } from '../route.ts'
import { checkSpec, keepRoute, type AnyHandler, type Verb } from './route-definition.ts'
import { schemaRoute } from './schema-route.ts'
import { defineSocket } from './define-socket.ts'

const verbs: readonly Verb[] = ['get', 'post', 'put', 'patch', 'delete']

type Register = (...args: unknown[]) => unknown

/**
 * The router of one plugin. `''` and `/` put its routes at the root.
 *
 * Case-sensitive, as paths are (RFC 3986, 6.2.2.1), and because of a hole in @koa/router 15: its routes ignore case by
 * default, but what `router.use(middleware)` puts before them does not, so that `/ADMIN/users` would reach the route
 * without passing the middleware that guards `/admin`.
 */
export function pluginRouter(prefix: string): PluginRouter {
  const router = new Router<DefaultState, RequestTools>({
    prefix: prefix.replace(/\/+$/, ''),
    sensitive: true,
  }) as unknown as PluginRouter
  for (const verb of verbs) {
    const register = (router[verb] as Register).bind(router)
    const accept: Register = (...args) => {
      if (!hasSpec(args)) return register(...args)
      const [path, spec, handler, ...more] = args
      if (typeof handler !== 'function' || more.length > 0)
        throw new FreedaError('FREEDA_ROUTE_DEFINITION', {
          route: `${verb.toUpperCase()} ${path}`,
          reason: 'behind the spec stands exactly one handler; put middleware before it with `router.use`.',
        })
      return defineRoute(router, verb, register, path, spec, handler as AnyHandler)
    }
    Object.defineProperty(router, verb, { value: accept, configurable: true, writable: true })
  }
  Object.defineProperty(router, 'ws', { value: defineSocket.bind(undefined, router) })
  return router
}

/** `(path, spec, …)`, as opposed to all that @koa/router takes: names, regular expressions, lists, functions. */
function hasSpec(args: readonly unknown[]): args is [path: string, spec: RouteSpec, ...rest: unknown[]] {
  const [path, spec] = args
  if (typeof path !== 'string' || typeof spec !== 'object' || spec === null) return false
  const prototype: unknown = Object.getPrototypeOf(spec)
  return prototype === Object.prototype || prototype === null
}

function defineRoute(
  router: PluginRouter,
  verb: Verb,
  register: Register,
  path: string,
  spec: RouteSpec,
  handler: AnyHandler,
): unknown {
  const method = verb.toUpperCase()
  checkSpec(method, path, spec)
  const position = router.stack.length
  const definition = keepRoute(router, () => layer, { method, spec, handler })
  const chain = register(path, schemaRoute(definition))
  const layer = router.stack[position]!
  return chain
}
