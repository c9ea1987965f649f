/** What a schema-first handler gets: the parts that have a schema, validated together; the rest on demand. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { FreedaError, type FieldError } from '../errors.ts'
import type { RouteInput } from '../route.ts'
import { pathText } from '../validate.ts'
import { readJson } from '../exchange/body.ts'
import { demandedVersion } from '../exchange/entity-tag.ts'
import { exchangeOf, signalOf, type ExchangeContext } from '../exchange/exchange.ts'
import { parseQuery } from '../exchange/query.ts'
import type { RouteDefinition } from './route-definition.ts'

type Input = RouteInput<undefined, undefined, undefined, undefined>
type Name = 'params' | 'query' | 'headers' | 'body'
type Mutable = Record<Name, unknown> & { ctx: ExchangeContext }

interface Part {
  readonly name: Name
  readonly schema: StandardSchemaV1
}

/** Getters on a prototype that all inputs share: a request that asks for none of them pays for none. */
const prototype: object = Object.create(Object.prototype, {
  requestId: getter((ctx) => ctx[exchangeOf].requestId),
  log: getter((ctx) => ctx.log),
  signal: getter((ctx) => signalOf(ctx[exchangeOf])),
  principal: getter((ctx) => ctx.principal),
  // Of the document that the path ends with; those before it are where it stands.
  ifVersion: getter((ctx) =>
    demandedVersion(ctx.req.headers['if-match'], Object.values(ctx.params as object).slice(-1)),
  ),
  ifVersionOf: getter((ctx) => (id: string) => demandedVersion(ctx.req.headers['if-match'], [id])),
})

function getter(get: (ctx: ExchangeContext) => unknown): PropertyDescriptor {
  return {
    get(this: { readonly ctx: ExchangeContext }) {
      return get(this.ctx)
    },
    enumerable: true,
  }
}

/**
 * Reads the input of one route's requests; synchronous when nothing has to be waited for.
 * What it gives throws FREEDA_VALIDATION with the problems of all parts, and what reading a body or a query throws.
 */
export function inputReader({ spec }: RouteDefinition): (ctx: ExchangeContext) => Input | Promise<Input> {
  // The body comes last: by then the rest is known to be worth the wait, or not.
  const parts = (['params', 'query', 'headers', 'body'] as const).flatMap((name): Part[] => {
    const schema = spec[name]
    return schema === undefined ? [] : [{ name, schema }]
  })

  return (ctx) => {
    const input = Object.create(prototype) as Mutable
    input.params = ctx.params
    input.query = undefined
    input.headers = undefined
    input.body = undefined
    input.ctx = ctx
    return parts.length === 0 ? (input as unknown as Input) : fill(input, ctx, parts)
  }
}

function fill(input: Mutable, ctx: ExchangeContext, parts: readonly Part[]): Input | Promise<Input> {
  const errors: FieldError[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    if (part.name === 'body') return fillLater(input, ctx, parts, i, errors)
    const result = part.schema['~standard'].validate(read(ctx, part.name))
    if (result instanceof Promise) return fillLater(input, ctx, parts, i, errors, result)
    accept(input, part.name, result, errors)
  }
  return settle(input, errors)
}

/** The same from part `i` on, waiting. `pending`: the result of that part, when its validation has begun. */
async function fillLater(
  input: Mutable,
  ctx: ExchangeContext,
  parts: readonly Part[],
  i: number,
  errors: FieldError[],
  pending?: Promise<StandardSchemaV1.Result<unknown>>,
): Promise<Input> {
  for (; i < parts.length; i++) {
    const { name, schema } = parts[i]!
    let result =
      pending ??
      schema['~standard'].validate(name === 'body' ? await readJson(ctx[exchangeOf]) : read(ctx, name))
    pending = undefined
    if (result instanceof Promise) result = await result
    accept(input, name, result, errors)
  }
  return settle(input, errors)
}

function read(ctx: ExchangeContext, name: Name): unknown {
  if (name === 'params') return ctx.params
  return name === 'query' ? parseQuery(ctx[exchangeOf].req.url ?? '') : ctx[exchangeOf].req.headers
}

function accept(
  input: Mutable,
  name: Name,
  result: StandardSchemaV1.Result<unknown>,
  errors: FieldError[],
): void {
  if (result.issues === undefined) input[name] = result.value
  else
    for (const { path, message } of result.issues) errors.push({ path: pathText(path ?? [], name), message })
}

function settle(input: Mutable, errors: readonly FieldError[]): Input {
  if (errors.length > 0) throw new FreedaError('FREEDA_VALIDATION', { what: 'The request', errors })
  return input as unknown as Input
}
