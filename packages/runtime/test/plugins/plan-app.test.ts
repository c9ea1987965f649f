import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadConfig } from '../../src/config/load-config.ts'
import {
  collection,
  defineConfig,
  definePlugin,
  env,
  isFreedaError,
  optional,
  secret,
  service,
  StorageDriver,
  type ConfigExport,
  type Plan,
  type PluginUse,
  type Problem,
} from '../../src/index.ts'
import { planApp } from '../../src/plugins/plan-app.ts'

const plan = async (config: ConfigExport, environment: Record<string, string> = {}): Promise<Plan> =>
  planApp(await loadConfig({ config, mode: 'test' }), { mode: 'test', environment })

/** The problems of a config, each as one line. */
async function problemsOf(config: unknown, environment: Record<string, string> = {}): Promise<string[]> {
  const error: unknown = await plan(config as ConfigExport, environment).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isFreedaError(error, 'FREEDA_CONFIG_INVALID'))
    throw new Error('expected FREEDA_CONFIG_INVALID', { cause: error })
  return error.data.problems.map((p: Problem) => `${p.at}: ${p.message} ${p.fix ?? ''}`)
}

const Mail = service<{ send(): void }>('acme.mail')
const Clock = service<{ now(): number }>('acme.clock')
const mail = definePlugin({
  name: 'mail',
  freeda: '^1.0.0',
  provides: { mail: Mail },
  setup: () => ({ mail: { send() {} } }),
})
const named = (name: string, extra: object = {}) => definePlugin({ name, freeda: '^1.0.0', ...extra })

describe('planning a config', () => {
  it('fills in defaults by mode', async () => {
    const { server, log } = await plan({ name: 'desk' })
    expect(server).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      shutdown: 30_000,
      drain: 0,
      bodyLimit: 1_048_576,
    })
    expect(log.level).toBe('silent')
    const production = await planApp(await loadConfig({ config: {}, mode: 'production' }), {
      mode: 'production',
      environment: {},
    })
    expect(production.server).toMatchObject({ host: '0.0.0.0', drain: 5_000 })
  })

  it('suggests the key that was meant', async () => {
    expect(await problemsOf({ naem: 'desk', server: { prot: 1, cors: { origin: '*' } } })).toEqual([
      expect.stringContaining('server.cors.origins: invalid input; found nothing.'),
      expect.stringContaining('server.cors.origin: is not an option. Did you mean "origins"?'),
      expect.stringContaining('server.prot: is not an option. Did you mean "port"?'),
      expect.stringContaining('naem: is not an option. Did you mean "name"?'),
    ])
  })

  it('refuses the port of the app as that of its metrics', async () => {
    expect(await problemsOf({ server: { port: 4000 }, metrics: { port: 4000 } })).toEqual([
      expect.stringContaining('metrics.port: is the port of the app itself'),
    ])
    expect(await plan({ server: { port: 0 }, metrics: { port: 0 } })).toMatchObject({ metrics: { port: 0 } })
  })

  it('refuses origins that no browser sends', async () => {
    const origins = ['*', 'https://shop.example/', 'HTTPS://Shop.example', 'capacitor://localhost', 'null']
    const problems = await problemsOf({ server: { cors: { origins } } })
    expect(problems).toEqual([
      expect.stringContaining("server.cors.origins[0]: '*' stands alone, not in a list"),
      expect.stringContaining(
        "server.cors.origins[1]: browsers never send 'https://shop.example/'; write 'https://shop.example'",
      ),
      expect.stringContaining("write 'https://shop.example'"),
    ])
  })

  it('names the path, what was found and what is expected for a wrong type', async () => {
    const [port, shutdown] = await problemsOf({ server: { port: 'eighty', shutdown: '30 seconds' } })
    expect(port).toBe('server.port: expected number, received string; found "eighty". Correct it.')
    expect(shutdown).toMatch(
      /^server\.shutdown: expected milliseconds or a text such as '30s'.*found "30 seconds"/,
    )
  })

  it.each([
    [undefined, 'config: the default export is missing.'],
    [[], 'config: the default export is not an object but a list.'],
    ['x', 'config: the default export is not an object but a string.'],
  ])('refuses a config that is %j', async (config, message) => {
    const loaded = { ...(await loadConfig({ config: {}, mode: 'test' })), config }
    await expect(planApp(loaded, { mode: 'test', environment: {} })).rejects.toThrow(message)
  })

  it('refuses plugins that are not a list', async () => {
    expect(await problemsOf({ plugins: mail() })).toEqual([
      expect.stringMatching(/^plugins: .*expected array/),
    ])
  })

  it('leaves out plugins that are false or undefined', async () => {
    expect((await plan({ plugins: [false, mail(), undefined] })).plugins).toHaveLength(1)
  })

  it('reports problems of every kind at once', async () => {
    const problems = await problemsOf(
      {
        server: { port: env.port('PORT') },
        typo: 1,
        plugins: [mail, 42, 'no-such-package', named('needy', { needs: { clock: Clock } })()],
      },
      { PORT: 'x' },
    )
    expect(problems).toEqual([
      expect.stringContaining('typo'),
      expect.stringContaining('plugins[0]: is a plugin that is not called. Write mail().'),
      expect.stringContaining('plugins[1]: is not a plugin but a number.'),
      expect.stringMatching(/plugins\[2\]: could not load "no-such-package".*npm install no-such-package/),
      expect.stringContaining('server.port: the environment variable PORT is "x"; expected a port'),
      expect.stringContaining('needs the service acme.clock, which no plugin provides'),
    ])
  })
})

