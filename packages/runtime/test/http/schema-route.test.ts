/** Schema-first routes, over real sockets. */
import { Readable } from 'node:stream'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { PluginRouter } from '../../src/http.ts'
import { pluginRouter } from '../../src/routing/plugin-router.ts'
import { redirect, reply } from '../../src/route.ts'
import { gate, send, serve, type Define } from './serve.ts'

const Id = z.object({ id: z.coerce.number().int() })
const Item = z.object({ id: z.number(), name: z.string() })

describe('what a handler gets', () => {
  it('has every part as its schema gives it', async () => {
    const app = await serve((router) => {
      router.put(
        '/items/:id',
        {
          params: Id,
          query: z.object({ limit: z.coerce.number().default(10), tag: z.array(z.string()).optional() }),
          headers: z.object({ 'x-tenant': z.string() }),
          body: z.object({ name: z.string().trim() }),
        },
        ({ params, query, headers, body }) => ({ params, query, headers, body }),
      )
    })
    const answer = await send(app, '/items/7?tag=a&tag=b', {
      method: 'PUT',
      json: { name: ' x ', more: 1 },
      headers: { 'x-tenant': 'acme' },
    })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      params: { id: 7 },
      query: { limit: 10, tag: ['a', 'b'] },
      headers: { 'x-tenant': 'acme' },
      body: { name: 'x' },
    })
  })

  it('has the request id, a logger, a signal and koa’s context', async () => {
    const app = await serve((router) => {
      router.get('/:a', {}, (input) => {
        const { params, query, requestId, log, signal, ctx, principal } = input
        log.info('hello')
        return {
          params,
          query: query ?? null,
          requestId,
          aborted: signal.aborted,
          path: ctx.path,
          principal: principal ?? null,
        }
      })
    })
    const answer = await send(app, '/x?y=1', { headers: { 'x-request-id': 'r1' } })
    expect(answer.json).toEqual({
      params: { a: 'x' },
      query: null,
      requestId: 'r1',
      aborted: false,
      path: '/x',
      principal: null,
    })
    expect(app.logs.find((line) => line.msg === 'hello')).toMatchObject({ requestId: 'r1' })
  })

  it('is refused with the problems of all parts at once', async () => {
    const app = await serve((router) => {
      router.post(
        '/items/:id',
        {
          params: Id,
          query: z.object({ limit: z.coerce.number() }),
          headers: z.object({ 'x-tenant': z.string() }),
          body: z.object({ a: z.array(z.number()) }),
        },
        () => 'never',
      )
    })
    const answer = await send(app, '/items/x?limit=y', { json: { a: ['z'] } })
    expect(answer.status).toBe(422)
    expect(answer.json['code']).toBe('FREEDA_VALIDATION')
    expect((answer.json['errors'] as { path: string }[]).map(({ path }) => path)).toEqual([
      'params.id',
      'query.limit',
      'headers["x-tenant"]',
      'body.a[0]',
    ])
  })

  it('is validated by schemas that take their time, of other libraries too', async () => {
    const slow = z.object({ id: z.string().refine(async (id) => id === 'ok', 'not ok') })
    const app = await serve((router) => {
      router.post(
        '/:id',
        {
          params: slow,
          query: v.objectAsync({
            n: v.pipeAsync(
              v.string(),
              v.transform(Number),
              v.checkAsync(async (n) => n > 0, 'not > 0'),
            ),
          }),
          body: v.object({ list: v.array(v.number()) }),
          response: v.object({ sum: v.number() }),
        },
        ({ query, body }) => ({ sum: body.list.reduce((a, b) => a + b, query.n) }),
      )
    })
    expect((await send(app, '/ok?n=1', { json: { list: [1, 2] } })).json).toEqual({ sum: 4 })
    const refused = await send(app, '/no?n=0', { json: { list: ['x'] } })
    expect(refused.status).toBe(422)
    expect((refused.json['errors'] as { path: string }[]).map(({ path }) => path)).toEqual([
      'params.id',
      'query.n',
      'body.list[0]',
    ])
  })

  it('tells what is wrong with an unreadable body by its own status', async () => {
    const app = await serve((router) => {
      router.post('/', { body: z.object({}) }, () => null)
    })
    expect(
      (await send(app, '/', { body: '{', headers: { 'content-type': 'application/json' } })).status,
    ).toBe(400)
    expect((await send(app, '/', { body: 'a=1', headers: { 'content-type': 'text/plain' } })).status).toBe(
      415,
    )
    expect((await send(app, '/', { json: 'x'.repeat(2000) })).status).toBe(413)
    expect((await send(app, '/', { method: 'POST' })).status).toBe(400)
  })
})

