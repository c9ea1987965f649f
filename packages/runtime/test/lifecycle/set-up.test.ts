import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { collection, definePlugin, Health, optional, service, type PluginUse } from '../../src/index.ts'
import { fake, testApp } from '../../src/testing.ts'
import { deferred } from '../deferred.ts'

const Mail = service<{ send(to: string): string }>('acme.mail')
const Log = service<string[]>('acme.log')

/** A plugin that writes down when its hooks run. */
const traced = (name: string, events: string[], extra: object = {}): PluginUse =>
  definePlugin({
    name,
    freeda: '^1.0.0',
    ...extra,
    setup({ onStart, onStop }) {
      events.push(`${name} setup`)
      onStart(() => events.push(`${name} start`))
      onStop(() => events.push(`${name} stop 1`))
      onStop(() => events.push(`${name} stop 2`))
    },
  })()

const failing = (name: string, error: unknown, extra: object = {}) =>
  definePlugin({
    name,
    freeda: '^1.0.0',
    ...extra,
    setup() {
      throw error
    },
  })

const hanging = definePlugin({ name: 'hanging', freeda: '^1.0.0', setup: () => new Promise<void>(() => {}) })

describe('setting up', () => {
  it('runs setups, then start hooks, in order of needs, and stop hooks in reverse', async () => {
    const events: string[] = []
    const provider = definePlugin({
      name: 'provider',
      freeda: '^1.0.0',
      provides: { log: Log },
      setup({ onStop }) {
        onStop(() => events.push('provider stop'))
        return { log: events }
      },
    })
    const app = await testApp({ plugins: [traced('user', events, { needs: { log: Log } }), provider()] })
    await app.stop()
    expect(events).toEqual(['user setup', 'user start', 'user stop 2', 'user stop 1', 'provider stop'])
  })

  it('gives a plugin what it declared: options, collections, needs and a prefixed router', async () => {
    const notes = definePlugin({
      name: 'notes',
      freeda: '^1.0.0',
      options: z.object({ greeting: z.string().default('Hello') }),
      collections: { notes: collection(z.object({ text: z.string() })) },
      needs: { mail: Mail, log: optional(Log) },
      setup({ options, collections, needs, router }) {
        router.post('/', async (ctx) => {
          const { text } = await ctx.readBody(z.object({ text: z.string() }))
          ctx.status = 201
          ctx.body = await collections.notes.create({
            text: `${options.greeting}, ${text} ${needs.mail.send('you')}`,
          })
        })
        expect(needs.log).toBeUndefined()
      },
    })
    const app = await testApp({ plugins: [notes()], override: [fake(Mail, { send: (to) => `to ${to}` })] })
    const response = await app.request('/notes', { method: 'POST', json: { text: 'world' } })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ text: 'Hello, world to you', version: 1 })
    await app.stop()
  })

  it('finds a collection by its definition, which a plugin named by its key', async () => {
    const Notes = collection(z.object({ text: z.string() }))
    const app = await testApp({
      plugins: [definePlugin({ name: 'notes', freeda: '^1.0.0', collections: { notes: Notes } })()],
    })
    expect(await app.collection(Notes).create({ text: 'x' })).toMatchObject({ text: 'x' })
    expect(app.collection(Notes).name).toBe('notes')
    await app.stop()
  })

  it('lets a fake take the place of a service that a plugin provides', async () => {
    const mail = definePlugin({
      name: 'mail',
      freeda: '^1.0.0',
      provides: { mail: Mail },
      setup: () => ({ mail: { send: () => 'real' } }),
    })
    const app = await testApp({ plugins: [mail()], override: [fake(Mail, { send: () => 'fake' })] })
    expect(app.get(Mail).send('x')).toBe('fake')
    await app.stop()
  })

  it('says which service is unknown', async () => {
    const app = await testApp({ plugins: [] })
    expect(() => app.get(Mail)).toThrow('No plugin of this app provides the service acme.mail.')
    await app.stop()
  })

  it('unwinds what ran when a plugin fails, and names the plugin', async () => {
    const events: string[] = []
    const plugins = [
      traced('first', events),
      failing('second', new Error('no luck'))(),
      traced('third', events),
    ]
    await expect(testApp({ plugins })).rejects.toMatchObject({
      code: 'FREEDA_PLUGIN_SETUP',
      message: 'Plugin "second" failed in setup: no luck',
      cause: expect.objectContaining({ message: 'no luck' }),
    })
    expect(events).toEqual(['first setup', 'first stop 2', 'first stop 1'])
  })

  it('runs the stop hooks that a failing plugin registered itself', async () => {
    const events: string[] = []
    const half = definePlugin({
      name: 'half',
      freeda: '^1.0.0',
      setup({ onStop }) {
        onStop(() => events.push('released'))
        throw new Error('half done')
      },
    })
    await expect(testApp({ plugins: [half()] })).rejects.toThrow('half done')
    expect(events).toEqual(['released'])
  })

  it('names a plugin that hangs, aborts its signal and unwinds', async () => {
    const events: string[] = []
    let aborted = false
    const listening = definePlugin({
      name: 'listening',
      freeda: '^1.0.0',
      setup: ({ signal }) =>
        new Promise<void>(() => {
          signal.addEventListener('abort', () => (aborted = true))
        }),
    })
    const plugins = [traced('first', events), listening()]
    await expect(testApp({ plugins, setupTimeout: 20 })).rejects.toMatchObject({
      code: 'FREEDA_PLUGIN_TIMEOUT',
      message: expect.stringContaining('Plugin "listening" did not finish setup within 20 ms.'),
    })
    expect([aborted, events.at(-1)]).toEqual([true, 'first stop 1'])
  })

  it('releases what a plugin registers after it was given up', async () => {
    let goOn = () => {}
    const released = deferred()
    const late = definePlugin({
      name: 'late',
      freeda: '^1.0.0',
      async setup({ onStop }) {
        await new Promise<void>((resolve) => (goOn = resolve))
        onStop(() => released.resolve())
      },
    })
    await expect(testApp({ plugins: [late()], setupTimeout: 20 })).rejects.toThrow('did not finish')
    goOn()
    await released.promise
  })

  it.each([
    [undefined, 'did not return "mail"'],
    [{}, 'did not return "mail"'],
    ['text', 'returned a string instead of an object'],
    [{ mail: { send: () => '' }, extra: 1 }, 'returned "extra"; add a token'],
  ])('refuses a setup that returns %j', async (returned, reason) => {
    const wrong = definePlugin({
      name: 'wrong',
      freeda: '^1.0.0',
      provides: { mail: Mail },
      setup: () => returned as never,
    })
    await expect(testApp({ plugins: [wrong()] })).rejects.toThrow(reason)
  })

  it('names the plugin whose start hook fails', async () => {
    const starting = definePlugin({
      name: 'starting',
      freeda: '^1.0.0',
      setup({ onStart }) {
        onStart(() => Promise.reject(new Error('cannot start')))
      },
    })
    await expect(testApp({ plugins: [starting()] })).rejects.toThrow(
      'Plugin "starting" failed in onStart: cannot start',
    )
  })
})

