import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeApp, describePlan, type DescribeOptions } from '../../src/describe-app.ts'
import {
  collection,
  definePlugin,
  env,
  secret,
  service,
  StorageDriver,
  type FreedaConfig,
} from '../../src/index.ts'

const rehearse = (config: FreedaConfig, environment: DescribeOptions['environment'] = {}) =>
  describeApp({ config: { name: 'desk', ...config }, environment, mode: 'development' })

const Mail = service<{ send(text: string): void; readonly host: string }>('acme.mail')

/** A store that must not be opened. */
const store = (opened: string[]) =>
  definePlugin({
    name: 'store',
    freeda: '^1.0.0',
    provides: { storage: StorageDriver },
    setup() {
      opened.push('opened')
      throw new Error('the data folder is locked')
    },
  })()

const notes = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  collections: { notes: collection(z.object({ text: z.string() })) },
  async setup({ collections, router }) {
    await collections.notes.put('welcome', { text: 'Hello' })
    router.get('/', { summary: 'All' }, () => collections.notes.query())
  },
})

const paths = (app: { routes: readonly { method: string; path: string; plugin: string }[] }) =>
  app.routes.filter(({ plugin }) => plugin !== 'docs').map(({ method, path }) => `${method} ${path}`)

describe('rehearsing an app', () => {
  it('keeps documents in memory, and leaves the store alone', async () => {
    const opened: string[] = []
    const app = await rehearse({ plugins: [store(opened), notes()] })
    expect(paths(app)).toEqual(['GET /notes'])
    expect(app.failures).toEqual([])
    expect(opened).toEqual([])
  })

  it('runs setup and what releases it, but nothing of the start', async () => {
    const seen: string[] = []
    const hooked = definePlugin({
      name: 'hooked',
      freeda: '^1.0.0',
      setup({ onStart, onStop, router }) {
        seen.push('setup')
        onStart(() => seen.push('start'))
        onStop(() => seen.push('stop'))
        router.get('/', (ctx) => void (ctx.body = 'x'))
      },
    })
    const app = await rehearse({ plugins: [hooked()] })
    expect(seen).toEqual(['setup', 'stop'])
    expect(app.stopFailures).toEqual([])
  })

  it('names a plugin that connects in setup, with what to do, and lists the others', async () => {
    const released: string[] = []
    const eager = definePlugin({
      name: 'eager',
      freeda: '^1.0.0',
      provides: { mail: Mail },
      setup({ router, onStop }) {
        onStop(() => void released.push('eager'))
        router.get('/outbox', (ctx) => void (ctx.body = []))
        throw new Error('connect ECONNREFUSED 127.0.0.1:25')
      },
    })
    const user = definePlugin({
      name: 'user',
      freeda: '^1.0.0',
      needs: { mail: Mail },
      setup({ needs, router }) {
        router.post('/', async (ctx) => {
          needs.mail.send('hello')
          ctx.status = 204
        })
      },
    })
    const app = await rehearse({ plugins: [eager(), user()] })
    expect(paths(app)).toEqual(['POST /user'])
    expect(app.failures).toEqual([
      {
        code: 'plugin_not_rehearsed',
        at: 'eager',
        message: expect.stringContaining('connect ECONNREFUSED 127.0.0.1:25'),
        fix: expect.stringContaining('onStart'),
      },
    ])
    expect(released).toEqual(['eager'])
  })

  it('says whose service is missing when a setup uses it', async () => {
    const eager = definePlugin({
      name: 'eager',
      freeda: '^1.0.0',
      provides: { mail: Mail },
      setup() {
        throw new Error('no mail server')
      },
    })
    const greedy = definePlugin({
      name: 'greedy',
      freeda: '^1.0.0',
      needs: { mail: Mail },
      setup({ needs }) {
        needs.mail.send('I am here')
      },
    })
    const { failures } = await rehearse({ plugins: [eager(), greedy()] })
    expect(failures.map(({ at, message }) => `${at}: ${message}`)).toEqual([
      expect.stringContaining('eager: it could not be set up'),
      expect.stringMatching(/^greedy: .*acme\.mail .*plugin "eager"/),
    ])
  })

  it('does not wait for a setup that hangs longer than its deadline', async () => {
    const hanging = definePlugin({
      name: 'hanging',
      freeda: '^1.0.0',
      setup: () => new Promise<void>(() => undefined),
    })
    const { failures } = await rehearse({ setupTimeout: 20, plugins: [hanging()] })
    expect(failures).toMatchObject([{ at: 'hanging', message: expect.stringContaining('within 20 ms') }])
  })

  it('says what would keep the app from starting', async () => {
    const twice = (name: string) =>
      definePlugin({
        name,
        freeda: '^1.0.0',
        prefix: '/same',
        setup: ({ router }) => void router.get('/', (ctx) => void (ctx.body = name)),
      })()
    const locked = definePlugin({
      name: 'locked',
      freeda: '^1.0.0',
      security: 'authenticated',
      setup: ({ router }) => void router.get('/', (ctx) => void (ctx.body = 'x')),
    })
    const { problems, routes } = await rehearse({ plugins: [twice('a'), twice('b'), locked()] })
    expect(problems.map(({ code }) => code)).toEqual(['duplicate_route', 'security_invalid'])
    expect(routes.filter(({ plugin }) => plugin !== 'docs')).toHaveLength(3)
  })

  it('lists what the config says of metrics, on their own port too', async () => {
    const { routes } = await rehearse({ docs: false, metrics: { port: 9464 }, plugins: [] })
    expect(routes.map(({ method, path, port }) => ({ method, path, port }))).toEqual([
      { method: 'GET', path: '/metrics', port: 9464 },
      { method: 'GET', path: '/log-level', port: 9464 },
      { method: 'PUT', path: '/log-level', port: 9464 },
    ])
  })

  it('tells of every route who may call it, what limits it and what it takes', async () => {
    const shop = definePlugin({
      name: 'shop',
      freeda: '^1.0.0',
      setup({ router, auth }) {
        const openapi = { type: 'http', scheme: 'bearer' }
        auth.scheme({ name: 'jwt', openapi, challenge: 'Bearer', authenticate: async () => undefined })
        router.all('/any', (ctx) => void (ctx.body = 'x'))
        router.ws('/live', {}, () => undefined)
        router.post(
          '/',
          {
            body: z.object({}),
            response: z.object({}),
            security: { scopes: ['shop:write'] },
            rateLimit: { limit: 3, windowSeconds: 60 },
            deprecated: true,
            summary: 'Buy',
          },
          () => ({}),
        )
      },
    })
    const { routes } = await rehearse({
      docs: false,
      server: { rateLimit: { limit: 100, windowSeconds: 10 } },
      plugins: [shop()],
    })
    expect(routes.map(({ method }) => method)).toEqual(['ALL', 'WS', 'POST'])
    expect(routes[0]).toMatchObject({ security: 'public', rateLimit: { limit: 100 }, documented: false })
    expect(routes[2]).toEqual({
      method: 'POST',
      path: '/shop',
      plugin: 'shop',
      port: undefined,
      security: { scopes: ['shop:write'] },
      rateLimit: { limit: 3, windowSeconds: 60 },
      schemas: ['body', 'response'],
      summary: 'Buy',
      deprecated: true,
      documented: true,
      idempotent: false,
      essential: false,
    })
  })
})

