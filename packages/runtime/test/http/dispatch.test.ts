import { Router, type RouterMiddleware } from '@koa/router'
import fc from 'fast-check'
import Koa from 'koa'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createDispatch } from '../../src/routing/dispatch.ts'
import type { ExchangeContext } from '../../src/exchange/exchange.ts'
import { indexRoutes } from '../../src/routing/route-index.ts'
import { pathForms } from '../../src/routing/route-pattern.ts'

// ───────────────────────────────────────────── random sets of routes ─────────────────────────────────────────────

type Behaviour = 'answers' | 'passes on' | 'awaits' | 'throws' | 'rejects' | 'calls next twice' | 'rewrites'
type Path = string | RegExp | string[]
type Definition =
  | { readonly kind: 'route'; readonly verb: string; readonly path: Path; readonly behaviours: Behaviour[] }
  | { readonly kind: 'use'; readonly path: Path | undefined; readonly behaviour: Behaviour }
  | {
      readonly kind: 'nest'
      readonly path: string | undefined
      readonly prefix: string
      readonly inner: Definition[]
    }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'prefix'; readonly prefix: string }
interface RouterSpec {
  readonly options: object
  readonly notFound: boolean
  readonly definitions: Definition[]
}

const segment = fc.constantFrom(
  'a',
  'b',
  'A',
  'new',
  'é',
  'v1.0',
  'x-y',
  ':id',
  ':name',
  ':id.json',
  ':from-:to',
  'v:major',
  '*rest',
  'a*rest',
)
const optional = fc.constantFrom('', '', '{/:more}', '{/b}', '{.:ext}', '/', '{/*all}')
const pathText = fc
  .tuple(fc.array(segment, { maxLength: 3 }), optional)
  .map(([segments, end]) => `/${segments.join('/')}${end}`.replace('//', '/'))
