import { describe, expect, it } from 'vitest'
import { isFreedaError } from '../../src/errors.ts'
import type { PluginRouter } from '../../src/http.ts'
import { pluginRouter } from '../../src/routing/plugin-router.ts'
import { create, send, serve, wire, until, type Define } from './serve.ts'

const answers =
  (text: string): Define =>
  (router) =>
    router.get('/', (ctx) => {
      ctx.body = text
    })

describe('routers of plugins', () => {
  it('serves each plugin under its prefix', async () => {
    const served = await serve({ tickets: answers('tickets'), users: answers('users') })
    expect((await send(served, '/tickets')).text).toBe('tickets')
    expect((await send(served, '/users')).text).toBe('users')
  })

  it.each(['', '/'])('puts a plugin with the prefix %j at the root', async (prefix) => {
    const router = pluginRouter(prefix)
    router.get('/', (ctx) => void (ctx.body = 'root'))
    router.get('/about', (ctx) => void (ctx.body = 'about'))
    const served = await serve((outer) => outer.use(router.routes()))
    expect((await send(served, '/')).text).toBe('root')
    expect((await send(served, '/about')).text).toBe('about')
  })

  it('runs any koa middleware, around handlers and in order', async () => {
    const seen: string[] = []
    const served = await serve((router) => {
      router.use(async (ctx, next) => {
        seen.push('before')
        await next()
        seen.push('after')
        ctx.set('X-Seen', 'yes')
      })
      router.get('/x', (ctx) => {
        seen.push('handler')
        ctx.body = { ok: true }
      })
    })
    const answer = await send(served, '/x')
    expect(answer.headers['x-seen']).toBe('yes')
    expect(seen).toEqual(['before', 'handler', 'after'])
  })

  it('does not let another spelling of a prefix pass by the middleware that guards it', async () => {
    const served = await serve({
      admin: (router) => {
        router.use((ctx) => ctx.throw(401))
        router.get('/users', (ctx) => void (ctx.body = 'secret'))
      },
    })
    for (const path of ['/admin/users', '/ADMIN/users', '/Admin/Users', '/%61dmin/users', '//admin/users'])
      expect((await send(served, path)).text, path).not.toContain('secret')
    expect((await send(served, '/admin/users')).status).toBe(401)
    expect((await send(served, '/ADMIN/users')).status).toBe(404)
  })

  it('decodes parameters', async () => {
    const served = await serve((router) => router.get('/:id', (ctx) => void (ctx.body = ctx.params['id'])))
    expect((await send(served, '/a%20b')).text).toBe('a b')
    expect((await send(served, '/%E0%A4%A')).text).toBe('%E0%A4%A')
  })

  it('answers a target in absolute form like the path alone', async () => {
    const served = await serve((router) => router.get('/x', (ctx) => void (ctx.body = ctx.querystring)))
    const line = await wire(served)
    line.write('GET http://example.com/x?a=1 HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n')
    await until(() => line.closed)
    expect(line.received).toContain('200 OK')
    expect(line.received).toContain('\r\n\r\na=1')
  })

  it.each(['http://[::1/x', 'ftp://example.com/x', 'x'])('refuses the target %s', async (target) => {
    const served = await serve(answers('x'))
    const line = await wire(served)
    line.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    await until(() => line.closed)
    expect(line.received).toContain('HTTP/1.1 400 Bad Request')
    expect(line.received).toContain('"code":"bad_request"')
  })
})

