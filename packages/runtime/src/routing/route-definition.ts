/** What a plugin said of a schema-first route: kept on its router, for the boot, OpenAPI and tools. */
import { FreedaError } from '../errors.ts'
import type { PluginRouter } from '../http.ts'
import type { RouteInput, RouteSpec } from '../route.ts'
import type { ExchangeContext } from '../exchange/exchange.ts'

type Layer = PluginRouter['stack'][number]

export type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** Happens before the handler of a route and before anything of the request is read; throws to refuse. */
export type BeforeStep = (ctx: ExchangeContext) => void | Promise<void>

/** The step of one route; `undefined` when it needs none. Asked once a route, when the app is put together. */
export type MakeStep = (route: RouteDefinition) => BeforeStep | undefined

export type AnyHandler = (input: RouteInput<undefined, undefined, undefined, undefined>) => unknown

export interface RouteDefinition {
  /** In upper case. */
  readonly method: string
  /** With the plugin's prefix, as @koa/router writes it: `/tickets/:id`. */
  readonly path: string
  /** What @koa/router made of it. */
  readonly layer: Layer
  readonly spec: RouteSpec
  readonly handler: AnyHandler
  /** Name of the plugin; `''` until the app is put together. */
  plugin: string
  /** In their order. */
  before: readonly BeforeStep[]
}

const definitions = Symbol('freeda.routes')

type Keeper = PluginRouter & { [definitions]?: RouteDefinition[] }

/** The schema-first routes of a router, in the order in which they were defined. */
export const routesOf = (router: PluginRouter): readonly RouteDefinition[] =>
  (router as Keeper)[definitions] ?? []

/** Keeps a definition; the path is the layer's, which `router.prefix()` may still change. */
export function keepRoute(
  router: PluginRouter,
  layer: () => Layer,
  route: Pick<RouteDefinition, 'method' | 'spec' | 'handler'>,
): RouteDefinition {
  const definition: RouteDefinition = {
    ...route,
    get layer() {
      return layer()
    },
    get path() {
      return String(layer().path)
    },
    plugin: '',
    before: [],
  }
  ;((router as Keeper)[definitions] ??= []).push(definition)
  return definition
}

/** Tells every route whose it is and what comes before its handler. */
export function prepareRoutes(
  mounts: readonly { readonly plugin: string; readonly router: PluginRouter }[],
  steps: readonly MakeStep[],
): readonly RouteDefinition[] {
  return mounts.flatMap(({ plugin, router }) => {
    const routes = routesOf(router)
    for (const route of routes) {
      route.plugin = plugin
      route.before = steps.map((make) => make(route)).filter((step) => step !== undefined)
    }
    return routes
  })
}

const parts = ['params', 'query', 'headers', 'body'] as const
const known: ReadonlySet<string> = new Set([
  ...parts,
  'response',
  'summary',
  'description',
  'tags',
  'deprecated',
  'security',
  'idempotent',
  'rateLimit',
  'hidden',
] satisfies (keyof RouteSpec)[])

/**
 * What types cannot refuse, or JavaScript did not.
 * @throws FREEDA_ROUTE_DEFINITION with everything that is wrong
 */
export function checkSpec(method: string, path: string, spec: RouteSpec): void {
  const wrong: string[] = []
  for (const key of Object.keys(spec)) if (!known.has(key)) wrong.push(`\`${key}\` is not known.`)
  for (const part of parts)
    if (spec[part] !== undefined && !isSchema(spec[part])) wrong.push(`\`${part}\` is no Standard Schema.`)
  if (method === 'GET' && spec.body !== undefined)
    wrong.push('a GET has no `body` (RFC 9110, 9.3.1); take it as `query`.')
  if (spec.idempotent === true && method !== 'POST' && method !== 'PATCH')
    wrong.push(`\`idempotent\` is for POST and PATCH; ${method} is idempotent by itself.`)
  wrong.push(...wrongResponses(spec.response))
  if (wrong.length > 0)
    throw new FreedaError('FREEDA_ROUTE_DEFINITION', { route: `${method} ${path}`, reason: wrong.join(' ') })
}

function wrongResponses(response: RouteSpec['response']): string[] {
  if (response === undefined || isSchema(response)) return []
  const entries = Object.entries(response)
  if (entries.length === 0) return ['`response` names no status.']
  return entries.flatMap(([status, schema]) => {
    if (!/^[2-5]\d\d$/.test(status)) return [`\`response\` has the status ${status}.`]
    return schema === null || isSchema(schema)
      ? []
      : [`\`response\` for ${status} is neither a Standard Schema nor \`null\`.`]
  })
}

/** Some libraries' schemas are functions. */
export const isSchema = (value: unknown): boolean =>
  (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value