describe('variables', () => {
  const app = definePlugin({
    name: 'app',
    freeda: '^1.0.0',
    options: z.object({
      key: z.string(),
      size: z.number().optional(),
      deep: z.object({ url: z.string() }).optional(),
    }),
    env: { REGION: env('REGION', 'eu-west-1') },
  })

  it('resolves descriptors anywhere, by name, with fallbacks', async () => {
    const { plugins, variables } = await plan(
      {
        server: { port: env.port('PORT', 8080) },
        plugins: [app({ key: secret('KEY'), deep: { url: env.url('URL') } })],
      },
      { KEY: 'k3y-value', URL: 'https://example.com' },
    )
    expect(plugins[0]).toMatchObject({
      options: { key: 'k3y-value', deep: { url: 'https://example.com' } },
      env: { REGION: 'eu-west-1' },
    })
    expect(variables.map(({ name, source }) => [name, source])).toEqual([
      ['PORT', 'fallback'],
      ['LOG_LEVEL', 'fallback'],
      ['KEY', 'environment'],
      ['URL', 'environment'],
      ['REGION', 'fallback'],
    ])
  })

  it('takes secrets from FREEDA_SECRETS, and from the environment first', async () => {
    const injected = JSON.stringify({ KEY: 'from the object', OTHER: 'x' })
    const first = await plan({ plugins: [app({ key: secret('KEY') })] }, { FREEDA_SECRETS: injected })
    const second = await plan(
      { plugins: [app({ key: secret('KEY') })] },
      { FREEDA_SECRETS: injected, KEY: 'own' },
    )
    expect([first.plugins[0]?.options, second.plugins[0]?.options]).toEqual([
      { key: 'from the object' },
      { key: 'own' },
    ])
  })

  it('does not look up ordinary variables in FREEDA_SECRETS', async () => {
    expect(
      await problemsOf({ plugins: [app({ key: env('KEY') })] }, { FREEDA_SECRETS: '{"KEY":"x"}' }),
    ).toHaveLength(1)
  })

  it('reports all that are missing together, once each, and no follow-up problems', async () => {
    expect(
      await problemsOf({
        plugins: [app({ key: secret('KEY'), size: env.number('SIZE'), deep: { url: env.url('URL') } })],
      }),
    ).toEqual([
      expect.stringContaining(
        'plugins[0].options.key: the secret KEY is not set; expected a secret that is not empty. Set KEY in the environment or in FREEDA_SECRETS.',
      ),
      expect.stringContaining(
        'plugins[0].options.size: the environment variable SIZE is not set; expected a number.',
      ),
      expect.stringContaining(
        'plugins[0].options.deep.url: the environment variable URL is not set; expected an absolute URL.',
      ),
    ])
  })

  it('tells unset from empty', async () => {
    const [problem] = await problemsOf({ server: { port: env.port('PORT', 1) } }, { PORT: '' })
    expect(problem).toContain('PORT is empty; expected a port from 0 to 65535. Set PORT, or unset it')
  })

  it('suggests a variable that is set under a similar name', async () => {
    const [problem] = await problemsOf({ plugins: [app({ key: env('TABLE_NAME') })] }, { TABEL_NAME: 'x' })
    expect(problem).toContain('Did you mean "TABEL_NAME"?')
  })

  it.each(['{', '[]', '"x"', 'null', '{"A":{}}', '{"A":null}'])(
    'refuses FREEDA_SECRETS %s without showing it',
    async (raw) => {
      const [problem] = await problemsOf({}, { FREEDA_SECRETS: raw })
      expect(problem).toMatch(/^FREEDA_SECRETS: /)
    },
  )

  it('never shows the value of a secret in a problem', async () => {
    const strict = definePlugin({
      name: 's',
      freeda: '^1.0.0',
      options: z.object({ key: z.string().length(3) }),
    })
    for (const KEY of ['hunter2-hunter2', 'ab']) {
      const problems = await problemsOf({ plugins: [strict({ key: secret('KEY') })] }, { KEY })
      expect(problems).toEqual([
        expect.stringMatching(/^plugins\[0\]\.options\.key: .*; found a secret, which is not shown\./),
      ])
    }
  })

  it.each([
    [env.port('V'), '65536'],
    [env.port('V'), '-1'],
    [env.port('V'), '3.5'],
    [env.number('V'), 'ten'],
    [env.number('V'), ' '],
    [env.boolean('V'), 'maybe'],
    [env.url('V'), 'example.com'],
    [env.oneOf('V', ['a', 'b']), 'c'],
    [secret('V'), ''],
  ])('refuses a wrong value (case %#)', async (descriptor, raw) => {
    const any = definePlugin({ name: 'any', freeda: '^1.0.0', options: z.object({ v: z.any() }) })
    expect(await problemsOf({ plugins: [any({ v: descriptor })] }, { V: raw })).toHaveLength(1)
  })

  it('reads booleans, numbers, ports and choices', async () => {
    const any = definePlugin({ name: 'any', freeda: '^1.0.0', options: z.object({ v: z.any() }) })
    const v = {
      b: env.boolean('B'),
      n: env.number('N'),
      o: env.oneOf('O', ['x', 'y']),
      missing: env('M', undefined),
    }
    const planned = await plan({ plugins: [any({ v })] }, { B: 'YES', N: '1e3', O: 'y' })
    expect(planned.plugins[0]?.options).toEqual({ v: { b: true, n: 1000, o: 'y', missing: undefined } })
  })
})