describe('routes that are claimed twice', () => {
  const conflicts = (plugins: Record<string, Define>) => {
    try {
      create(plugins)
    } catch (error) {
      if (isFreedaError(error, 'FREEDA_ROUTE_CONFLICT')) return error.data.problems
      throw error
    }
    return []
  }
  const at =
    (...routes: string[]): Define =>
    (router) => {
      for (const route of routes) {
        const [method = '', path = ''] = route.split(' ')
        router.register(path, [method], () => undefined)
      }
    }
  const root = (define: Define): Define => {
    return (router) => {
      const inner = pluginRouter('/shared')
      define(inner)
      router.opts.prefix = ''
      router.use(inner.routes())
    }
  }

  it('names both plugins and the route, for all of them at once', () => {
    const problems = conflicts({
      a: root(at('get /x', 'post /y', 'get /z')),
      b: root(at('get /x', 'post /y', 'put /z')),
    })
    expect(problems.map((problem) => problem.at)).toEqual(['GET /shared/x', 'POST /shared/y'])
    for (const problem of problems) {
      expect(problem.message).toContain('"a"')
      expect(problem.message).toContain('"b"')
      expect(problem.fix).toContain('prefix')
    }
  })

  it('sees through different names of a parameter', () => {
    const [problem] = conflicts({ a: root(at('get /:id')), b: root(at('get /:name')) })
    expect(problem?.message).toContain('/shared/:id')
    expect(problem?.at).toBe('GET /shared/:name')
  })

  it('sees `router.all` of one plugin over a route of another', () => {
    const problems = conflicts({ a: root((r) => r.all('/x', () => undefined)), b: root(at('get /x')) })
    expect(problems).toHaveLength(1)
  })

  it('names a plugin that defines the same route twice', () => {
    expect(conflicts({ a: at('get /x', 'get /x') })[0]?.message).toContain('defined twice by plugin "a"')
  })

  it('accepts the same path with other methods, and `all` before `get` within a plugin', () => {
    expect(conflicts({ a: root(at('get /x')), b: root(at('post /x')) })).toEqual([])
    expect(
      conflicts({
        a: (router) => {
          router.all('/x', (_ctx, next) => next())
          router.get('/x', () => undefined)
        },
      }),
    ).toEqual([])
  })
})

describe('routes that another plugin makes unreachable', () => {
  const answer = (ctx: { body: unknown }) => void (ctx.body = 'x')
  type Late = (router: PluginRouter) => void
  const conflicts = (first: Late, second: Late) => {
    const under =
      (define: Late): Define =>
      (router) => {
        router.opts.prefix = '/shared'
        define(router)
      }
    try {
      create({ a: under(first), b: under(second) })
    } catch (error) {
      if (isFreedaError(error, 'FREEDA_ROUTE_CONFLICT')) return error.data.problems
      throw error
    }
    return []
  }

  it.each([
    ['/:id', '/new'],
    ['/:id', '/:name.json'],
    ['/:kind/:id', '/a/:id'],
    ['/*rest', '/a/b/c'],
    ['/*rest', '/a{/:b}'],
    ['/a/*rest', '/a/b/*more'],
    ['/a{/:b}', '/a/c'],
  ])('refuses %s before %s, naming both plugins', (first, second) => {
    const problems = conflicts(
      (router) => router.get(first, answer),
      (router) => router.get(second, answer),
    )
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ code: 'shadowed_route', at: `GET /shared${second}` })
    expect(problems[0]!.message).toContain('plugin "b" is never reached: plugin "a" answers it')
  })

  it.each([
    ['/new', '/:id'],
    ['/:id', '/'],
    ['/:id', '/a/b'],
    ['/:id.json', '/new'],
    ['/a/*rest', '/a'],
    ['/:a/b', '/a/:b'],
    ['/:id', '/new{/:more}'],
  ])('lets %s stand before %s: some request reaches the second', (first, second) => {
    expect(
      conflicts(
        (router) => router.get(first, answer),
        (router) => router.get(second, answer),
      ),
    ).toEqual([])
  })

  it('is sure only of a handler that cannot pass on, of methods that it all takes, and of routers without conditions', () => {
    const second: Late = (router) => router.get('/new', answer)
    expect(conflicts((router) => router.get('/:id', (_ctx, next) => next()), second)).toEqual([])
    expect(conflicts((router) => router.post('/:id', answer), second)).toEqual([])
    expect(
      conflicts(
        (router) => router.get('/:id', answer),
        (router) => router.all('/new', answer),
      ),
    ).toEqual([])
    expect(
      conflicts((router) => {
        router.host = 'one.example'
        router.get('/:id', answer)
      }, second),
    ).toEqual([])
  })

  it('leaves the order of routes within one plugin to its author', () => {
    const both: Late = (router) => router.get('/:id', answer).get('/new', answer)
    expect(conflicts(both, () => undefined)).toEqual([])
  })

  it('knows schema-first handlers, which never pass on', () => {
    const problems = conflicts(
      (router) => void router.get('/:id', { summary: 'One' }, () => 'x'),
      (router) => router.get('/new', answer),
    )
    expect(problems).toHaveLength(1)
  })
})

