import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  CurrentPrincipal,
  definePlugin,
  FreedaError,
  service,
  start,
  type App,
  type AuthScheme,
  type PluginDefinition,
  type PluginSettings,
  type PluginUse,
  type SetupContext,
} from '../../src/index.ts'
import { testApp } from '../../src/testing.ts'
import { send, until } from './serve.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop()
})

async function boot(plugins: readonly PluginUse[], server: object = {}): Promise<App> {
  const app = await start({
    config: { name: 'test', plugins, server: { port: 0, ...server }, log: { level: 'silent' } },
    mode: 'test',
    environment: {},
    signals: false,
  })
  apps.push(app)
  return app
}

const bad = () => new FreedaError('FREEDA_UNAUTHENTICATED', { reason: 'The credentials do not hold.' })

/** Recognises `<header>: <id>:<scope>,<scope>`; `wrong` does not hold. */
const byHeader = (name: string, header: string, seen: string[] = []): AuthScheme => ({
  name,
  openapi: { type: 'apiKey', in: 'header', name: header },
  challenge: `Header realm="${name}"`,
  async authenticate({ headers }) {
    const value = headers[header]
    if (typeof value !== 'string') return undefined
    seen.push(value)
    const [id = '', scopes = ''] = value.split(':')
    if (id === 'wrong') throw bad()
    return { id, scopes: scopes.split(',').filter((scope) => scope !== ''), claims: { header } }
  },
})

const provider = (...schemes: AuthScheme[]) =>
  definePlugin({
    name: 'provider',
    freeda: '^1.0.0',
    setup({ auth }) {
      for (const scheme of schemes) auth.scheme(scheme)
    },
  })()

type Setup = (context: SetupContext<undefined, never, never, never>) => void

const plugin = (
  security: PluginDefinition['security'],
  setup: Setup,
  settings: PluginSettings = {},
  name = 'notes',
): PluginUse =>
  definePlugin({ name, freeda: '^1.0.0', ...(security === undefined ? {} : { security }), setup })(
    {},
    settings,
  )

const staff = { 'x-staff': 'ann:read,write' }
const both = () => provider(byHeader('staff', 'x-staff'), byHeader('partner', 'x-partner'))

