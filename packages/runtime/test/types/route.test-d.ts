/** Types of schema-first routes: checked by `npm run typecheck`. Nothing here runs. */
import { Readable } from 'node:stream'
import * as v from 'valibot'
import { z } from 'zod'
import { redirect, reply, type PluginRouter, type Logger } from '../../src/index.ts'

declare const router: PluginRouter
const Item = z.object({ id: z.string(), size: z.number().default(1) })
const Missing = z.object({ why: z.string() })

router.post(
  '/:id',
  {
    params: z.object({ id: z.coerce.number() }),
    query: z.object({ limit: z.coerce.number().default(10) }),
    headers: z.object({ 'x-tenant': z.string() }),
    body: Item,
    response: { 201: Item, 404: Missing },
  },
  ({ params, query, headers, body, principal, requestId, log, signal, ctx }) => {
    params.id satisfies number
    query.limit satisfies number
    headers['x-tenant'] satisfies string
    body.size satisfies number
    // @ts-expect-error the schema does not name it
    body.colour
    // @ts-expect-error nobody may be there
    principal.id
    principal?.scopes satisfies readonly string[] | undefined
    requestId satisfies string
    log satisfies Logger
    signal satisfies AbortSignal
    ctx.path satisfies string
    return { id: 'x' }
  },
)

router.get('/:id', {}, ({ params, query, body, headers }) => {
  params['id'] satisfies string | undefined
  query satisfies undefined
  headers satisfies undefined
  body satisfies undefined
  return 'anything'
})

// What a handler returns is what the schema takes in: defaults may be left out.
router.get('/a', { response: Item }, () => ({ id: 'x' }))
router.get('/a', { response: Item }, async () => ({ id: 'x', size: 2 }))
router.get('/a', { response: Item }, () => Readable.from([]))
router.get('/a', { response: Item }, () => redirect('/b', 308))
router.get('/a', { response: Item }, () => reply(200, { id: 'x' }, { 'x-more': '1' }))
// @ts-expect-error a wrong type
router.get('/a', { response: Item }, () => ({ id: 1 }))
// @ts-expect-error nothing
router.get('/a', { response: Item }, () => undefined)
// @ts-expect-error a status that is not declared
router.get('/a', { response: Item }, () => reply(201, { id: 'x' }))

router.get('/b', { response: { 200: Item, 404: Missing } }, () => reply(404, { why: 'x' }))
// @ts-expect-error of another status than the default
router.get('/b', { response: { 200: Item, 404: Missing } }, () => ({ why: 'x' }))
// @ts-expect-error the body of another status
router.get('/b', { response: { 200: Item, 404: Missing } }, () => reply(404, { id: 'x' }))

router.delete('/c', { response: { 204: null } }, () => {})
router.delete('/c', { response: { 204: null } }, async () => null)
router.delete('/c', { response: { 204: null, 409: Missing } }, () => reply(204))
// @ts-expect-error a 204 has no body
router.delete('/c', { response: { 204: null } }, () => ({ id: 'x' }))

router.patch(
  '/d',
  { body: v.object({ n: v.number() }), response: v.object({ n: v.number() }) },
  ({ body }) => ({
    n: body.n + 1,
  }),
)

// @ts-expect-error not a part of a spec
router.get('/e', { sumary: 'x' }, () => null)
// @ts-expect-error no handler
router.get('/e', {})

// koa's own ways stay.
router.get('/k', (ctx) => {
  ctx.log.info(ctx.params['id'])
})
router.get(
  'named',
  '/k/:id',
  async (_ctx, next) => next(),
  (ctx) => {
    ctx.body = 1
  },
)
