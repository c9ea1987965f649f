import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collection, definePlugin, Health } from '@freeda/runtime'
import { testApp } from '@freeda/runtime/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { json } from '../src/index.ts'
import { freshFolder, namesIn } from './support.ts'

const tickets = definePlugin({
  name: 'tickets',
  freeda: '^1.0.0',
  collections: {
    tickets: collection(z.object({ status: z.string() }), { indexes: { byStatus: { partition: 'status' } } }),
  },
  setup({ collections, router }) {
    router.get('/:status', async (ctx) => {
      ctx.body = await collections.tickets.query({ index: 'byStatus', partition: ctx.params['status']! })
    })
    router.post('/:status', async (ctx) => {
      ctx.body = await collections.tickets.create({ status: ctx.params['status']! })
    })
  },
})

describe('the plugin', () => {
  it('keeps what an app stores over a restart', async () => {
    const directory = join(await freshFolder(), 'data')
    const plugins = [tickets(), json({ directory })]
    const first = await testApp({ plugins })
    expect((await first.request('/tickets/open', { method: 'POST' })).status).toBe(200)
    expect((await first.get(Health).readiness()).checks).toMatchObject([{ name: 'storage', ok: true }])
    await first.stop()
    expect(await namesIn(directory)).toEqual(['db.json'])

    const second = await testApp({ plugins })
    const found = (await (await second.request('/tickets/open')).json()) as { items: unknown[] }
    expect(found.items).toHaveLength(1)
    await second.stop()
  })

  it('stops the boot with what is wrong with the folder', async () => {
    const directory = await freshFolder()
    await writeFile(join(directory, 'db.json'), 'no json')
    await expect(testApp({ plugins: [json({ directory })] })).rejects.toThrow(/db\.json is damaged/)
    expect(await namesIn(directory)).toEqual(['db.json'])
  })

  it('refuses options that it does not know', async () => {
    const options = { directory: await freshFolder(), durable: true } as never
    await expect(testApp({ plugins: [json(options)] })).rejects.toThrow(/durable/)
  })
})