describe('a plugin whose default is not public', () => {
  const locked = () =>
    plugin('authenticated', ({ router }) => {
      router.use(async (ctx, next) => {
        ctx.set('x-middleware', 'ran')
        await next()
      })
      router.get('/koa', (ctx) => void (ctx.body = { caller: ctx.principal?.id ?? null }))
      router.get('/spec', {}, ({ principal }) => ({ caller: principal?.id ?? null }))
      router.get('/open', { security: 'public' }, ({ principal }) => ({ caller: principal?.id ?? null }))
      router.get('/either', { security: 'optional' }, ({ principal }) => ({ caller: principal?.id ?? null }))
      router.post('/', { body: z.object({ text: z.string() }) }, ({ body }) => body)
      router.all('/anything', (ctx) => void (ctx.body = 'anything'))
    })

  it('refuses callers without credentials at every route that says nothing, koa routes included', async () => {
    const app = await boot([locked(), both()])
    for (const path of ['/notes/koa', '/notes/spec', '/notes/anything']) {
      const answer = await send(app, path)
      expect(answer.status, path).toBe(401)
      expect(answer.json).toMatchObject({ code: 'FREEDA_UNAUTHENTICATED', status: 401 })
      expect(answer.headers['www-authenticate']).toBe('Header realm="staff", Header realm="partner"')
      expect(answer.headers['x-middleware'], 'middleware runs behind the guard').toBeUndefined()
      expect(answer.headers['cache-control']).toBe('no-store')
      expect((await send(app, path, { method: 'HEAD' })).status).toBe(401)
    }
  })

  it('lets callers in whom any scheme recognises, and tells koa and schema-first handlers who it is', async () => {
    const app = await boot([locked(), both()])
    for (const path of ['/notes/koa', '/notes/spec'])
      for (const headers of [{ 'x-staff': 'ann' }, { 'x-partner': 'ann' }]) {
        const answer = await send(app, path, { headers })
        expect(answer.json).toEqual({ caller: 'ann' })
        expect(answer.headers['x-middleware']).toBe('ran')
        expect(answer.headers['cache-control']).toBe('private')
      }
  })

  it('lets a route be public, where nobody is recognised, or optional', async () => {
    const seen: string[] = []
    const app = await boot([locked(), provider(byHeader('staff', 'x-staff', seen))])
    expect((await send(app, '/notes/open', { headers: { 'x-staff': 'wrong' } })).json).toEqual({
      caller: null,
    })
    expect(seen).toEqual([])
    expect((await send(app, '/notes/either')).json).toEqual({ caller: null })
    expect((await send(app, '/notes/either', { headers: staff })).json).toEqual({ caller: 'ann' })
    expect((await send(app, '/notes/either', { headers: { 'x-staff': 'wrong' } })).status).toBe(401)
  })

  it('authenticates before it validates or reads the body', async () => {
    const app = await boot([locked(), both()], { bodyLimit: 10 })
    const sending = { method: 'POST', body: 'not json at all', headers: { 'content-type': 'text/plain' } }
    expect((await send(app, '/notes', sending)).status).toBe(401)
    const known = { ...sending, headers: { ...sending.headers, ...staff } }
    expect((await send(app, '/notes', known)).status).toBe(413)
  })

  it('answers unknown paths and methods as ever', async () => {
    const app = await boot([locked(), both()])
    expect((await send(app, '/notes/nothing')).status).toBe(404)
    expect((await send(app, '/notes/spec', { method: 'DELETE' })).status).toBe(405)
    expect((await send(app, '/notes/spec', { method: 'OPTIONS' })).status).toBe(204)
  })

  it('guards nested routers, lists of paths, parameters and routes that are added while it runs', async () => {
    let add = () => {}
    const parameters: string[] = []
    const nested = plugin('authenticated', ({ router }) => {
      const Router = router.constructor as new () => typeof router
      const inner = new Router()
      inner.get('/inner', (ctx) => void (ctx.body = 'inner'))
      router.use('/deep', inner.routes())
      router.param('id', (id, _ctx, next) => {
        parameters.push(id)
        return next()
      })
      router.get(['/a', '/b'], (ctx) => void (ctx.body = 'list'))
      router.get('/by/:id', (ctx) => void (ctx.body = 'parameter'))
      add = () => router.get('/late', (ctx) => void (ctx.body = 'late'))
    })
    const seen: string[] = []
    const app = await boot([nested, provider(byHeader('staff', 'x-staff', seen))])
    add()
    for (const path of ['/deep/inner', '/a', '/b', '/by/1', '/late']) {
      expect((await send(app, `/notes${path}`)).status, path).toBe(401)
      expect(parameters).toEqual([])
    }
    for (const path of ['/deep/inner', '/a', '/b', '/late'])
      expect((await send(app, `/notes${path}`, { headers: staff })).status, path).toBe(200)
    expect(seen).toHaveLength(4)
  })
})

describe('a route that is added while the app runs', () => {
  it('is closed to everybody when its security cannot be enforced; the others go on', async () => {
    let add = () => {}
    const late = plugin('authenticated', ({ router }) => {
      router.get('/', (ctx) => void (ctx.body = 'early'))
      add = () => void router.get('/late', { security: { schemes: ['nobody'] } }, () => 'late')
    })
    const app = await boot([late, both()])
    add()
    expect((await send(app, '/notes/late', { headers: staff })).status).toBe(500)
    expect((await send(app, '/notes', { headers: staff })).text).toBe('early')
    expect((await send(app, '/notes')).status).toBe(401)
  })
})