describe('options of plugins', () => {
  const desk = definePlugin({
    name: 'desk',
    freeda: '^1.0.0',
    options: z.object({
      slaMinutes: z.number().default(120),
      mail: z.object({ from: z.string() }).optional(),
    }),
  })

  it('are validated and get their defaults', async () => {
    expect((await plan({ plugins: [desk()] })).plugins[0]?.options).toEqual({ slaMinutes: 120 })
  })

  it('refuses keys that the schema would drop in silence, at any depth', async () => {
    const wrong = { slaMinuts: 3, mail: { from: 'a', form: 'b' } } as never
    expect(await problemsOf({ plugins: [desk(wrong)] })).toEqual([
      expect.stringContaining('plugins[0].options.slaMinuts: is not an option. Did you mean "slaMinutes"?'),
      expect.stringContaining('plugins[0].options.mail.form: is not an option. Did you mean "from"?'),
    ])
  })

  it('refuses options for a plugin that takes none', async () => {
    expect(await problemsOf({ plugins: [(mail as (o: object) => PluginUse)({ from: 'x' })] })).toEqual([
      expect.stringContaining('plugins[0].options.from: is not an option.'),
    ])
  })

  it('refuses unknown settings and a prefix that is not a path', async () => {
    expect(await problemsOf({ plugins: [mail({}, { prefx: '/x' } as never)] })).toEqual([
      expect.stringContaining('Did you mean "prefix"?'),
    ])
    for (const prefix of ['x', '/x/', '//', '/a b', '/a?b'])
      expect(await problemsOf({ plugins: [mail({}, { prefix })] })).toEqual([
        expect.stringContaining('is not a path'),
      ])
  })
})

