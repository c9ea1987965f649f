/** The OpenAPI 3.1 document of an app's schema-first routes. Pure. Source: https://spec.openapis.org/oas/v3.1.1 */
import type { AuthScheme, Security } from '../auth.ts'
import type { ResponseCheck } from '../http.ts'
import { createComponents } from './components.ts'
import type { JsonSchema } from './json-schema.ts'
import { operationOf, type Route } from './operation.ts'
import { templatesOf } from './paths.ts'
import { problemResponses, problemSchemas } from './problem-schema.ts'

export interface OpenapiInput {
  readonly name: string
  readonly version: string
  /** With the security that holds for each. */
  readonly routes: readonly { readonly route: Route; readonly security: Security }[]
  readonly schemes: readonly AuthScheme[]
  readonly responses: ResponseCheck
}

export type OpenapiDocument = Readonly<Record<string, unknown>>

/** Routes without a spec are not in it: of them nothing is known but a path. */
export function openapiDocument({
  name,
  version,
  routes,
  schemes,
  responses,
}: OpenapiInput): OpenapiDocument {
  const components = createComponents(problemSchemas)
  const tools = {
    components,
    schemes,
    answers: responses === 'filter' ? ('output' as const) : ('input' as const),
    uniqueId: uniqueIds(),
  }
  const paths: Record<string, JsonSchema> = {}
  const shown = routes.filter(({ route }) => route.spec.hidden !== true)
  for (const { route, security } of shown)
    for (const template of templatesOf(route.path)) {
      const item = (paths[template.path] ??= {})
      item[route.method.toLowerCase()] ??= operationOf(route, template, security, tools)
    }
  const schemas = components.finish()
  return withoutUnused({
    openapi: '3.1.1',
    info: { title: name, version },
    // Relative to where the document is: the app need not know what the world calls it.
    servers: [{ url: '/' }],
    tags: [...new Set(shown.flatMap(({ route }) => route.spec.tags ?? [route.plugin]))].map((tag) => ({
      name: tag,
    })),
    paths,
    components: {
      schemas,
      responses: problemResponses,
      ...(schemes.length === 0
        ? {}
        : { securitySchemes: Object.fromEntries(schemes.map((scheme) => [scheme.name, scheme.openapi])) }),
    },
  })
}

function uniqueIds(): (wanted: string) => string {
  const taken = new Set<string>()
  return (wanted) => {
    let id = wanted
    for (let i = 2; taken.has(id); i++) id = `${wanted}_${i}`
    taken.add(id)
    return id
  }
}

interface Draft {
  readonly paths: unknown
  readonly components: { readonly [kind: string]: Readonly<Record<string, unknown>> }
}

/** Leaves out components that nothing refers to, from the paths on. */
function withoutUnused<D extends Draft>(draft: D): D {
  const used = new Set<string>()
  const visit = (node: unknown): void => {
    for (const [, ref] of JSON.stringify(node).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)) {
      if (ref === undefined || used.has(ref)) continue
      used.add(ref)
      const [kind, name] = ref.split('/') as [string, string]
      visit(draft.components[kind]?.[name] ?? {})
    }
  }
  visit(draft.paths)
  const components = Object.fromEntries(
    Object.entries(draft.components).map(([kind, all]) => [
      kind,
      kind === 'securitySchemes'
        ? all
        : Object.fromEntries(Object.entries(all).filter(([name]) => used.has(`${kind}/${name}`))),
    ]),
  )
  return { ...draft, components }
}