describe('middleware beside routes of different security', () => {
  it('runs as the route does that comes behind it', async () => {
    const ran: string[] = []
    const mixed = plugin(undefined, ({ router }) => {
      router.get('/:id', { security: 'public' }, async ({ ctx }) => {
        ctx.state['public'] = true
        return { id: ctx.params['id'] }
      })
      router.use(async (ctx, next) => {
        ran.push(`${ctx.path} ${ctx.principal?.id ?? 'nobody'}`)
        await next()
      })
      router.get('/private/:id', { security: 'authenticated' }, () => 'private')
      router.get('/plain/:id', (ctx) => void (ctx.body = 'plain'))
    })
    const app = await boot([mixed, both()])
    expect((await send(app, '/notes/private/1')).status).toBe(401)
    expect(ran).toEqual([])
    expect((await send(app, '/notes/plain/1')).status).toBe(200)
    expect((await send(app, '/notes/private/1', { headers: staff })).status).toBe(200)
    expect(ran).toEqual(['/notes/plain/1 nobody', '/notes/private/1 ann'])
    expect((await send(app, '/notes/open')).json).toEqual({ id: 'open' })
  })

  it('asks for what the route behind it needs, also when a public one hands over to it', async () => {
    const ran: string[] = []
    const chained = plugin(undefined, ({ router }) => {
      router.get('/:id', (_ctx, next) => next())
      router.use((_ctx, next) => {
        ran.push('middleware')
        return next()
      })
      router.get('/x', { security: 'authenticated' }, () => 'secret')
    })
    const app = await boot([chained, both()])
    expect((await send(app, '/notes/x')).status).toBe(401)
    expect(ran).toEqual([])
    expect((await send(app, '/notes/x', { headers: staff })).text).toBe('secret')
  })

  it('never lets a route run that a public one before it hands over to', async () => {
    const chained = plugin(undefined, ({ router }) => {
      router.all('/x', (_ctx, next) => next())
      router.get('/x', { security: { scopes: ['read'] } }, () => 'secret')
    })
    const app = await boot([chained, both()])
    expect((await send(app, '/notes/x')).status).toBe(401)
    expect((await send(app, '/notes/x', { headers: { 'x-staff': 'ann:write' } })).status).toBe(403)
    expect((await send(app, '/notes/x', { headers: staff })).status).toBe(200)
  })
})

describe('schemes and scopes', () => {
  const scoped = () =>
    plugin(undefined, ({ router }) => {
      router.get('/write', { security: { scopes: ['read', 'write'] } }, () => 'written')
      router.get('/staff', { security: { schemes: ['staff'] } }, ({ principal }) => principal)
    })

  it('answers 403 with what is missing', async () => {
    const app = await boot([scoped(), both()])
    const answer = await send(app, '/notes/write', { headers: { 'x-partner': 'bob:read' } })
    expect(answer.status).toBe(403)
    expect(answer.json).toMatchObject({ code: 'FREEDA_FORBIDDEN', detail: 'This needs the scope write.' })
    expect((await send(app, '/notes/write', { headers: staff })).status).toBe(200)
  })

  it('asks only the schemes that the route names', async () => {
    const app = await boot([scoped(), both()])
    const answer = await send(app, '/notes/staff', { headers: { 'x-partner': 'bob' } })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Header realm="staff"')
    expect((await send(app, '/notes/staff', { headers: staff })).json).toEqual({
      id: 'ann',
      scheme: 'staff',
      scopes: ['read', 'write'],
      claims: { header: 'x-staff' },
    })
  })

  it('refuses wrong credentials beside good ones', async () => {
    const app = await boot([scoped(), both()])
    const headers = { ...staff, 'x-partner': 'wrong' }
    expect((await send(app, '/notes/write', { headers })).status).toBe(401)
  })

  it('asks the provider again for every request', async () => {
    const seen: string[] = []
    const app = await boot([scoped(), provider(byHeader('staff', 'x-staff', seen))])
    await send(app, '/notes/staff', { headers: staff })
    await send(app, '/notes/staff', { headers: staff })
    expect(seen).toHaveLength(2)
  })
})