describe('a plugin that may fail', () => {
  it('does not stop the boot; its routes and checks are gone, dependents are left out, health says so', async () => {
    const events: string[] = []
    const flaky = definePlugin({
      name: 'flaky',
      freeda: '^1.0.0',
      critical: false,
      provides: { mail: Mail },
      setup({ router, health, onStop }) {
        router.get('/', (ctx) => {
          ctx.body = 'up'
        })
        health.ready('flaky', () => {})
        onStop(() => events.push('flaky released'))
        throw new Error('not today')
      },
    })
    const dependent = traced('dependent', events, { needs: { mail: Mail }, critical: false })
    const app = await testApp({ plugins: [flaky(), dependent, traced('solid', events)] })
    expect((await app.request('/flaky')).status).toBe(404)
    expect(events).toEqual(['flaky released', 'solid setup', 'solid start'])
    const health = app.get(Health)
    expect(health.plugins.map(({ name, state }) => [name, state])).toEqual(
      expect.arrayContaining([
        ['flaky', 'failed'],
        ['dependent', 'skipped'],
        ['solid', 'ready'],
      ]),
    )
    expect(await health.readiness()).toMatchObject({
      ok: true,
      checks: [
        { name: 'flaky', ok: false, critical: false, error: expect.stringContaining('not today') },
        { name: 'dependent', ok: false },
      ],
    })
    await app.stop()
  })

  it('takes those along that need it when it fails in onStart, and what needs them', async () => {
    const events: string[] = []
    const Post = service<object>('test.post')
    const flaky = definePlugin({
      name: 'flaky',
      freeda: '^1.0.0',
      critical: false,
      provides: { mail: Mail },
      setup({ onStart, onStop }) {
        onStart(() => {
          throw new Error('redis is away')
        })
        onStop(() => events.push('flaky released'))
        return { mail: { send: (to) => to } }
      },
    })
    const between = definePlugin({
      name: 'between',
      freeda: '^1.0.0',
      critical: false,
      needs: { mail: Mail },
      provides: { post: Post },
      setup({ onStop }) {
        onStop(() => events.push('between released'))
        return { post: {} }
      },
    })
    const last = traced('last', events, { needs: { post: Post }, critical: false })
    const app = await testApp({ plugins: [flaky(), between(), last, traced('solid', events)] })
    expect((await app.request('/last')).status).toBe(404)
    expect(events).toContain('solid start')
    expect(events).not.toContain('last start')
    expect(events).toContain('between released')
    expect(
      app
        .get(Health)
        .plugins.map(({ name, state }) => `${name} ${state}`)
        .toSorted(),
    ).toEqual(expect.arrayContaining(['between skipped', 'flaky failed', 'last skipped', 'solid ready']))
    await app.stop()
  })

  it('may hang too', async () => {
    const app = await testApp({ plugins: [hanging({}, { critical: false })], setupTimeout: 20 })
    expect(app.get(Health).plugins).toContainEqual(
      expect.objectContaining({ name: 'hanging', state: 'failed' }),
    )
    await app.stop()
  })
})

describe('stopping', () => {
  it('goes on when a stop hook throws or hangs, and says which', async () => {
    const events: string[] = []
    const bad = definePlugin({
      name: 'bad',
      freeda: '^1.0.0',
      setup({ onStop }) {
        onStop(() => new Promise(() => {}))
        onStop(() => {
          throw new Error('will not')
        })
      },
    })
    const app = await testApp({ plugins: [traced('good', events), bad()], server: { shutdown: 100 } })
    await expect(app.stop()).rejects.toMatchObject({
      code: 'FREEDA_STOP',
      data: { failures: ['bad: will not', expect.stringContaining('did not finish onStop')] },
    })
    expect(events.slice(-2)).toEqual(['good stop 2', 'good stop 1'])
  })

  it('happens once, however often it is asked for', async () => {
    const events: string[] = []
    const app = await testApp({ plugins: [traced('only', events)] })
    await Promise.all([app.stop(), app.stop()])
    await app.stop()
    expect(events.filter((event) => event.endsWith('stop 1'))).toHaveLength(1)
  })
})