describe('what a handler returns', () => {
  it('is sent as JSON with 200, or the lowest status of success that the route declares', async () => {
    const app = await serve((router) => {
      router.get('/plain', {}, () => ({ a: 1 }))
      router.post('/created', { response: { 409: z.object({ why: z.string() }), 201: Item } }, () => ({
        id: 1,
        name: 'x',
      }))
      router.get('/text', { response: z.string() }, async () => 'hello')
      router.get('/null', { response: Item.nullable() }, () => null)
      router.get('/big', { response: z.object({ n: z.bigint() }) }, () => ({ n: 2n ** 64n }))
    })
    const plain = await send(app, '/plain')
    expect([plain.status, plain.headers['content-type'], plain.text]).toEqual([
      200,
      'application/json; charset=utf-8',
      '{"a":1}',
    ])
    expect((await send(app, '/created', { method: 'POST' })).status).toBe(201)
    expect((await send(app, '/text')).text).toBe('"hello"')
    expect((await send(app, '/null')).text).toBe('null')
    expect((await send(app, '/big')).text).toBe('{"n":18446744073709551616}')
    const head = await send(app, '/plain', { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '7', ''])
  })

  it('may be nothing at all', async () => {
    const app = await serve((router) => {
      router.delete('/a', { response: { 204: null } }, () => undefined)
      router.delete('/b', {}, () => {})
      router.delete('/c', { response: { 202: null } }, () => null)
    })
    expect((await send(app, '/a', { method: 'DELETE' })).status).toBe(204)
    expect((await send(app, '/b', { method: 'DELETE' })).status).toBe(204)
    const accepted = await send(app, '/c', { method: 'DELETE' })
    expect([accepted.status, accepted.headers['content-length']]).toEqual([202, '0'])
  })

  it('may be a reply with another status and headers, or a redirect', async () => {
    const app = await serve((router) => {
      router.get('/job', { response: { 200: Item, 202: z.object({ at: z.string() }) } }, () =>
        reply(202, { at: '/jobs/1' }, { location: '/jobs/1' }),
      )
      router.get('/away', { response: Item }, () => redirect('/job', 307))
    })
    const job = await send(app, '/job')
    expect([job.status, job.headers['location'], job.json]).toEqual([202, '/jobs/1', { at: '/jobs/1' }])
    const away = await send(app, '/away')
    expect([away.status, away.headers['location'], away.text]).toEqual([307, '/job', ''])
  })

  it('may be a stream', async () => {
    const app = await serve((router) => {
      router.get('/lines', { response: Item }, ({ ctx }) => {
        ctx.type = 'text/plain'
        return Readable.from(['{"a":1}\n', '{"a":2}\n'])
      })
    })
    const lines = await send(app, '/lines')
    expect([lines.status, lines.headers['content-type'], lines.text]).toEqual([
      200,
      'text/plain; charset=utf-8',
      '{"a":1}\n{"a":2}\n',
    ])
  })

  it('may be left to koa: what the handler put into the context stands', async () => {
    const app = await serve((router) => {
      router.get('/body', {}, ({ ctx }) => {
        ctx.type = 'text/html'
        ctx.body = '<p>'
      })
      router.get('/status', {}, ({ ctx }) => {
        ctx.status = 202
      })
      router.use('/wrapped', async (ctx, next) => {
        await next()
        ctx.body = { wrapped: ctx.body }
      })
      router.get('/wrapped', { response: Item }, () => ({ id: 1, name: 'x' }))
    })
    expect((await send(app, '/body')).text).toBe('<p>')
    expect((await send(app, '/status')).status).toBe(202)
    expect((await send(app, '/wrapped')).json).toEqual({ wrapped: { id: 1, name: 'x' } })
  })
})