describe('a lock in the config', () => {
  const open = (settings: PluginSettings) =>
    plugin(
      undefined,
      ({ router }) => {
        router.get('/', { security: 'public' }, ({ principal }) => principal?.id ?? null)
        router.get('/write', { security: { scopes: ['write'] } }, () => 'written')
        router.get('/staff', { security: { schemes: ['staff', 'partner'] } }, () => 'staff')
      },
      settings,
    )

  it('holds for every route, whatever the route says, and beside it', async () => {
    const app = await boot([open({ security: { schemes: ['staff'], scopes: ['ops'] } }), both()])
    expect((await send(app, '/notes')).status).toBe(401)
    expect((await send(app, '/notes', { headers: { 'x-partner': 'bob:ops' } })).status).toBe(401)
    expect((await send(app, '/notes', { headers: { 'x-staff': 'ann:ops' } })).text).toBe('ann')
    expect((await send(app, '/notes/write', { headers: { 'x-staff': 'ann:ops' } })).status).toBe(403)
    expect((await send(app, '/notes/write', { headers: { 'x-staff': 'ann:ops,write' } })).status).toBe(200)
    expect((await send(app, '/notes/staff', { headers: { 'x-partner': 'bob:ops' } })).status).toBe(401)
  })

  it('cannot open what a plugin keeps closed', async () => {
    const settings = { security: 'public' } as unknown as PluginSettings
    await expect(boot([open(settings), both()])).rejects.toThrow(/plugins\[0\]\.settings\.security/)
  })
})

describe('at boot', () => {
  it('reports every plugin and route whose security cannot be enforced, at once', async () => {
    const one = plugin({ schemes: ['jwt'] }, ({ router }) => {
      router.get('/a', (ctx) => void (ctx.body = 'a'))
      router.get('/b', { security: { schemes: ['staff', 'nobody'] } }, () => 'b')
      router.get('/c', { security: 'autenticated' as never }, () => 'c')
    })
    const two = plugin(
      undefined,
      ({ router }) => void router.get('/d', { security: { schemes: ['staff'] } }, () => 'd'),
      { security: { schemes: ['partner'] } },
      'others',
    )
    const three = plugin({ scope: ['typo'] } as never, () => {}, {}, 'third')
    const error = await boot([one, two, three, both()]).catch((error: unknown) => error as FreedaError)
    expect(error).toMatchObject({ code: 'FREEDA_SECURITY_INVALID' })
    expect(
      (error as FreedaError<'FREEDA_SECURITY_INVALID'>).data.problems.map(
        ({ at, message }) => `${at} ${message}`,
      ),
    ).toEqual([
      'plugin "notes" names the authentication scheme "jwt", which no plugin registers.',
      'plugin "notes", GET /notes/b names the authentication scheme "nobody", which no plugin registers.',
      'plugin "notes", GET /notes/c has a `security` that is "autenticated".',
      'plugin "others", GET /others/d can be called by nobody: the schemes that it allows and those that the config allows differ.',
      'plugin "third" has a `security` that has an unknown key "scope".',
    ])
  })

  it('refuses `authenticated` and scopes when there are no schemes, not `optional`', async () => {
    const wanting = plugin('authenticated', ({ router }) => {
      router.get('/s', { security: { scopes: ['x'] } }, () => 's')
      router.get('/o', { security: 'optional' }, () => 'o')
    })
    await expect(boot([wanting])).rejects.toThrow(
      /has 2 problems|plugin "notes": wants authenticated callers[^]+GET \/notes\/s: wants authenticated callers/,
    )
    const app = await boot([plugin('optional', ({ router }) => void router.get('/o', {}, () => 'o'))])
    expect((await send(app, '/notes/o')).status).toBe(200)
  })

  it('does not start when the plugin that authenticates failed, though it may fail', async () => {
    const failing = definePlugin({
      name: 'provider',
      freeda: '^1.0.0',
      critical: false,
      setup({ auth }) {
        auth.scheme(byHeader('staff', 'x-staff'))
        throw new Error('no')
      },
    })()
    await expect(boot([plugin('authenticated', () => {}), failing])).rejects.toThrow(/plugin "notes"/)
  })

  it("refuses listeners to 'not-found', which nothing could guard, in plugins that are not public", async () => {
    let router: SetupContext<undefined, never, never, never>['router'] | undefined
    const listening = (security: 'public' | 'authenticated', settings: PluginSettings = {}) =>
      plugin(
        security,
        (context) => {
          ;({ router } = context)
          router.on('not-found', (ctx) => void (ctx.body = 'nothing here'))
        },
        settings,
      )
    await expect(boot([listening('authenticated'), both()])).rejects.toThrow(
      /"notes": listens to 'not-found'/,
    )
    const locked = listening('public', { security: 'authenticated' })
    await expect(boot([locked, both()])).rejects.toThrow(/"notes": listens to 'not-found'/)
    expect(() => router!.on('not-found', () => {})).toThrow(/router\.all/)
    const app = await boot([listening('public'), both()])
    expect((await send(app, '/anywhere')).text).toBe('nothing here')
  })

  it('refuses two schemes of one name, and names and challenges that HTTP or OpenAPI do not allow', async () => {
    const scheme = byHeader('staff', 'x-staff')
    await expect(boot([provider(scheme, scheme)])).rejects.toThrow(/"staff" is registered already/)
    await expect(boot([provider({ ...scheme, name: 'a b' })])).rejects.toThrow(/not a name/)
    await expect(boot([provider({ ...scheme, challenge: 'Bearer\r\nx: y' })])).rejects.toThrow(/challenge/)
  })

  it('tells a plugin that needs the principal where to ask for it', async () => {
    const wrong = definePlugin({
      name: 'notes',
      freeda: '^1.0.0',
      needs: { caller: CurrentPrincipal },
      setup: () => {},
    })()
    await expect(boot([wrong])).rejects.toThrow(/only during a request.+ctx\.services\.get/)
  })
})

