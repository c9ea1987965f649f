/** What `freeda plugins`, `config` and `env` say, from plans. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configValues } from '../../src/cli/config/config-values.ts'
import { originText } from '../../src/cli/config/write-config.ts'
import { envExample, namesIn } from '../../src/cli/env/env-example.ts'
import { variableFacts } from '../../src/cli/env/variable-facts.ts'
import { pluginFacts } from '../../src/cli/plugins/plugin-facts.ts'
import { describePlan } from '../../src/describe-app.ts'
import {
  collection,
  definePlugin,
  env,
  optional,
  secret,
  service,
  StorageDriver,
  type FreedaConfig,
} from '../../src/index.ts'

const Clock = service<{ now(): number }>('acme.clock')
const Notes = service<object>('acme.notes')

const store = definePlugin({
  name: 'store',
  version: '2.1.0',
  freeda: '^1.0.0',
  options: z.object({ directory: z.string().default('./data'), password: z.string().optional() }),
  provides: { storage: StorageDriver },
  setup: () => {
    throw new Error('nothing runs')
  },
})
const notes = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  critical: false,
  env: { REGION: env('REGION', 'eu-west-1') },
  options: z.object({ key: z.string(), size: z.number().default(20), hook: z.unknown() }),
  collections: {
    notes: collection(z.object({ by: z.string(), at: z.string(), until: z.number() }), {
      indexes: { byAuthor: { partition: 'by', sort: 'at' }, unique: { partition: 'at', unique: true } },
      ttl: 'until',
      shards: 4,
    }),
  },
  needs: { clock: optional(Clock) },
  provides: { notes: Notes },
  setup: () => {
    throw new Error('nothing runs')
  },
})

const config: FreedaConfig = {
  server: { port: env.port('PORT', 3000), cors: { origins: [env.url('ORIGIN'), 'https://b.example'] } },
  docs: true,
  plugins: [
    notes({ key: secret('KEY'), hook: function callMe() {} }, { prefix: '/n' }),
    store({ directory: env('DATA_DIR'), password: 'written-down' }),
  ],
}
const described = (environment: Record<string, string> = {}) =>
  describePlan({ config, mode: 'development', environment })

describe('the plugins of a plan', () => {
  it('are listed in order of setup, with what they need and from whom', async () => {
    const { plan } = await described()
    expect(pluginFacts(plan)).toMatchObject([
      { order: 1, name: 'store', version: '2.1.0', at: 'plugins[1]', critical: true },
      {
        order: 2,
        name: 'notes',
        version: null,
        prefix: '/n',
        critical: false,
        needs: [
          { service: 'acme.clock', optional: true, provider: null, forCollections: false },
          { service: 'freeda.storage', optional: false, provider: 'store', forCollections: true },
        ],
        provides: [{ service: 'acme.notes', usedBy: [] }],
        collections: [
          {
            name: 'notes',
            ttl: 'until',
            shards: 4,
            indexes: [
              { name: 'byAuthor', partition: 'by', sort: 'at', unique: false },
              { name: 'unique', partition: 'at', sort: null, unique: true },
            ],
          },
        ],
      },
    ])
  })
})

describe('the values of a config', () => {
  const values = async (environment: Record<string, string> = {}) =>
    Object.fromEntries(
      configValues(await described(environment)).map(({ path, value, from }) => [
        path,
        { value, from: originText(from, 'freeda.config.ts') },
      ]),
    )

  it('say where each of them came from', async () => {
    expect(
      await values({ PORT: '8080', FREEDA_SECRETS: '{"KEY":"s3cr3t"}', ORIGIN: 'https://a.example' }),
    ).toMatchObject({
      'server.port': { value: 8080, from: 'PORT' },
      'server.host': { value: '127.0.0.1', from: 'default' },
      'server.cors.origins': { value: ['https://a.example', 'https://b.example'], from: 'ORIGIN' },
      'docs.path': { value: '/docs', from: 'freeda.config.ts' },
      'plugins[0].settings.prefix': { value: '/n', from: 'freeda.config.ts' },
      'plugins[0].settings.critical': { value: false, from: 'the plugin' },
      'plugins[0].options.size': { value: 20, from: 'default' },
      'plugins[0].options.key': { value: '[redacted]', from: 'secret KEY in FREEDA_SECRETS' },
      'plugins[0].options.hook': { value: '[function callMe]', from: 'freeda.config.ts' },
      'plugins[0].env.REGION': { value: 'eu-west-1', from: 'fallback of REGION' },
      'plugins[1].options.directory': { value: undefined, from: 'DATA_DIR, which is not set' },
    })
  })

  it('never hold a secret, not even one that was written into the config', async () => {
    const shown = JSON.stringify(await values({ KEY: 's3cr3t-value', DATA_DIR: '/srv/s3cr3t-value' }))
    expect(shown).not.toContain('s3cr3t')
    expect(shown).toContain('/srv/[redacted]')
    expect(shown).not.toContain('written-down')
  })

  it('are those of plugins by name too', async () => {
    const app = await describePlan({
      config: { plugins: [['@freeda/health', { details: true }, { prefix: '/up' }]] },
      mode: 'development',
      environment: {},
    })
    const found = configValues(app).filter(({ plugin }) => plugin === 'health')
    expect(found.map(({ path, from }) => `${path} ${from.kind}`)).toEqual([
      'plugins[0].settings.prefix file',
      'plugins[0].settings.critical plugin',
      'plugins[0].options.details file',
    ])
  })
})

describe('the variables of a plan', () => {
  it('say whether they are set, and who uses them, but no value', async () => {
    const { plan } = await described({ PORT: 'abc', ORIGIN: 'https://a.example', KEY: 's3cr3t-value' })
    const facts = variableFacts(plan)
    expect(facts.map(({ name, state, usedBy }) => `${name} ${state} ${usedBy.join()}`)).toEqual([
      'DATA_DIR missing store',
      'KEY set notes',
      'LOG_LEVEL unset log.level',
      'ORIGIN set server.cors.origins[0]',
      'PORT invalid server.port',
      'REGION unset notes',
    ])
    expect(JSON.stringify(facts)).not.toMatch(/s3cr3t|a\.example/)
  })

  it('make a .env.example that says what is needed where', async () => {
    const used = { secret: false, fallback: null, usedBy: ['mail'] } as const
    const only = (name: string, required: boolean, extra: object = {}) => ({
      ...used,
      name,
      expected: 'text',
      required,
      state: 'missing' as const,
      from: null,
      paths: [],
      ...extra,
    })
    const text = envExample('desk', [
      {
        mode: 'development',
        variables: [
          only('HOST', true),
          only('GREETING', false, { fallback: "it's # fine" }),
          only('KEY', false, { secret: true, fallback: null }),
        ],
      },
      { mode: 'production', variables: [only('HOST', true), only('KEY', true, { secret: true })] },
    ])
    expect(text).toBe(`# What desk takes from its environment. Copy it to .env and fill in what has no value.
# Written by \`freeda env --example\`.

# Text. Optional; used by mail.
# GREETING="it's # fine"

# Text. Required; used by mail.
HOST=

# Text. Required in production; used by mail.
# KEY=
`)
    expect([...namesIn(text)]).toEqual(['GREETING', 'HOST', 'KEY'])
  })
})