describe('a route without a path', () => {
  it('is refused at boot, not at every request', () => {
    expect(() => create({ a: (router) => router.get('', () => undefined) })).toThrow(
      /its path is empty in plugin "a"/,
    )
  })
})

describe('what no route answers', () => {
  const both = () =>
    serve({
      a: (router) => {
        router.opts.prefix = '/shared'
        router.get('/:id', (ctx) => void (ctx.body = { id: ctx.params['id'] }))
      },
      b: (router) => {
        router.opts.prefix = '/shared'
        router.post('/:name', (ctx) => void (ctx.body = 'posted'))
        router.get('/:name/deeper', (_ctx, next) => next())
        router.all('/:a/:b/all', (_ctx, next) => next())
      },
    })

  it('is 404 with a problem document', async () => {
    const answer = await send(await both(), '/nowhere?token=1')
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json).toMatchObject({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'FREEDA_ROUTE_NOT_FOUND',
      detail: 'There is no GET /nowhere.',
    })
  })

  it('is 405 with the methods of all plugins', async () => {
    const answer = await send(await both(), '/shared/1', { method: 'DELETE' })
    expect(answer.status).toBe(405)
    expect(answer.headers['allow']).toBe('GET, HEAD, POST, OPTIONS')
    expect(answer.json['code']).toBe('FREEDA_METHOD_NOT_ALLOWED')
  })

  it('answers OPTIONS on a path that is there with 204 and Allow', async () => {
    const answer = await send(await both(), '/shared/1', { method: 'OPTIONS' })
    expect([answer.status, answer.headers['allow'], answer.text]).toEqual([
      204,
      'GET, HEAD, POST, OPTIONS',
      '',
    ])
    expect((await send(await both(), '/nowhere', { method: 'OPTIONS' })).status).toBe(404)
  })

  it('answers OPTIONS * for the server as a whole', async () => {
    const answer = await send(await both(), '*', { method: 'OPTIONS' })
    expect([answer.status, answer.headers['allow']]).toEqual([
      204,
      'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    ])
  })

  it('is 404 when a handler passes on and nobody answers', async () => {
    const served = await both()
    expect((await send(served, '/shared/1/deeper')).json['code']).toBe('FREEDA_ROUTE_NOT_FOUND')
    expect((await send(served, '/shared/1/2/all', { method: 'PROPFIND' })).status).toBe(404)
    expect((await send(served, '/shared/1/deeper', { method: 'POST' })).headers['allow']).toBe(
      'GET, HEAD, OPTIONS',
    )
  })

  it('is 501 for methods that nobody implements', async () => {
    const answer = await send(await both(), '/shared/1', { method: 'PROPFIND' })
    expect([answer.status, answer.json['code']]).toEqual([501, 'not_implemented'])
  })

  it('answers HEAD as GET, with the length and without a body', async () => {
    const served = await both()
    const get = await send(served, '/shared/1')
    const head = await send(served, '/shared/1', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.text).toBe('')
    expect(head.headers['content-length']).toBe(get.headers['content-length'])
    expect(head.headers['content-type']).toBe(get.headers['content-type'])
  })

  it('answers a HEAD that fails without a body, but with its length', async () => {
    const answer = await send(await both(), '/nowhere', { method: 'HEAD' })
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
      404,
      '',
      'application/problem+json',
    ])
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(50)
  })

  it('lets a plugin answer its own unknown paths', async () => {
    const served = await serve((router) => {
      router.get('/x', () => undefined)
      router.on('not-found', (ctx) => {
        ctx.status = 404
        ctx.body = 'mine'
      })
    })
    expect((await send(served, '/y')).text).toBe('mine')
  })
})
