/**
 * Runs the routes of all plugins for one request: what `compose(routers.map((router) => router.routes()))` does, with
 * candidates from an index, without entering routers that have none, and without a chain of closures made anew for each
 * request. Source: @koa/router 15, `middleware` and `_buildMiddlewareChain`; koa-compose 4.
 */
import type { Mount } from './mount.ts'
import type { ExchangeContext } from '../exchange/exchange.ts'
import { indexRoutes, type Entry, type FindCandidates, type Layer } from './route-index.ts'

type Router = Mount['router']
type Next = () => Promise<unknown>
type Middleware = (ctx: RoutingContext, next: Next) => unknown

/** What @koa/router reads and writes on a context. */
interface RoutingContext {
  readonly method: string
  readonly path: string
  readonly host: string
  newRouterPath?: string
  matched?: Layer[]
  router?: Router
  routeMatched?: boolean
  routerPath?: Layer['path']
  routerName?: string | undefined
  captures?: readonly (string | undefined)[]
  params?: Record<string, string>
  readonly request: { params?: Record<string, string> }
  _matchedRoute?: Layer['path']
  _matchedRouteName?: string
}

/** Runs everything that matches. Gives what the first middleware gave: a promise only when that made one. */
export type Dispatch = (ctx: ExchangeContext) => unknown

interface Routes {
  readonly routers: readonly Router[]
  /** Positions of the routers that also have to see requests without a route of theirs, in order. */
  readonly eager: readonly number[]
  readonly find: FindCandidates
  readonly last: (ctx: ExchangeContext) => unknown
}

interface Found {
  readonly path: string
  readonly entries: readonly Entry[]
}

/**
 * @param last runs behind the last router, when everything before it called `next`
 * @param prepare runs when routes were added, before they are served
 */
export function createDispatch(
  mounts: readonly Mount[],
  last: Routes['last'],
  prepare: () => void = () => undefined,
): Dispatch {
  const routers = mounts.map(({ router }) => router)
  let routes: Routes | undefined
  const forget = () => void (routes = undefined)
  for (const router of routers) onChange(router, forget)
  return (ctx) => {
    if (routes === undefined) {
      prepare()
      routes = { routers, last, find: indexRoutes(routers), eager: eagerOnes(routers) }
    }
    return proceed(routes, ctx as unknown as RoutingContext, 0, undefined)
  }
}

/** Routes, prefixes and listeners may be added at any time. */
function onChange(router: Router, changed: () => void): void {
  const hook = <T extends object>(target: T, method: keyof T) => {
    const original = target[method] as (...args: unknown[]) => unknown
    const value = function (this: T, ...args: unknown[]): unknown {
      changed()
      return original.apply(this, args)
    }
    Object.defineProperty(target, method, { value, configurable: true, writable: true })
  }
  hook(router.stack, 'push')
  hook(router, 'prefix')
  hook(router, 'on')
}

const eagerOnes = (routers: readonly Router[]): number[] =>
  [...routers.keys()].filter((i) => hasOwnPath(routers[i]!) || listens(routers[i]!))

const hasOwnPath = (router: Router): boolean => Boolean(router.opts.routerPath)

/** Whether somebody called `router.on('not-found', …)`. @koa/router does not tell; when it changes, assume so. */
function listens(router: Router): boolean {
  const events = (
    router as unknown as { readonly _events?: { readonly _handlers?: ReadonlyMap<string, unknown> } }
  )._events
  return events?._handlers === undefined || events._handlers.size > 0
}

const requestPath = (ctx: RoutingContext): string =>
  ctx.newRouterPath || ctx.path || String(ctx.routerPath ?? '')

const hostFits = (router: Router, ctx: RoutingContext): boolean =>
  router.host === undefined || router.matchHost(ctx.host)

/** Goes on from router `from`: runs the next one that has a route, or else what is behind the last one. */
function proceed(routes: Routes, ctx: RoutingContext, from: number, before: Found | undefined): unknown {
  const { routers, eager } = routes
  const path = requestPath(ctx)
  // Middleware may have rewritten the path.
  const found = before?.path === path ? before : { path, entries: routes.find(path) }
  const { entries } = found
  let at = 0
  let owner = from
  for (;;) {
    while (at < entries.length && entries[at]!.owner < owner) at++
    owner = Math.min(entries[at]?.owner ?? routers.length, nextEager(routes, owner))
    const router = routers[owner]
    if (router === undefined) break
    if (hostFits(router, ctx)) {
      if (hasOwnPath(router)) return runWhole(routes, ctx, owner, found)
      const run = match(routes, ctx, owner, found, at)
      if (run !== undefined) return step(run, 0, 0, 0)
      if (eager.includes(owner)) return runWhole(routes, ctx, owner, found)
    }
    owner++
  }
  leaveLast(routes, ctx)
  return routes.last(ctx as unknown as ExchangeContext)
}

function nextEager({ eager, routers }: Routes, from: number): number {
  for (const owner of eager) if (owner >= from) return owner
  return routers.length
}