describe('a provider that fails', () => {
  const guarded = (ran: string[]) =>
    plugin('authenticated', ({ router }) => {
      router.post('/', (ctx) => {
        ran.push('handler')
        ctx.body = 'done'
      })
    })
  const authenticating = (authenticate: AuthScheme['authenticate']) =>
    provider({ ...byHeader('staff', 'x-staff'), authenticate })

  it('that hangs is given up with the request: 503, and the handler never runs', async () => {
    const ran: string[] = []
    let signal: AbortSignal | undefined
    let release = () => {}
    const hanging = authenticating(
      (credentials) =>
        new Promise((resolve) => {
          signal = credentials.signal
          release = () => resolve({ id: 'late', scopes: [], claims: {} })
        }),
    )
    const app = await boot([guarded(ran), hanging], { handlerTimeout: 50 })
    const answer = await send(app, '/notes', { method: 'POST' })
    expect(answer.status).toBe(503)
    expect(answer.json['code']).toBe('FREEDA_REQUEST_TIMEOUT')
    expect(signal?.aborted).toBe(true)
    release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(ran).toEqual([])
  })

  it('that cannot tell is a 503, one that throws anything else a 500, one that gives nonsense lets nobody in', async () => {
    const ran: string[] = []
    const results: (() => unknown)[] = [
      () => {
        throw new FreedaError('FREEDA_AUTH_UNAVAILABLE', { scheme: 'staff', reason: 'the issuer is away' })
      },
      () => {
        throw new Error('bug')
      },
      () => ({}),
      () => null,
      () => ({ id: '', scopes: [] }),
      () => ({ id: 'x', scopes: 'all' }),
      () => true,
    ]
    const statuses: number[] = []
    let result: () => unknown = () => undefined
    const app = await boot([guarded(ran), authenticating(async () => result() as never)])
    for (result of results) statuses.push((await send(app, '/notes', { method: 'POST' })).status)
    expect(statuses).toEqual([503, 500, 500, 500, 500, 500, 500])
    expect(ran).toEqual([])
  })

  it('is told when the client leaves', async () => {
    let left = false
    const waiting = authenticating(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            left = true
            reject(signal.reason as Error)
          })
        }),
    )
    const app = await boot([guarded([]), waiting])
    const controller = new AbortController()
    const answer = fetch(`${app.url}/notes`, { method: 'POST', signal: controller.signal })
    setImmediate(() => setTimeout(() => controller.abort(), 30))
    await expect(answer).rejects.toThrow()
    await until(() => left)
  })
})