const expression = fc.constantFrom(
  /^\/a\/(\d+)$/,
  /^\/a|\/b$/,
  /\/new/,
  /^\/(?:a|b)\/x/i,
  /^(?:\/a)?\/b$/,
  /^\/colou?r/,
  /^\/a\/?b$/,
  /^\/a$/m,
  /^\/v\d/,
  /^(?:\/a|\/b)(?:\/$)?$/,
  /^\/a[/]b/,
  /^(?:\/[(a]b)$/,
)
const behaviour = fc.constantFrom<Behaviour>(
  ...([
    'answers',
    'answers',
    'passes on',
    'passes on',
    'awaits',
    'throws',
    'rejects',
    'calls next twice',
    'rewrites',
  ] as const),
)
const path: fc.Arbitrary<Path> = fc.oneof(
  { weight: 8, arbitrary: pathText },
  { weight: 1, arbitrary: expression },
  { weight: 1, arbitrary: fc.array(pathText, { minLength: 1, maxLength: 2 }) },
)
const prefix = fc.constantFrom('', '', '/a', '/p', '/a/b', '/:tenant', '/v1.0', '/é')
const definition = fc.letrec<{ one: Definition }>((tie) => ({
  one: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('route' as const),
        verb: fc.constantFrom('get', 'get', 'post', 'put', 'delete', 'all', 'options', 'head'),
        path,
        behaviours: fc.array(behaviour, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('use' as const),
        path: fc.option(path, { nil: undefined }),
        behaviour,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('nest' as const),
        path: fc.option(pathText, { nil: undefined }),
        prefix,
        inner: fc.array(tie('one'), { maxLength: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('param' as const),
        name: fc.constantFrom('id', 'name', 'more'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('prefix' as const), prefix }) },
  ),
})).one
const routerSpec: fc.Arbitrary<RouterSpec> = fc.record({
  options: fc.record(
    {
      prefix,
      sensitive: fc.boolean(),
      strict: fc.boolean(),
      exclusive: fc.constantFrom(true, 'specificity', false),
      host: fc.constantFrom('one.test', /^two\./),
      routerPath: fc.constant('/a/b'),
    },
    { requiredKeys: ['prefix'], noNullPrototype: true },
  ),
  notFound: fc.nat(9).map((n) => n === 0),
  definitions: fc.array(definition, { maxLength: 8 }),
})

const piece = fc.constantFrom(
  'a',
  'b',
  'A',
  'B',
  'new',
  'x-y',
  'v1.0',
  'v2',
  '1',
  'é',
  '%C3%A9',
  '%2f',
  '%2F',
  '%',
  '%zz',
  '..',
  '.',
  '',
  'a.json',
  'from-to',
  'colour',
  '__proto__',
  'Ⅷ',
  'ß',
  'p',
  'rest',
  'a%20b',
  '😀',
  ';x=1',
  'K',
)
const url = fc.oneof(
  { weight: 8, arbitrary: fc.array(piece, { maxLength: 5 }).map((pieces) => `/${pieces.join('/')}`) },
  { weight: 1, arbitrary: fc.constantFrom('*', '//', '/a//', '/?a=/b', '/a#b', '/a\u00a0b') },
  { weight: 1, arbitrary: fc.string().map((text) => `/${text}`) },
)
const requests = fc.array(
  fc.record({
    method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'),
    url,
    host: fc.constantFrom('one.test', 'two.test'),
  }),
  { minLength: 1, maxLength: 12 },
)

// ────────────────────────────────────────────── what happens in them ──────────────────────────────────────────────

type Trace = unknown[]
type Ctx = Koa.Context & Record<string, unknown>
interface World {
  trace: Trace
}

/** What a middleware can see of routing. */
const seen = (ctx: Ctx) => ({
  path: ctx.path,
  params: ctx['params'] === undefined ? undefined : { ...(ctx['params'] as object) },
  sameParams: ctx['params'] === (ctx.request as unknown as Record<string, unknown>)['params'],
  captures: ctx['captures'] === undefined ? undefined : [...(ctx['captures'] as unknown[])],
  routerPath: String(ctx['routerPath']),
  routerName: ctx['routerName'],
  route: String(ctx['_matchedRoute']),
  matched: ((ctx['matched'] as { path: unknown; methods: unknown }[] | undefined) ?? []).map(
    ({ path, methods }) => [String(path), methods],
  ),
  hasMatched: ctx['matched'] !== undefined,
  routeMatched: ctx['routeMatched'],
  router: (ctx['router'] as { id?: number } | undefined)?.id,
})

function middleware(world: World, id: string, does: Behaviour) {
  return (ctx: Ctx, next: () => Promise<unknown>): unknown => {
    world.trace.push([id, seen(ctx)])
    switch (does) {
      case 'answers':
        ctx.body = id
        return undefined
      case 'passes on':
        return next()
      case 'awaits':
        return next().then(() => world.trace.push([`${id} again`, seen(ctx)]))
      case 'throws':
        throw new Error(id)
      case 'rejects':
        return Promise.reject(new Error(id))
      case 'calls next twice':
        return next().then(() => next())
      case 'rewrites':
        ctx.path = '/a/b'
        return next()
    }
  }
}

function define(router: Router, definitions: readonly Definition[], world: World, id: string): void {
  for (const [i, one] of definitions.entries()) {
    const name = `${id}.${i}`
    const make = (does: Behaviour, at = 0) => middleware(world, `${name}/${at}`, does) as RouterMiddleware
    // What @koa/router refuses, it refuses on both sides.
    try {
      if (one.kind === 'route') {
        const verbs = router as unknown as Record<string, (path: Path, ...all: RouterMiddleware[]) => unknown>
        verbs[one.verb]!(one.path, ...one.behaviours.map(make))
      } else if (one.kind === 'use') {
        if (one.path === undefined) router.use(make(one.behaviour))
        else router.use(one.path as string, make(one.behaviour))
      } else if (one.kind === 'nest') {
        const inner = new Router({ prefix: one.prefix })
        define(inner, one.inner, world, name)
        if (one.path === undefined) router.use(inner.routes())
        else router.use(one.path, inner.routes())
      } else if (one.kind === 'param') {
        router.param(one.name, (value: string, ctx, next) => {
          world.trace.push([`${name} param`, value, seen(ctx)])
          return next()
        })
      } else router.prefix(one.prefix)
    } catch {
      continue
    }
  }
}

function build(
  specs: readonly RouterSpec[],
  world: World,
  definitionsOf = (spec: RouterSpec) => spec.definitions,
) {
  return specs.map((spec, i) => {
    const router = new Router({ ...spec.options })
    define(router, definitionsOf(spec), world, String(i))
    if (spec.notFound)
      router.on('not-found', ((ctx: Ctx, next: () => Promise<unknown>) => {
        world.trace.push(['not-found', seen(ctx)])
        return next()
      }) as never)
    return Object.assign(router, { id: i })
  })
}

const app = new Koa()
function context(method: string, target: string, host: string): Ctx {
  const req = Object.assign(new IncomingMessage(new Socket()), { method, url: target, headers: { host } })
  return app.createContext(req, new ServerResponse(req)) as Ctx
}

async function outcome(world: World, ctx: Ctx, run: () => unknown): Promise<Trace> {
  world.trace = []
  try {
    await run()
    world.trace.push(['end', seen(ctx), ctx.body])
  } catch (error) {
    world.trace.push(['failed', (error as Error).message, seen(ctx)])
  }
  return world.trace
}

const asMounts = (routers: readonly Router[]) =>
  routers.map((router, i) => ({ plugin: String(i), prefix: '', router })) as never

type Chain = (ctx: Ctx, last: (ctx: Ctx) => unknown) => Promise<unknown>
const compose = (app as unknown as { compose(all: unknown[]): Chain }).compose

/** Both ways to run the same routes, each in a world of its own. */
function both(specs: readonly RouterSpec[], later?: readonly RouterSpec[]) {
  const worlds = [{ trace: [] as Trace }, { trace: [] as Trace }] as const
  const plain = build(specs, worlds[0])
  const indexed = build(specs, worlds[1])
  const last = (world: World) => (ctx: unknown) => void world.trace.push(['last', seen(ctx as Ctx)])
  const chain = compose(plain.map((router) => router.routes()))
  const dispatch = createDispatch(asMounts(indexed), last(worlds[1]))
  return {
    async compare({ method, url: target, host }: { method: string; url: string; host: string }) {
      const [theirs, ours] = [context(method, target, host), context(method, target, host)]
      const expected = await outcome(worlds[0], theirs, () => chain(theirs, last(worlds[0])))
      const actual = await outcome(worlds[1], ours, () => dispatch(ours as unknown as ExchangeContext))
      expect(actual).toEqual(expected)
    },
    addLater() {
      for (const [i, spec] of (later ?? []).entries())
        for (const [side, routers] of [plain, indexed].entries())
          if (routers[i] !== undefined) define(routers[i], spec.definitions, worlds[side]!, `later ${i}`)
    },
  }
}

const runs = Number(process.env['FUZZ_RUNS'] ?? 400)

describe('dispatching through the index', () => {
  it('does what plain @koa/router does: the same middleware, in the same order, with the same context', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(routerSpec, { maxLength: 4 }), requests, async (specs, wanted) => {
        const { compare } = both(specs)
        for (const request of wanted) await compare(request)
      }),
      { numRuns: runs },
    )
  }, 120_000)

  it('does so for routes, prefixes and middleware that are added when requests were served already', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(routerSpec, { minLength: 1, maxLength: 3 }),
        fc.array(routerSpec, { minLength: 1, maxLength: 3 }),
        requests,
        async (specs, later, wanted) => {
          const { compare, addLater } = both(specs, later)
          for (const request of wanted.slice(0, 2)) await compare(request)
          addLater()
          for (const request of wanted) await compare(request)
        },
      ),
      { numRuns: runs / 4 },
    )
  }, 120_000)

  it('asks a regular expression that remembers where it was as often as @koa/router does', async () => {
    const router = () => new Router().get(/^\/a/g, (ctx) => void (ctx.body = 'a'))
    const [plain, dispatch] = [router().routes(), createDispatch(asMounts([router()]), () => undefined)]
    for (let i = 0; i < 5; i++) {
      const [theirs, ours] = [context('GET', '/a', ''), context('GET', '/a', '')]
      await plain(theirs as never, async () => undefined)
      await dispatch(ours as unknown as ExchangeContext)
      expect(seen(ours)).toEqual({ ...seen(theirs), router: undefined })
    }
  })

  it('finds routes where a prefix was put that came late', async () => {
    const router = new Router()
    router.get('/x', (ctx) => void (ctx.body = 'x'))
    const dispatch = createDispatch(asMounts([router]), () => undefined)
    const bodyOf = async (target: string) => {
      const ctx = context('GET', target, '')
      await dispatch(ctx as unknown as ExchangeContext)
      return ctx.body
    }
    expect([await bodyOf('/x'), await bodyOf('/late/x')]).toEqual(['x', undefined])
    router.prefix('/late')
    expect([await bodyOf('/x'), await bodyOf('/late/x')]).toEqual([undefined, 'x'])
  })

  it('gives what a synchronous handler gave, without a promise', () => {
    const router = new Router()
    router.get('/x', (ctx) => void (ctx.body = 'x'))
    const dispatch = createDispatch(asMounts([router]), () => undefined)
    expect(dispatch(context('GET', '/x', '') as unknown as ExchangeContext)).toBeUndefined()
  })
})

