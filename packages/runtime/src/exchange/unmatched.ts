/** Behind the routers of all plugins: what no route answered. RFC 9110, 9.3.7, 15.5.5, 15.5.6 and 15.6.2. */
import { METHODS } from 'node:http'
import { FreedaError } from '../errors.ts'
import { httpProblem } from '../http.ts'
import { exchangeOf, type ExchangeContext } from './exchange.ts'

const known: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** @throws FREEDA_ROUTE_NOT_FOUND, FREEDA_METHOD_NOT_ALLOWED, FREEDA_RATE_LIMITED, or a 501 problem */
export function answerUnmatched(ctx: ExchangeContext): void | Promise<void> {
  const { limitUnmatched } = ctx[exchangeOf].shared
  return limitUnmatched === undefined ? answer(ctx) : limitUnmatched(ctx).then(() => answer(ctx))
}

function answer(ctx: ExchangeContext): void {
  if (ctx.body !== undefined || ctx.status !== 404 || ctx.respond === false) return
  const { method, path } = ctx
  const allowed = allowedMethods(ctx)
  // A handler that called next() without an answer: the path is there, what it stands for is not.
  if (allowed.has(method)) throw new FreedaError('FREEDA_ROUTE_NOT_FOUND', { method, path })
  if (method === 'OPTIONS' && (allowed.size > 0 || ctx[exchangeOf].req.url === '*')) {
    ctx.status = 204
    ctx.set('Allow', [...(allowed.size > 0 ? allowed.add('OPTIONS') : known)].join(', '))
    return
  }
  if (!known.has(method))
    throw httpProblem(501, { code: 'not_implemented', detail: `The method ${method} is not implemented.` })
  if (allowed.size === 0) throw new FreedaError('FREEDA_ROUTE_NOT_FOUND', { method, path })
  throw new FreedaError('FREEDA_METHOD_NOT_ALLOWED', { method, path, allow: [...allowed.add('OPTIONS')] })
}

/** Each router appended the layers that match the path, whatever their method, so this sees all plugins. */
function allowedMethods(ctx: ExchangeContext): Set<string> {
  const claimed = new Set<string>()
  for (const layer of ctx.matched ?? []) for (const method of layer.methods) claimed.add(method)
  // `router.all` claims every method that the parser knows; listing them all helps nobody.
  if (claimed.size === METHODS.length)
    return new Set([...claimed].filter((method) => known.has(method) || method === ctx.method))
  return new Set([...[...known].filter((method) => claimed.has(method)), ...claimed])
}
