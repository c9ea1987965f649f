import { FreedaError, type Problem } from '../errors.ts'
import type { Mount } from './mount.ts'
import { findShadowed } from './shadowed-routes.ts'

type Layer = Mount['router']['stack'][number]

interface Claim {
  readonly plugin: string
  readonly layer: Layer
}

/**
 * Two routes are the same when they have a method in common and match the same paths: `/:id` and `/:name` do. Within
 * one plugin `router.all` before `router.get` is koa's way to run one before the other, and stays allowed; the same
 * methods twice are a mistake. So is a route that another plugin's makes unreachable, and one without a path, which
 * @koa/router 15 takes and then fails at every request.
 * @throws FREEDA_ROUTE_CONFLICT with every pair, FREEDA_ROUTE_DEFINITION
 */
export function refuseConflicts(mounts: readonly Mount[]): void {
  const byPattern = new Map<string, Claim[]>()
  refuseEmptyPaths(mounts)
  const problems: Problem[] = []
  for (const { plugin, router } of mounts)
    for (const layer of router.stack) {
      if (layer.methods.length === 0) continue
      const pattern = `${layer.regexp.source}/${layer.regexp.flags}`
      const claims = byPattern.get(pattern) ?? []
      if (claims.length === 0) byPattern.set(pattern, claims)
      for (const claim of claims) {
        const methods = contested(claim, { plugin, layer })
        if (methods.length > 0) problems.push(problem(methods, claim, { plugin, layer }))
      }
      claims.push({ plugin, layer })
    }
  problems.push(...findShadowed(mounts))
  if (problems.length > 0) throw new FreedaError('FREEDA_ROUTE_CONFLICT', { problems })
}

function refuseEmptyPaths(mounts: readonly Mount[]): void {
  for (const { plugin, router } of mounts)
    for (const layer of router.stack)
      // Its type says that it is always there.
      if ((layer.regexp as RegExp | undefined) === undefined)
        throw new FreedaError('FREEDA_ROUTE_DEFINITION', {
          route: `${layer.methods.at(-1) ?? 'ALL'} ''`,
          reason: `its path is empty in plugin "${plugin}". Write '/' for the plugin's prefix itself.`,
        })
}

function contested(a: Claim, b: Claim): string[] {
  const shared = a.layer.methods.filter((method) => b.layer.methods.includes(method))
  if (a.plugin !== b.plugin) return shared
  return shared.length === a.layer.methods.length && shared.length === b.layer.methods.length ? shared : []
}

function problem(methods: readonly string[], first: Claim, second: Claim): Problem {
  // GET brings HEAD along; nobody wrote it.
  const named = methods.includes('GET') ? methods.filter((method) => method !== 'HEAD') : methods
  const route = `${named.length > 7 ? 'ALL' : named.join(', ')} ${String(second.layer.path)}`
  return first.plugin === second.plugin
    ? {
        code: 'duplicate_route',
        at: route,
        message: `is defined twice by plugin "${first.plugin}".`,
        fix: 'Remove one of the two.',
      }
    : {
        code: 'duplicate_route',
        at: route,
        message: `is claimed by plugin "${first.plugin}"${
          first.layer.path === second.layer.path ? '' : ` (as ${String(first.layer.path)})`
        } and by plugin "${second.plugin}".`,
        fix: 'Give one of them another `prefix` in the config.',
      }
}
