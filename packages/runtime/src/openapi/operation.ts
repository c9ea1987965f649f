/** One schema-first route as an OpenAPI operation. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { STATUS_CODES } from 'node:http'
import type { AuthScheme, Security } from '../auth.ts'
import { isSchema, type RouteDefinition } from '../routing/route-definition.ts'
import type { Components, Properties } from './components.ts'
import type { Direction, JsonSchema } from './json-schema.ts'
import type { Template } from './paths.ts'
import { problemResponse } from './problem-schema.ts'

export type Route = Pick<RouteDefinition, 'method' | 'path' | 'spec' | 'plugin'>

export interface OperationTools {
  readonly components: Components
  readonly schemes: readonly AuthScheme[]
  /** Of answers: as they leave the handler, or as their schema gives them when they are filtered. */
  readonly answers: Direction
  /** Makes an id unique in the document. */
  readonly uniqueId: (wanted: string) => string
}

export function operationOf(
  route: Route,
  { path, names }: Template,
  security: Security,
  tools: OperationTools,
): JsonSchema {
  const { spec, method, plugin } = route
  const operationId = tools.uniqueId(idOf(method, path))
  const parameters = parametersOf(route, names, operationId, tools.components)
  return {
    operationId,
    ...(spec.summary === undefined ? {} : { summary: spec.summary }),
    ...(spec.description === undefined ? {} : { description: spec.description }),
    tags: spec.tags ?? [plugin],
    ...(spec.deprecated === true ? { deprecated: true } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(spec.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: json(tools.components.use(spec.body, 'input', `${operationId}Body`)),
          },
        }),
    responses: {
      ...answersOf(route, operationId, tools),
      ...problemsOf(route, security),
    },
    ...securityOf(security, tools.schemes),
  }
}

/** `GET /tickets/{id}/messages` → `getTicketsIdMessages`. */
function idOf(method: string, path: string): string {
  const words = path.match(/[A-Za-z0-9]+/g) ?? ['root']
  return method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
}

const json = (schema: JsonSchema) => ({ 'application/json': { schema } })

// ─────────────────────────────────────────────────── what it takes ───────────────────────────────────────────────────

const none: Properties = { properties: {}, required: [] }
/** Headers that OpenAPI tells elsewhere (OpenAPI 3.1, 4.8.12.2.1). */
const toldElsewhere: ReadonlySet<string> = new Set(['accept', 'authorization', 'content-type'])

function parametersOf(
  { spec }: Route,
  names: readonly string[],
  id: string,
  components: Components,
): JsonSchema[] {
  const of = (part: 'params' | 'query' | 'headers') =>
    spec[part] === undefined ? none : components.propertiesOf(spec[part], `${id}_${part}`)
  const [params, query, headers] = [of('params'), of('query'), of('headers')]
  return [
    ...names.map((name) => parameter('path', name, params.properties[name] ?? { type: 'string' }, true)),
    ...Object.entries(query.properties).map(([name, schema]) =>
      parameter('query', name, schema, query.required.includes(name)),
    ),
    ...Object.entries(headers.properties)
      .filter(([name]) => !toldElsewhere.has(name))
      .map(([name, schema]) => parameter('header', name, schema, headers.required.includes(name))),
    ...(spec.idempotent === true ? [idempotencyKey] : []),
  ]
}

function parameter(where: string, name: string, schema: JsonSchema, required: boolean): JsonSchema {
  const { description, examples, ...rest } = schema
  return {
    name,
    in: where,
    ...(required ? { required } : {}),
    ...(description === undefined ? {} : { description }),
    schema: rest,
    ...(Array.isArray(examples) && examples.length > 0 ? { example: examples[0] as unknown } : {}),
  }
}

const idempotencyKey: JsonSchema = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Any text of your own. The same key with the same request gives the first answer again, for a day.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

// ─────────────────────────────────────────────────── what it answers ──────────────────────────────────────────────────

function answersOf(
  { spec: { response } }: Route,
  id: string,
  tools: OperationTools,
): Record<string, JsonSchema> {
  const describe = (status: string, schema: StandardSchemaV1 | null) => ({
    description: STATUS_CODES[status] ?? 'An answer.',
    ...(schema === null
      ? {}
      : { content: json(tools.components.use(schema, tools.answers, `${id}${status}`)) }),
  })
  if (response === undefined) return { 200: { description: 'OK' } }
  if (isSchema(response)) return { 200: describe('200', response as StandardSchemaV1) }
  return Object.fromEntries(
    Object.entries(response as Record<string, StandardSchemaV1 | null>).map(([status, schema]) => [
      status,
      describe(status, schema),
    ]),
  )
}

/** Errors that a client should expect of this route; what the route itself says of a status wins. */
function problemsOf({ spec, method }: Route, security: Security): Record<string, JsonSchema> {
  const declared = spec.response === undefined || isSchema(spec.response) ? {} : spec.response
  const statuses: number[] = []
  if (spec.body !== undefined) statuses.push(400, 413, 415)
  if (spec.query !== undefined) statuses.push(400)
  if (security !== 'public') statuses.push(401)
  if (typeof security === 'object' && (security.scopes ?? []).length > 0) statuses.push(403)
  if (spec.idempotent === true) statuses.push(409, 422)
  if ([spec.params, spec.query, spec.headers, spec.body].some((part) => part !== undefined))
    statuses.push(422)
  if (typeof spec.rateLimit === 'object') statuses.push(429)
  if (method === 'PUT' || method === 'PATCH' || method === 'DELETE') statuses.push(412)
  return {
    ...Object.fromEntries(
      statuses
        .filter((status) => !Object.hasOwn(declared, status))
        .map((status) => [status, problemResponse(status)]),
    ),
    default: problemResponse('default'),
  }
}

function securityOf(security: Security, schemes: readonly AuthScheme[]): JsonSchema {
  if (security === 'public') return { security: [] }
  const { schemes: names = schemes.map(({ name }) => name), scopes = [] } =
    typeof security === 'object' ? security : {}
  const alternatives = names.map((name) => ({ [name]: scopes }))
  return { security: security === 'optional' ? [{}, ...alternatives] : alternatives }
}
