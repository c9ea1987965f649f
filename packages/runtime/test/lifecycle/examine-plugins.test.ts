import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describePlan, examinePlugins } from '../../src/describe-app.ts'
import {
  collection,
  definePlugin,
  env,
  secret,
  StorageDriver,
  type Finding,
  type PluginUse,
} from '../../src/index.ts'

async function examine(plugins: readonly PluginUse[], environment: Record<string, string> = {}) {
  const { plan } = await describePlan({ config: { plugins }, mode: 'development', environment })
  return examinePlugins(plan)
}

const neverSetUp = {
  freeda: '^1.0.0',
  setup() {
    throw new Error('nothing is set up')
  },
} as const

describe('plugins that examine themselves', () => {
  it('get their options and every collection, and their findings are named after them', async () => {
    const Note = z.object({ text: z.string() })
    const store = definePlugin({
      ...neverSetUp,
      name: 'store',
      options: z.object({ key: z.string() }),
      doctor: async ({ options, collections, mode }) => [
        {
          id: 'seen',
          severity: 'note',
          message: `${options.key} ${mode} ${collections.map(({ name }) => name).join()}`,
        },
      ],
    })
    const mail = definePlugin({ name: 'mail', freeda: '^1.0.0' })
    const storage = { name: 'notes', freeda: '^1.0.0', collections: { notes: collection(Note) } } as const
    const driver = definePlugin({ name: 'driver', freeda: '^1.0.0', provides: { storage: StorageDriver } })
    const found = await examine([store({ key: secret('KEY') }), mail(), definePlugin(storage)(), driver()], {
      KEY: 'long-secret',
    })
    expect(found).toEqual([{ id: 'store.seen', severity: 'note', message: '[redacted] development notes' }])
  })

  it('are not asked while variables that they need are unset', async () => {
    const store = definePlugin({
      ...neverSetUp,
      name: 'store',
      options: z.object({ table: z.string() }),
      doctor: () => [{ id: 'x', severity: 'error', message: 'asked' }],
    })
    expect(await examine([store({ table: env('TABLE') })])).toMatchObject([
      { id: 'store', severity: 'note', message: expect.stringContaining('not set') },
    ])
  })

  it('may fail, or answer something else, without hiding the others', async () => {
    const named = (name: string, doctor: () => readonly Finding[]) =>
      definePlugin({ ...neverSetUp, name, doctor })()
    const found = await examine([
      named('broken', () => {
        throw new Error('no luck')
      }),
      named('odd', () => [{ id: 'x', severity: 'awful', message: 'x' }] as never),
      named('fine', () => [{ id: 'x', severity: 'ok', message: 'Fine.' }]),
    ])
    expect(found.map(({ id, severity }) => `${severity} ${id}`)).toEqual([
      'error broken',
      'error odd',
      'ok fine.x',
    ])
  })
})