describe('planning without the environment', () => {
  const picky = definePlugin({
    name: 'picky',
    freeda: '^1.0.0',
    options: z.object({
      key: z.string().min(32),
      port: z.number(),
      tier: z.enum(['free', 'paid']),
      color: z.enum(['red', 'blue']).default('blue'),
    }),
    setup: ({ router }) => void router.get('/', (ctx) => void (ctx.body = 'x')),
  })

  it('puts stand-ins that fit in the place of what is not set, and names them all', async () => {
    const options = {
      key: secret('KEY'),
      port: env.port('PICKY_PORT'),
      tier: env.oneOf('TIER', ['free', 'paid']),
    }
    const app = await rehearse({ plugins: [picky(options)] }, { PICKY_PORT: 'abc' })
    expect(paths(app)).toEqual(['GET /picky'])
    expect(app.plan.gaps.map(({ code, at }) => `${code} ${at}`)).toEqual([
      'secret_missing plugins[0].options.key',
      'env_invalid plugins[0].options.port',
      'env_missing plugins[0].options.tier',
    ])
    expect(app.plan.variables.map(({ name, source }) => [name, source])).toContainEqual([
      'PICKY_PORT',
      'invalid',
    ])
  })

  it('takes the default where no stand-in fits', async () => {
    const { plan } = await describePlan({
      config: {
        plugins: [picky({ key: 'k'.repeat(32), port: 1, tier: 'free', color: env('COLOR') as never })],
      },
      environment: {},
    })
    expect(plan.plugins[0]).toMatchObject({ incomplete: false, options: { color: 'blue' } })
  })

  it('names a plugin whose options cannot be known, and what to set', async () => {
    const app = await rehearse({
      plugins: [picky({ key: 'k'.repeat(32), port: 1, tier: env('TIER') as never })],
    })
    expect(paths(app)).toEqual([])
    expect(app.failures).toEqual([
      {
        code: 'plugin_incomplete',
        at: 'picky',
        message: 'its options are not known: the environment variable TIER is not set.',
        fix: 'Set TIER.',
      },
    ])
  })

  it('still refuses a config that is wrong whatever the environment says', async () => {
    await expect(rehearse({ plugins: [], servr: {} } as FreedaConfig)).rejects.toMatchObject({
      code: 'FREEDA_CONFIG_INVALID',
    })
  })

  it('never shows a secret in what failed', async () => {
    const leaky = definePlugin({
      name: 'leaky',
      freeda: '^1.0.0',
      options: z.object({ key: z.string() }),
      setup: ({ options }) => {
        throw new Error(`bad key ${options.key}`)
      },
    })
    const { failures } = await rehearse({ plugins: [leaky({ key: secret('KEY') })] }, { KEY: 's3cr3t' })
    expect(failures[0]?.message).toContain('bad key [redacted]')
  })
})
