import { Router } from '@koa/router'
import type { DefaultState } from 'koa'
import type { PluginRouter, RequestTools } from '../http.ts'

/**
 * The router of one plugin. `''` and `/` put its routes at the root.
 *
 * Case-sensitive, as paths are (RFC 3986, 6.2.2.1), and because of a hole in @koa/router 15: its routes ignore case by
 * default, but what `router.use(middleware)` puts before them does not, so that `/ADMIN/users` would reach the route
 * without passing the middleware that guards `/admin`.
 */
export const pluginRouter = (prefix: string): PluginRouter =>
  new Router<DefaultState, RequestTools>({
    prefix: prefix.replace(/\/+$/, ''),
    sensitive: true,
  }) as unknown as PluginRouter
