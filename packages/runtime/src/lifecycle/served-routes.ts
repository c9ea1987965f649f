/** Every route that an app serves, on its port and on that of its metrics. */
import type { RateLimit } from '../route.ts'
import { listRoutes, type ListedRoute } from '../routing/list-routes.ts'
import type { Mount } from '../routing/mount.ts'
import type { Ops } from './ops.ts'

export interface ServedRoute extends ListedRoute {
  /** Undefined: that of the app. */
  readonly port: number | undefined
}

/** With the operators' routes, when they belong to the app's port. */
export const withOps = (mounts: readonly Mount[], ops: Ops | undefined): readonly Mount[] =>
  ops === undefined || ops.port !== undefined ? mounts : [...mounts, ops.routes]

/** @param general rate limit of the routes that say nothing themselves */
export function servedRoutes(
  mounts: readonly Mount[],
  ops: Ops | undefined,
  general: RateLimit | false,
): ServedRoute[] {
  const onPort = (all: readonly Mount[], limit: RateLimit | false, port: number | undefined) =>
    listRoutes(all, limit).map((route) => ({ ...route, port }))
  const own = onPort(withOps(mounts, ops), general, undefined)
  return ops?.port === undefined ? own : [...own, ...onPort([ops.routes], false, ops.port)]
}
