/** The document itself: pure, and valid by somebody else's validator. */
import { Validator } from '@seriousme/openapi-schema-validator'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuthScheme, Security } from '../../src/auth.ts'
import type { PluginRouter, ResponseCheck } from '../../src/http.ts'
import { pluginRouter } from '../../src/routing/plugin-router.ts'
import { prepareRoutes } from '../../src/routing/route-definition.ts'
import { openapiDocument } from '../../src/openapi/openapi-document.ts'

interface Asked {
  readonly schemes?: readonly AuthScheme[]
  readonly security?: Security
  readonly responses?: ResponseCheck
}

// oxlint-disable-next-line typescript/no-explicit-any -- assertions reach deep into a document
type Any = any

function documentOf(define: (router: PluginRouter) => void, asked: Asked = {}): Any {
  const router = pluginRouter('/shop')
  define(router)
  const routes = prepareRoutes([{ plugin: 'shop', router }], [])
  const document = openapiDocument({
    name: 'desk',
    version: '1.2.3',
    routes: routes.map((route) => ({ route, security: route.spec.security ?? asked.security ?? 'public' })),
    schemes: asked.schemes ?? [],
    responses: asked.responses ?? 'validate',
  })
  // As a client gets it.
  return JSON.parse(JSON.stringify(document))
}

const bearer: AuthScheme = {
  name: 'bearer',
  openapi: { type: 'http', scheme: 'bearer' },
  challenge: 'Bearer',
  authenticate: async () => undefined,
}

async function expectValid(document: unknown): Promise<void> {
  expect(await new Validator().validate(structuredClone(document) as never)).toMatchObject({ valid: true })
}