describe('the plugins together', () => {
  it('orders them by needs, whatever their position', async () => {
    const a = named('a', { needs: { m: Mail } })
    const b = named('b', { needs: { c: optional(Clock) } })
    const c = named('c', { provides: { c: Clock }, needs: { m: Mail } })
    const { plugins } = await plan({ plugins: [a(), b(), c(), mail()] })
    expect(plugins.map((plugin) => plugin.name)).toEqual(['mail', 'a', 'c', 'b'])
  })

  it('names every plugin in a circle', async () => {
    const a = named('a', { needs: { clock: Clock }, provides: { mail: Mail } })
    const b = named('b', { needs: { mail: Mail }, provides: { clock: Clock } })
    expect(await problemsOf({ plugins: [a(), b()] })).toEqual([
      expect.stringContaining('a → b → a ("a" needs acme.clock of "b"; "b" needs acme.mail of "a")'),
    ])
  })

  it('reports a plugin that needs itself', async () => {
    expect(
      await problemsOf({ plugins: [named('a', { needs: { m: Mail }, provides: { m: Mail } })()] }),
    ).toEqual([expect.stringContaining('a → a')])
  })

  it('suggests the service that was meant', async () => {
    const Typo = service('acme.mial')
    const [problem] = await problemsOf({ plugins: [mail(), named('a', { needs: { m: Typo } })()] })
    expect(problem).toContain(
      'needs the service acme.mial, which no plugin provides. Add a plugin that provides it, or make the need optional(). Did you mean "acme.mail"?',
    )
  })

  it('refuses duplicate plugins, providers and collections, naming both', async () => {
    const things = collection(z.object({}), { name: 'things' })
    const other = named('other', { provides: { mail: Mail }, collections: { things } })
    const store = named('store', { provides: { s: StorageDriver }, collections: {} })
    const third = named('third', { collections: { things: collection(z.object({})) } })
    expect(await problemsOf({ plugins: [mail(), mail(), other(), store(), third()] })).toEqual([
      expect.stringContaining('plugins[0], plugins[1]: the plugin "mail" is there 2 times.'),
      expect.stringContaining('the service acme.mail is provided by "mail" and "mail" and "other".'),
      expect.stringContaining('the collection "things" is declared by "other" and "third".'),
    ])
  })

  it('refuses collections without storage', async () => {
    expect(
      await problemsOf({ plugins: [named('a', { collections: { things: collection(z.object({})) } })()] }),
    ).toEqual([
      expect.stringContaining(
        'plugin "a" has collections, but no plugin provides storage. Add one, e.g. json(',
      ),
    ])
  })

  it('refuses a critical plugin that needs one that may fail', async () => {
    const user = named('user', { needs: { mail: Mail } })
    expect(await problemsOf({ plugins: [mail({}, { critical: false }), user()] })).toEqual([
      expect.stringContaining(
        'plugin "user" is critical but needs acme.mail of plugin "mail", which is not.',
      ),
    ])
  })

  it("refuses a plugin that provides one of the runtime's own services", async () => {
    expect(
      await problemsOf({ plugins: [named('a', { provides: { h: service('freeda.health') } })()] }),
    ).toEqual([expect.stringContaining("is the runtime's own")])
  })

  it('checks the version of the contract, with an opt-out for one plugin', async () => {
    const old = definePlugin({ name: 'old', freeda: '^0.9.0' })
    const odd = definePlugin({ name: 'odd', freeda: 'latest' })
    expect(await problemsOf({ plugins: [old(), odd()] })).toEqual([
      expect.stringMatching(
        /"old" was written for version \^0\.9\.0 .* this runtime has 1\.0\.0.*ignoreVersion/,
      ),
      expect.stringContaining('says freeda: "latest", which is not a version range'),
    ])
    expect((await plan({ plugins: [old({}, { ignoreVersion: true })] })).plugins).toHaveLength(1)
  })
})

describe('definePlugin', () => {
  it.each(['', '1a', 'a b', 'a/b', undefined])('refuses the name %j', (name) => {
    expect(() => definePlugin({ name: name as string, freeda: '^1.0.0' })).toThrow(/its `name` must be/)
  })

  it('keeps a config as it is', () => {
    const config = { plugins: [] }
    expect(defineConfig(config)).toBe(config)
  })
})