describe('the services of a request', () => {
  const Mail = service<{ send(): string }>('acme.mail')
  const mail = definePlugin({
    name: 'mail',
    freeda: '^1.0.0',
    provides: { mail: Mail },
    setup: () => ({ mail: { send: () => 'sent' } }),
  })()

  it('are those of the app and the principal, apart for each request', async () => {
    const Unknown = service<object>('acme.unknown')
    const asking = plugin('optional', ({ router }) => {
      router.get('/', async (ctx) => {
        const { services } = ctx
        await new Promise((resolve) => setImmediate(resolve))
        ctx.body = {
          sent: services.get(Mail).send(),
          caller: services.get(CurrentPrincipal)?.id ?? null,
          same: services === ctx.services,
        }
      })
      router.get('/unknown', (ctx) => void (ctx.body = ctx.services.get(Unknown)))
    })
    const app = await boot([asking, mail, both()])
    const answers = await Promise.all(
      [...Array(20).keys()].map(async (i) => {
        const { json } = await send(app, '/notes', i % 4 === 0 ? {} : { headers: { 'x-staff': `user-${i}` } })
        return [i, json] as const
      }),
    )
    for (const [i, json] of answers)
      expect(json).toEqual({ sent: 'sent', caller: i % 4 === 0 ? null : `user-${i}`, same: true })
    expect((await send(app, '/notes/unknown')).status).toBe(500)
    expect(() => app.get(CurrentPrincipal)).toThrow(/freeda\.principal/)
  })
})

describe('testApp', () => {
  const notes = () =>
    plugin({ scopes: ['read'] }, ({ router }) => {
      router.get('/', {}, ({ principal }) => principal)
      router.get('/staff', { security: { schemes: ['staff'] } }, ({ principal }) => principal)
      router.get('/open', { security: 'public' }, ({ principal }) => ({ caller: principal?.id ?? null }))
    })

  it('lets a test say who is calling, without the plugin that authenticates', async () => {
    await using app = await testApp({ plugins: [notes()] })
    expect((await app.request('/notes')).status).toBe(401)
    expect((await app.request('/notes', { as: { id: 'ann' } })).status).toBe(403)
    const answer = await app.request('/notes', { as: { id: 'ann', scopes: ['read'] } })
    expect(await answer.json()).toEqual({ id: 'ann', scheme: 'test', scopes: ['read'], claims: {} })
    const named = await app.request('/notes/staff', { as: { id: 'ann' } })
    expect(await named.json()).toMatchObject({ id: 'ann', scheme: 'staff' })
    expect(await (await app.request('/notes/open', { as: { id: 'ann' } })).json()).toEqual({ caller: null })
  })

  it('checks schemes and real credentials as ever when there is a plugin that authenticates', async () => {
    await using app = await testApp({ plugins: [notes(), both()] })
    const as = (principal: { id: string; scheme?: string }, path = '/notes/staff') =>
      app.request(path, { as: principal }).then(({ status }) => status)
    expect(await as({ id: 'ann' })).toBe(200)
    expect(await as({ id: 'ann', scheme: 'partner' })).toBe(401)
    expect((await app.request('/notes', { headers: staff })).status).toBe(200)
    expect((await app.request('/notes', { headers: { 'x-staff': 'wrong' } })).status).toBe(401)
    const missing = plugin({ schemes: ['nobody'] }, () => {})
    await expect(testApp({ plugins: [missing, both()] })).rejects.toThrow(/"nobody"/)
  })
})

it('costs public routes nothing: no guard stands before them', async () => {
  let layers: readonly { readonly stack: readonly unknown[] }[] = []
  const open = plugin(undefined, ({ router }) => {
    router.use((_ctx, next) => next())
    router.get('/', (ctx) => void (ctx.body = 'open'))
    layers = router.stack
  })
  await boot([open, both()])
  expect(layers.map(({ stack }) => stack.length)).toEqual([1, 1])
})
