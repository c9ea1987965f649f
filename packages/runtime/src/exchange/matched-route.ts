import type { ExchangeContext } from './exchange.ts'

/**
 * The pattern of the route that handled a request, e.g. `/tickets/:id`; undefined when none did.
 * `ctx._matchedRoute` would not do: while middleware of `router.use` runs it is that middleware's pattern.
 */
export function matchedRoute(ctx: ExchangeContext): string | undefined {
  let first: string | RegExp | undefined
  for (const layer of ctx.matched ?? []) {
    if (!layer.methods.includes(ctx.method)) continue
    if (layer.path === ctx.routerPath) return layer.path
    first ??= layer.path
  }
  return first === undefined ? undefined : String(first)
}