describe('the OpenAPI document', () => {
  const Item = z
    .object({ id: z.uuid(), at: z.date(), big: z.bigint().optional(), kind: z.enum(['a', 'b']).default('a') })
    .meta({ id: 'Item', description: 'Something to buy.', examples: [{ id: 'x' }] })
  const Tree = z.object({
    name: z.string(),
    get children() {
      return z.array(Tree)
    },
  })
  const New = z.object({ name: z.string().min(1).meta({ example: 'chair' }) })

  const define = (router: PluginRouter) => {
    router.get(
      '/items',
      {
        query: z.object({ limit: z.coerce.number().int().optional(), tag: z.array(z.string()) }),
        response: z.object({ items: z.array(Item) }),
        summary: 'Lists',
      },
      () => null as never,
    )
    router.post(
      '/items',
      {
        body: New,
        headers: z.object({ 'x-tenant': z.string() }),
        response: { 201: Item, 409: z.object({ why: z.string() }) },
        security: 'authenticated',
        idempotent: true,
      },
      () => null as never,
    )
    router.put(
      '/items/:id',
      {
        params: z.object({ id: z.uuid().describe('Of the item') }),
        body: New,
        response: { 204: null },
        security: { schemes: ['bearer'], scopes: ['write'] },
        tags: ['writers'],
        deprecated: true,
      },
      () => null,
    )
    router.get('/trees{/:depth}', { response: Tree, security: 'optional' }, () => null as never)
    router.get('/files/*path', { response: v.object({ n: v.number() }) }, () => null as never)
    router.get('/secret', { hidden: true }, () => null)
    router.get('/koa', () => undefined)
  }

  it('is valid, whatever the routes use', async () => {
    await expectValid(documentOf(define, { schemes: [bearer] }))
    await expectValid(documentOf(define, { schemes: [bearer], responses: 'filter' }))
    await expectValid(documentOf(() => undefined))
  })

  it('names the app, its routes under their prefixes, and nothing hidden', () => {
    const document = documentOf(define, { schemes: [bearer] })
    expect(document.info).toEqual({ title: 'desk', version: '1.2.3' })
    expect(Object.keys(document.paths)).toEqual([
      '/shop/items',
      '/shop/items/{id}',
      '/shop/trees',
      '/shop/trees/{depth}',
      '/shop/files/{path}',
    ])
    expect(document.tags).toEqual([{ name: 'shop' }, { name: 'writers' }])
    const ids = Object.values<Any>(document.paths).flatMap((item) =>
      Object.values<Any>(item).map((one) => one.operationId),
    )
    expect(ids).toEqual([
      'getShopItems',
      'postShopItems',
      'putShopItemsId',
      'getShopTrees',
      'getShopTreesDepth',
      'getShopFilesPath',
    ])
  })

  it('describes parameters of the path, the query and the headers', () => {
    const { paths } = documentOf(define, { schemes: [bearer] })
    expect(paths['/shop/items'].get.parameters).toEqual([
      {
        name: 'limit',
        in: 'query',
        schema: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      { name: 'tag', in: 'query', required: true, schema: { type: 'array', items: { type: 'string' } } },
    ])
    expect(paths['/shop/items'].post.parameters.map((one: Any) => `${one.in} ${one.name}`)).toEqual([
      'header x-tenant',
      'header Idempotency-Key',
    ])
    expect(paths['/shop/items/{id}'].put.parameters[0]).toMatchObject({
      in: 'path',
      name: 'id',
      required: true,
      description: 'Of the item',
      schema: { format: 'uuid' },
    })
    expect(paths['/shop/files/{path}'].get.parameters).toEqual([
      { name: 'path', in: 'path', required: true, schema: { type: 'string' } },
    ])
  })

  it('shares schemas that have a name, are used twice or contain themselves', () => {
    const { paths, components } = documentOf(define, { schemes: [bearer] })
    expect(components.schemas.Item).toMatchObject({
      description: 'Something to buy.',
      properties: { at: { type: 'string', format: 'date-time' }, big: { type: 'integer' } },
      required: ['id', 'at'],
    })
    expect(paths['/shop/items'].post.responses['201'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Item',
    })
    const body = paths['/shop/items'].post.requestBody.content['application/json'].schema
    expect(body).toEqual(paths['/shop/items/{id}'].put.requestBody.content['application/json'].schema)
    expect(body.$ref).toBe('#/components/schemas/postShopItemsBody')
    expect(components.schemas.postShopItemsBody.properties.name.examples).toEqual(['chair'])
    const tree = paths['/shop/trees'].get.responses['200'].content['application/json'].schema
    expect(components.schemas[tree.$ref.split('/').at(-1)].properties.children.items).toEqual(tree)
  })

  it('says of a library that has no JSON Schema whose schema it is', () => {
    const { paths } = documentOf(define, { schemes: [bearer] })
    expect(paths['/shop/files/{path}'].get.responses['200'].content['application/json'].schema).toEqual({
      description: 'Checked by a schema of valibot.',
    })
  })

  it('describes answers as they are sent: the handler’s value, or what the filter leaves of it', () => {
    const kind = (responses: ResponseCheck) =>
      documentOf(define, { schemes: [bearer], responses }).components.schemas.Item
    expect(kind('trust').required).toEqual(['id', 'at'])
    expect(kind('filter').required).toEqual(['id', 'at', 'kind'])
  })

  it('names the errors that a route can answer with', () => {
    const { paths, components } = documentOf(define, { schemes: [bearer] })
    const statuses = (path: string, method: string) => Object.keys(paths[path][method].responses)
    expect(statuses('/shop/items', 'get')).toEqual(['200', '400', '422', 'default'])
    expect(statuses('/shop/items', 'post')).toEqual([
      '201',
      '400',
      '401',
      '409',
      '413',
      '415',
      '422',
      'default',
    ])
    expect(statuses('/shop/items/{id}', 'put')).toEqual([
      '204',
      '400',
      '401',
      '403',
      '412',
      '413',
      '415',
      '422',
      'default',
    ])
    expect(components.responses.Problem.content['application/problem+json'].schema).toEqual({
      $ref: '#/components/schemas/Problem',
    })
    expect(components.schemas.Problem.required).toContain('code')
  })

  it('describes who may call', () => {
    const { paths, components } = documentOf(define, { schemes: [bearer] })
    expect(components.securitySchemes).toEqual({ bearer: { type: 'http', scheme: 'bearer' } })
    expect(paths['/shop/items'].get.security).toEqual([])
    expect(paths['/shop/items'].post.security).toEqual([{ bearer: [] }])
    expect(paths['/shop/items/{id}'].put.security).toEqual([{ bearer: ['write'] }])
    expect(paths['/shop/trees'].get.security).toEqual([{}, { bearer: [] }])
  })

  it('keeps two schemas of the same name apart', async () => {
    const document = documentOf((router) => {
      router.get(
        '/a',
        { response: z.object({ a: z.string() }).meta({ title: 'Thing' }) },
        () => null as never,
      )
      router.get(
        '/b',
        { response: z.object({ b: z.string() }).meta({ title: 'Thing' }) },
        () => null as never,
      )
    })
    expect(Object.keys(document.components.schemas)).toEqual(['Problem', 'Thing', 'Thing2'])
    await expectValid(document)
  })
})