describe('the index', () => {
  const stacksOf = (...paths: Path[]) => {
    const router = new Router({ sensitive: true })
    for (const one of paths) router.get(one as string, () => undefined)
    return [router] as never[]
  }
  const found = (find: ReturnType<typeof indexRoutes>, target: string) =>
    find(target).map(({ layer }) => String(layer.path))

  it('finds one candidate among a thousand routes', () => {
    const paths = Array.from({ length: 1000 }, (_, i) => `/group${i % 10}/:id/action${i}`)
    const find = indexRoutes(stacksOf(...paths))
    expect(found(find, '/group7/1/action17')).toEqual(['/group7/:id/action17'])
    expect(found(find, '/group7/1/action18')).toEqual([])
  })

  it('keeps the order of routes, whatever kind they are', () => {
    const find = indexRoutes(stacksOf('/*rest', '/a/:id', /^\/a/, '/a/b', '/:x/b', '/c/b'))
    expect(found(find, '/a/b')).toEqual(['/*rest', '/a/:id', '/^\\/a/', '/a/b', '/:x/b'])
  })

  it('takes a path of very many segments lightly', () => {
    const find = indexRoutes(stacksOf('/a/:id', '/:a/:b/:c', '/a/b/*rest'))
    expect(found(find, '/a/b'.repeat(10_000))).toEqual(['/a/b/*rest'])
  })

  it.each([
    ['^(?:\\/a\\/([^\\/]+))(?:\\/$)?$', [{ segments: ['a', { kind: 'whole' }], end: 'exact' }]],
    [
      '^(?:\\/a\\/([^\\/]+)\\.json|\\/b)$',
      [
        { segments: ['a', { kind: 'part' }], end: 'exact' },
        { segments: ['b'], end: 'exact' },
      ],
    ],
    ['^(?:\\/files\\/([^]+))(?:\\/$)?$', [{ segments: ['files'], end: 'rest' }]],
    ['^\\/items(?:\\/|$)', [{ segments: ['items'], end: 'open' }]],
    ['^\\/items', [{ segments: [], end: 'open' }]],
    ['^\\/items\\/?x', [{ segments: [], end: 'open' }]],
    ['(?:\\/|$)', undefined],
    ['^\\/a|b', undefined],
    ['^(?:\\/a)?$', undefined],
  ])('reads %s', (source, forms) => {
    expect(pathForms(new RegExp(source))).toEqual(forms)
  })
})
