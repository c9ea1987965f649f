/** The document of an app that is put together, and whether and where it is served. */
import type { Logger } from 'pino'
import { effectiveSecurity, type Schemes } from '../routing/authenticate-requirement.ts'
import type { Mount } from '../routing/mount.ts'
import type { ResponseCheck } from '../http.ts'
import { routesOf } from '../routing/route-definition.ts'
import { docsRoutes, type DocsOptions } from './docs-routes.ts'
import { openapiDocument, type OpenapiDocument } from './openapi-document.ts'

export interface AppFacts {
  readonly name: string
  readonly version: string
  readonly mounts: readonly Mount[]
  readonly schemes: Schemes
  readonly responses: ResponseCheck
}

export function documentApp({ name, version, mounts, schemes, responses }: AppFacts): OpenapiDocument {
  const routes = mounts.flatMap(({ plugin, router, security: plugins }) =>
    routesOf(router).map((route) => ({
      route: { method: route.method, path: route.path, spec: route.spec, plugin },
      security:
        effectiveSecurity(route.spec.security ?? plugins?.default ?? 'public', plugins?.lock) ??
        'authenticated',
    })),
  )
  return openapiDocument({ name, version, routes, schemes: schemes.all, responses })
}

/** What the config says of the docs, `asked` when somebody wrote it down. */
export type DocsSettings = (DocsOptions & { readonly asked: boolean }) | false

/**
 * With the routes of the docs, first, so that no `/:name` hides them. Docs that are only there by default give way to an
 * app that has routes of its own at their paths.
 */
export function withDocs(docs: DocsSettings, facts: AppFacts, log: Logger): readonly Mount[] {
  const { mounts } = facts
  if (docs === false) return mounts
  const taken = mounts.find(({ router }) =>
    router.stack.some(
      ({ path, methods }) => methods.includes('GET') && (path === docs.path || path === docs.openapi),
    ),
  )
  if (taken !== undefined && !docs.asked) {
    log.warn(
      `no API docs: plugin "${taken.plugin}" has a route at ${docs.path} or ${docs.openapi}; say \`docs: false\` or another path in the config`,
    )
    return mounts
  }
  return [docsRoutes(docs, () => documentApp(facts)), ...mounts]
}
