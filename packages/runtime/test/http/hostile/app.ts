/** An app with everything that hostile requests may try: what it stores and logs can be looked at. */
import { Writable } from 'node:stream'
import { z } from 'zod'
import { Health } from '../../../src/health.ts'
import { definePlugin } from '../../../src/plugin.ts'
import { redirect } from '../../../src/route.ts'
import { start, type App } from '../../../src/start.ts'
import { collection, StorageDriver, type Collection } from '../../../src/storage.ts'
import { memoryDriver } from '../../../src/storage/memory-driver.ts'

const Note = z.object({ title: z.string().min(1).max(100), tags: z.array(z.string()).max(10).optional() })
type NoteFields = z.output<typeof Note>

export interface Target {
  readonly port: number
  readonly app: App
  /** Everything that is stored, as text. */
  stored(): Promise<string>
  /** Lines that say that something went wrong inside. */
  readonly failures: readonly string[]
}

export const goodId = 'kept'

const health = definePlugin({
  name: 'health',
  freeda: '^1.0.0',
  essential: true,
  needs: { health: Health },
  setup({ needs, router }) {
    router.get('/', async (ctx) => void (ctx.body = await needs.health.readiness()))
    router.get('/ready', (ctx) => void (ctx.body = { state: needs.health.state }))
  },
})

export async function startTarget(server: Record<string, unknown> = {}): Promise<Target> {
  const failures: string[] = []
  let notes: Collection<NoteFields> | undefined
  const memory = definePlugin({
    name: 'memory',
    freeda: '^1.0.0',
    provides: { storage: StorageDriver },
    setup: () => ({ storage: memoryDriver() }),
  })
  const target = definePlugin({
    name: 'app',
    freeda: '^1.0.0',
    collections: { notes: collection(Note) },
    setup({ collections, router }) {
      notes = collections.notes as unknown as Collection<NoteFields>
      const { notes: all } = collections
      router.get('/plain', (ctx) => void (ctx.body = { ok: true, ip: ctx.ip, host: ctx.host }))
      router.get('/items/:id', { params: z.object({ id: z.coerce.number().int() }) }, ({ params }) => params)
      router.get(
        '/search',
        { query: z.object({ q: z.string().max(50), tags: z.array(z.string()).max(5).optional() }) },
        ({ query }) => query,
      )
      router.get('/query', async (ctx) => {
        ctx.body = await ctx.readQuery(z.looseObject({}))
      })
      router.get('/notes/:id', (ctx) =>
        all.get(ctx.params['id'] ?? '').then((note) => void (ctx.body = note)),
      )
      router.post('/notes', { idempotent: true, body: Note, response: { 201: z.unknown() } }, ({ body }) =>
        all.create(body),
      )
      router.put('/notes/:id', async (ctx) => {
        ctx.body = await all.put(ctx.params['id'] ?? '', await ctx.readBody(Note))
      })
      router.get('/files/*path', (ctx) => void (ctx.body = ctx.params))
      router.get('/dashed/:a-:b-:c', (ctx) => void (ctx.body = ctx.params))
      router.ws('/live', {}, () => undefined)
      router.get('/koa-redirect', (ctx) => ctx.redirect(String(ctx.query['to'] ?? '/')))
      router.get('/redirect', { query: z.object({ to: z.string() }) }, ({ query }) => redirect(query.to))
    },
  })
  const app = await start({
    mode: 'production',
    signals: false,
    config: {
      name: 'target',
      server: {
        port: 0,
        host: '127.0.0.1',
        drain: 0,
        shutdown: '5s',
        bodyLimit: 10_000,
        headersTimeout: 800,
        requestTimeout: 1_200,
        trustProxy: 1,
        cors: { origins: ['https://good.example'], credentials: true },
        ...server,
      },
      plugins: [memory(), target(), health()],
    },
    environment: {},
    logTo: new Writable({
      decodeStrings: false,
      write(lines: string, _encoding, done) {
        for (const line of lines.split('\n'))
          if (line.includes('"level":"error"') || /"level":(50|60)/.test(line)) failures.push(line)
        done()
      },
    }),
  })
  await notes!.put(goodId, { title: 'keep me' })
  return {
    port: app.port,
    app,
    stored: async () => JSON.stringify(await notes!.query({ limit: 100 })),
    failures,
  }
}
