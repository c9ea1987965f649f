/** Puts rate limits in front of routes and of the middleware before them; nothing is changed when there are none. */
import type { Logger } from 'pino'
import { FreedaError } from '../errors.ts'
import type { RateLimit } from '../route.ts'
import type { Mount } from './mount.ts'
import { exchangeOf, type ExchangeContext } from '../exchange/exchange.ts'
import { createRateLimiter, type RateLimitOptions } from './rate-limit.ts'
import { routesOf } from './route-definition.ts'

type Layer = Mount['router']['stack'][number]

interface Rule {
  readonly limit: RateLimit
  /** What is counted together, and the name that clients see. */
  readonly scope: string
}

export interface RouteLimits {
  /** Limits the routes that are not limited yet: plugins may add some at any time. */
  apply(): void
  /** For what no route answers. @throws FREEDA_RATE_LIMITED */
  readonly unmatched: ((ctx: ExchangeContext) => Promise<void>) | undefined
}

const none: RouteLimits = { apply: () => undefined, unmatched: undefined }

/** @throws FREEDA_ROUTE_DEFINITION for a limit that is none */
export function routeLimits(mounts: readonly Mount[], options: RateLimitOptions, log: Logger): RouteLimits {
  const limited = mounts.filter(({ essential }) => essential !== true)
  const general: Rule | undefined =
    options.general === false ? undefined : { limit: options.general, scope: 'default' }
  let own = ownRules(limited)
  if (general === undefined && ![...own.values()].some((rule) => rule !== undefined)) return none
  const limiter = createRateLimiter(options, log)
  const done = new WeakSet<Layer>()

  /** Counts under each rule once; under the general one only when no route that was passed has its own. */
  async function takeOnce(ctx: ExchangeContext, rule: Rule | undefined): Promise<void> {
    const exchange = ctx[exchangeOf]
    const { counted } = exchange
    if (rule === undefined || ctx.method === 'OPTIONS') return
    if (counted.includes(rule.scope) || (rule === general && counted.length > 0)) return
    exchange.counted = [...counted, rule.scope]
    await limiter.take(ctx, rule.limit, rule.scope)
  }

  /** Middleware counts as the route that it stands before; a route as itself, whether it passes on or not. */
  function ruleOf(ctx: ExchangeContext, layer: Layer): Rule | undefined {
    const { matched = [] } = ctx
    const route =
      layer.methods.length > 0
        ? layer
        : matched.slice(matched.indexOf(layer)).find((each) => each.methods.includes(ctx.method))
    return route !== undefined && own.has(route) ? own.get(route) : general
  }

  const frontOf =
    (layer: Layer) =>
    async (ctx: ExchangeContext, next: () => Promise<unknown>): Promise<unknown> => {
      await takeOnce(ctx, ruleOf(ctx, layer))
      return next()
    }

  function apply(): void {
    own = ownRules(limited)
    for (const layer of limited.flatMap(({ router }) => router.stack)) {
      if (done.has(layer)) continue
      done.add(layer)
      // The principal is known only behind all that comes before the handler.
      const at = options.by === 'ip' ? 0 : layer.methods.length === 0 ? undefined : layer.stack.length - 1
      // Not `splice`: the layers of one route with several paths share their array.
      if (at !== undefined)
        layer.stack = layer.stack.toSpliced(at, 0, frontOf(layer) as unknown as Layer['stack'][number])
    }
  }
  return { apply, unmatched: general && ((ctx) => takeOnce(ctx, general)) }
}

/** Routes that say something themselves; `undefined` where they say that they have no limit. */
function ownRules(mounts: readonly Mount[]): ReadonlyMap<Layer, Rule | undefined> {
  const rules = new Map<Layer, Rule | undefined>()
  for (const { router } of mounts)
    for (const { layer, method, path, spec } of routesOf(router)) {
      const { rateLimit: limit } = spec
      if (limit === undefined) continue
      if (limit !== false) check(limit, `${method} ${path}`)
      rules.set(layer, limit === false ? undefined : { limit, scope: `${method} ${path}` })
    }
  return rules
}

function check({ limit, windowSeconds }: RateLimit, route: string): void {
  if ([limit, windowSeconds].every((value) => Number.isInteger(value) && value >= 1 && value <= 1e6)) return
  throw new FreedaError('FREEDA_ROUTE_DEFINITION', {
    route,
    reason: '`rateLimit` needs a `limit` and `windowSeconds`, whole numbers from 1 to 1,000,000.',
  })
}