/** Routers that were not entered because they had no candidate would have left their trace. */
function leaveLast({ routers }: Routes, ctx: RoutingContext): void {
  const router = routers.findLast((each) => hostFits(each, ctx))
  if (router === undefined) return
  ctx.matched ??= []
  if (ctx.router === router) return
  ctx.router = router
  ctx.routeMatched = false
}

/** @koa/router's own way, for what the index cannot know: a path that is not the request's, or listeners. */
function runWhole(routes: Routes, ctx: RoutingContext, owner: number, found: Found): unknown {
  const middleware = routes.routers[owner]!.routes() as unknown as Middleware
  return middleware(ctx, async () => proceed(routes, ctx, owner + 1, found))
}

// ───────────────────────────────────────────────── within one router ──────────────────────────────────────────────────

/** What one router does for one request. */
interface Run {
  readonly routes: Routes
  readonly ctx: RoutingContext
  readonly owner: number
  readonly found: Found
  readonly layers: readonly Layer[]
  /** By layer; undefined where its expression has to be asked again. */
  readonly captures: readonly ((string | undefined)[] | undefined)[]
  /** The last middleware that was called, counted from 0. */
  called: number
}

/** Tests the candidates of a router, from `at` on; undefined when none of them is a route for this request. */
function match(
  routes: Routes,
  ctx: RoutingContext,
  owner: number,
  found: Found,
  at: number,
): Run | undefined {
  const router = routes.routers[owner]!
  const { path, entries } = found
  const method = ctx.method.toUpperCase()
  const matched: Layer[] = []
  const layers: Layer[] = []
  const captures: ((string | undefined)[] | undefined)[] = []
  let route: Layer | undefined
  for (let i = at; i < entries.length && entries[i]!.owner === owner; i++) {
    const { layer, stateless } = entries[i]!
    const captured = stateless ? layer.regexp.exec(path) : layer.match(path)
    if (captured === null || captured === false) continue
    matched.push(layer)
    const isRoute = layer.methods.length > 0
    if (isRoute && !layer.methods.includes(method)) continue
    layers.push(layer)
    captures.push(captured === true ? undefined : captured.slice(1))
    if (isRoute) route = layer
  }
  if (route === undefined && listens(router)) return undefined
  if (ctx.matched === undefined) ctx.matched = matched
  else if (matched.length > 0) ctx.matched.push(...matched)
  ctx.router = router
  ctx.routeMatched = route !== undefined
  if (route === undefined) return undefined
  ctx._matchedRoute = route.path
  if (route.name) ctx._matchedRouteName = route.name
  const run: Run = { routes, ctx, owner, found, layers, captures, called: -1 }
  return router.exclusive ? onlyOne(run, router) : run
}

/** `exclusive: true` runs the last of the layers that match, `'specificity'` the first with the fewest parameters. */
function onlyOne(run: Run, router: Router): Run {
  const { layers } = run
  let chosen = layers.length - 1
  if (router.opts.exclusive === 'specificity') {
    chosen = 0
    for (const [i, { paramNames }] of layers.entries())
      if (paramNames.length < layers[chosen]!.paramNames.length) chosen = i
  }
  return { ...run, layers: [layers[chosen]!], captures: [run.captures[chosen]] }
}

/** Calls middleware `f` of layer `l`, the next one that there is from there on, or what is behind this router. */
function step(run: Run, l: number, f: number, position: number): unknown {
  run.called = position
  const { layers } = run
  for (; l < layers.length; l++, f = 0) {
    const layer = layers[l]!
    if (f === 0) enterLayer(run, l)
    const middleware = layer.stack[f] as unknown as Middleware | undefined
    if (middleware !== undefined) return middleware(run.ctx, () => callNext(run, l, f + 1, position + 1))
  }
  return proceed(run.routes, run.ctx, run.owner + 1, run.found)
}

function callNext(run: Run, l: number, f: number, position: number): Promise<unknown> {
  if (position <= run.called) return Promise.reject(new Error('next() called multiple times'))
  try {
    return Promise.resolve(step(run, l, f, position))
  } catch (error) {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever was thrown
    return Promise.reject(error)
  }
}

function enterLayer({ ctx, found, layers, captures }: Run, l: number): void {
  const layer = layers[l]!
  const captured = layer.opts.ignoreCaptures === true ? [] : (captures[l] ?? layer.captures(found.path))
  ctx.captures = captured
  ctx.params = ctx.request.params = paramsOf(layer, captured, ctx.params)
  ctx.routerPath = layer.path
  ctx.routerName = layer.name || undefined
  ctx._matchedRoute = layer.path
  if (layer.name) ctx._matchedRouteName = layer.name
}

/** `layer.params`, without its iterators. */
function paramsOf(
  { paramNames, opts }: Layer,
  captured: readonly (string | undefined)[],
  before: Record<string, string> | undefined,
): Record<string, string> {
  const params: Record<string, string> = before === undefined ? {} : { ...before }
  for (let i = 0; i < captured.length; i++) {
    const value = captured[i]
    const parameter = paramNames[i]
    if (parameter === undefined || value === undefined || value === '') continue
    const { name, type } = parameter
    if (type === 'wildcard' && opts.ignoreWildcardParameter === name) continue
    params[name] = value.includes('%') ? decoded(value) : value
  }
  return params
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