describe('a response that its schema does not allow', () => {
  const define: Define = (router) => {
    router.get('/wrong', { response: Item }, () => ({ id: 'x' }) as never)
    router.get('/more', { response: Item }, () => ({ id: 1, name: 'x', secret: 's' }))
    router.get('/nothing', { response: Item }, () => undefined as never)
    router.get('/undeclared', { response: { 200: Item } }, () => reply(418, { tea: true }) as never)
    router.delete('/', { response: { 204: null } }, () => ({ id: 1 }) as never)
  }

  it('is a 500 that names the path', async () => {
    const app = await serve(define)
    const wrong = await send(app, '/wrong')
    expect([wrong.status, wrong.json['code']]).toEqual([500, 'FREEDA_RESPONSE_INVALID'])
    expect(wrong.json['detail']).toMatch(
      /^GET \/wrong was about to answer 200 .*response\.id: .*response\.name: /s,
    )
    expect(app.logs.some((line) => line.level === 50 && JSON.stringify(line).includes('response.id'))).toBe(
      true,
    )
    expect((await send(app, '/nothing')).json['detail']).toContain('returned nothing')
    expect((await send(app, '/undeclared')).json['detail']).toContain('declares no such status')
    expect((await send(app, '/', { method: 'DELETE' })).json['code']).toBe('FREEDA_RESPONSE_INVALID')
  })

  it('is sent as it is when responses are trusted, and as the schema gives it when they are filtered', async () => {
    const trusted = await serve(define, { responses: 'trust' })
    expect((await send(trusted, '/wrong')).json).toEqual({ id: 'x' })
    expect((await send(trusted, '/more')).json).toEqual({ id: 1, name: 'x', secret: 's' })
    expect((await send(trusted, '/undeclared')).status).toBe(418)
    expect((await send(trusted, '/nothing')).status).toBe(500)
    const filtered = await serve(define, { responses: 'filter' })
    expect((await send(filtered, '/more')).json).toEqual({ id: 1, name: 'x' })
    expect((await send(filtered, '/wrong')).status).toBe(500)
  })

  it('tells clients nothing in production', async () => {
    const app = await serve(define, { mode: 'production' })
    const wrong = await send(app, '/wrong')
    expect([wrong.status, wrong.json['code'], wrong.text.includes('id:')]).toEqual([
      500,
      'FREEDA_INTERNAL',
      false,
    ])
  })
})

describe('a route that says what cannot be', () => {
  it.each<[string, (router: PluginRouter) => unknown, string]>([
    [
      'a member that nobody knows',
      (r) => r.get('/x', { boddy: z.string() } as never, () => null),
      '`boddy` is not known.',
    ],
    [
      'a part that is no schema',
      (r) => r.post('/x', { body: { a: 1 } as never }, () => null),
      '`body` is no Standard Schema.',
    ],
    ['a GET with a body', (r) => r.get('/x', { body: z.string() }, () => null), 'a GET has no `body`'],
    [
      'an idempotent PUT',
      (r) => r.put('/x', { idempotent: true }, () => null),
      '`idempotent` is for POST and PATCH',
    ],
    [
      'a status that is none',
      (r) => r.get('/x', { response: { 99: z.string() } }, () => null as never),
      'has the status 99',
    ],
    [
      'a response that is no schema',
      (r) => r.get('/x', { response: { 200: 'x' as never } }, () => null as never),
      'is neither a Standard Schema nor',
    ],
    ['no status at all', (r) => r.get('/x', { response: {} }, () => null as never), 'names no status'],
    ['no handler', (r) => (r.get as (...args: unknown[]) => unknown)('/x', {}), 'exactly one handler'],
    [
      'middleware behind the spec',
      (r) =>
        (r.get as (...args: unknown[]) => unknown)(
          '/x',
          {},
          () => null,
          () => null,
        ),
      'exactly one handler',
    ],
  ])('is refused when it is defined: %s', (_name, define, reason) => {
    expect(() => define(pluginRouter(''))).toThrow(
      expect.objectContaining({ code: 'FREEDA_ROUTE_DEFINITION', message: expect.stringContaining(reason) }),
    )
  })
})

describe('the reply of a handler whose time is up', () => {
  it('is ignored without a complaint', async () => {
    const hold = gate()
    const app = await serve(
      (router) => {
        router.get('/x', {}, async () => {
          await hold.opened
          return reply(201, { late: true }, { location: '/y' })
        })
      },
      { handlerTimeoutMs: 10 },
    )
    expect((await send(app, '/x')).status).toBe(503)
    hold.open()
    expect((await send(app, '/none')).status).toBe(404)
    expect(app.logs.filter(({ msg }) => msg.includes('failed after'))).toEqual([])
  })
})
