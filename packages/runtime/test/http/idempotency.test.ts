/** `Idempotency-Key`: one key, one run of the handler. */
import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { FreedaError } from '../../src/errors.ts'
import { httpProblem } from '../../src/http.ts'
import type { StorageDriver } from '../../src/storage.ts'
import { memoryDriver } from '../../src/storage/memory-driver.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { reply } from '../../src/route.ts'
import { create, gate, send, serve, until, type Settings } from './serve.ts'

const Body = z.object({ n: z.number() })

async function setUp(
  handle: (n: number, runs: number, signal: AbortSignal) => unknown,
  settings: Settings = {},
  driver: StorageDriver = memoryDriver(),
) {
  const storage = openStorage(driver, { clock: () => Date.now() })
  let runs = 0
  const app = await serve(
    (router) => {
      router.post('/pay/:to', { body: Body, idempotent: true }, ({ body, signal }) =>
        handle(body.n, ++runs, signal),
      )
      router.post('/other', { body: Body, idempotent: true }, () => ({ other: true }))
    },
    { storage, ...settings },
  )
  const pay = (n: number, key?: string, path = '/pay/ann') =>
    send(app, path, { json: { n }, headers: key === undefined ? {} : { 'idempotency-key': key } })
  return { app, pay, storage, runs: () => runs }
}

describe('an Idempotency-Key', () => {
  it('gives the first answer again, with its status and headers', async () => {
    const { pay, runs } = await setUp((n, run) => reply(201, { n, run }, { location: `/payments/${run}` }))
    const first = await pay(1, 'k1')
    expect([first.status, first.json, first.headers['idempotency-replayed']]).toEqual([
      201,
      { n: 1, run: 1 },
      undefined,
    ])
    for (const key of ['k1', '"k1"']) {
      const again = await pay(1, key)
      expect([
        again.status,
        again.json,
        again.headers['location'],
        again.headers['content-type'],
        again.headers['idempotency-replayed'],
      ]).toEqual([201, { n: 1, run: 1 }, '/payments/1', 'application/json; charset=utf-8', 'true'])
    }
    expect((await pay(1, 'k2')).json).toEqual({ n: 1, run: 2 })
    expect((await pay(1)).json).toEqual({ n: 1, run: 3 })
    expect(runs()).toBe(3)
  })

  it('gives answers without a body again', async () => {
    const { pay } = await setUp(() => undefined)
    expect((await pay(1, 'k')).status).toBe(204)
    const again = await pay(1, 'k')
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([204, '', 'true'])
  })

  it('refuses another request with the same key, on the same route', async () => {
    const { pay, runs } = await setUp(() => ({ ok: true }))
    await pay(1, 'k')
    const other = await pay(2, 'k')
    expect([other.status, other.json['code']]).toEqual([422, 'idempotency_key_reused'])
    expect((await pay(1, 'k', '/pay/bob')).status).toBe(422)
    expect((await pay(1, 'k', '/other')).json).toEqual({ other: true })
    expect(runs()).toBe(1)
  })

  it('lets one of many at the same time through', async () => {
    const hold = gate()
    const { pay, runs } = await setUp(async () => {
      await hold.opened
      return { ok: true }
    })
    const first = pay(1, 'k')
    await until(() => runs() === 1)
    const conflicts = await Promise.all(Array.from({ length: 4 }, () => pay(1, 'k')))
    hold.open()
    expect((await first).status).toBe(200)
    expect(conflicts.map(({ json, headers }) => [json['code'], headers['retry-after']])).toEqual(
      Array.from({ length: 4 }, () => ['idempotency_in_progress', '1']),
    )
    expect(runs()).toBe(1)
    expect((await pay(1, 'k')).headers['idempotency-replayed']).toBe('true')
  })

  it('keeps refusals and failures of the handler too, for they may have come after an effect', async () => {
    const { pay, runs } = await setUp((n) => {
      if (n === 1) throw httpProblem(409, { code: 'broke', detail: 'No money.', headers: { 'x-more': '1' } })
      throw new Error('oops')
    })
    for (const expected of [undefined, 'true']) {
      const refused = await pay(1, 'k1')
      expect([
        refused.status,
        refused.json['code'],
        refused.headers['idempotency-replayed'],
        refused.headers['content-type'],
      ]).toEqual([409, 'broke', expected, 'application/problem+json'])
      const failed = await pay(2, 'k2')
      expect([failed.status, failed.json['code'], failed.headers['idempotency-replayed']]).toEqual([
        500,
        'FREEDA_INTERNAL',
        expected,
      ])
    }
    expect(runs()).toBe(2)
  })

  it('does not hold a request that was refused before its handler, or that storage did not do', async () => {
    const { pay, app, runs } = await setUp((_n, run) => {
      if (run === 1) throw new FreedaError('FREEDA_THROTTLED', { driver: 'x', reason: 'busy' })
      return { run }
    })
    const headers = { 'idempotency-key': 'k' }
    expect((await send(app, '/pay/ann', { json: { n: 'x' }, headers })).status).toBe(422)
    expect((await pay(1, 'k')).status).toBe(503)
    expect((await pay(1, 'k')).json).toEqual({ run: 2 })
    expect(runs()).toBe(2)
  })

  it('holds a request whose write may be there, as after a failed sync', async () => {
    const { pay, runs } = await setUp(() => {
      throw new FreedaError('FREEDA_TIMEOUT', { driver: 'x', reason: 'the disk failed.' })
    })
    for (let tried = 0; tried < 2; tried++) {
      const { status, json } = await pay(1, 'k')
      expect([status, json['code']]).toEqual([503, 'FREEDA_TIMEOUT'])
    }
    expect(runs()).toBe(1)
  })

  it('gives of an answer that came too late what would have been sent, and no more', async () => {
    const held = gate()
    const storage = openStorage(memoryDriver(), { clock: () => Date.now() })
    const streams: Readable[] = []
    const app = await serve(
      (router) => {
        const users = { idempotent: true, response: { 201: z.object({ id: z.string() }) } } as const
        router.post('/users', users, async () => {
          await held.opened
          return reply(201, { id: 'u1', passwordHash: 'secret' } as { id: string }, {
            'set-cookie': 's=1',
            'x-total': '3',
          })
        })
        router.post('/text', { idempotent: true }, async () => {
          await held.opened
          return 'x'.repeat(300_000)
        })
        router.post('/stream', { idempotent: true }, async () => {
          await held.opened
          streams.push(Readable.from(['never read']))
          return streams[0]
        })
      },
      { storage, handlerTimeoutMs: 20, responses: 'filter' },
    )
    const call = (path: string) => send(app, path, { method: 'POST', headers: { 'idempotency-key': 'k' } })
    for (const path of ['/users', '/text', '/stream']) expect((await call(path)).status).toBe(503)
    held.open()
    await vi.waitFor(async () => expect((await call('/users')).status).toBe(201))
    const { json, headers } = await call('/users')
    expect(json).toEqual({ id: 'u1' })
    expect([headers['x-total'], headers['set-cookie']]).toEqual(['3', undefined])
    for (const path of ['/text', '/stream'])
      await vi.waitFor(async () =>
        expect((await call(path)).json['code']).toBe('idempotency_answer_not_kept'),
      )
    expect(streams[0]?.destroyed).toBe(true)
  })

  it('gives the headers that the handler named again, but for cookies', async () => {
    const { pay } = await setUp((n) => reply(201, { n }, { 'X-Total': '3', 'set-cookie': 's=1' }))
    expect((await pay(1, 'k')).headers).toMatchObject({ 'x-total': '3', 'set-cookie': ['s=1'] })
    const { headers } = await pay(1, 'k')
    expect([headers['x-total'], headers['set-cookie']]).toEqual(['3', undefined])
  })

  it('gives the answer that came too late for the first request', async () => {
    const hold = gate()
    const { pay, runs, app } = await setUp(
      async (n) => {
        await hold.opened
        return reply(201, { n }, { location: '/x' })
      },
      { handlerTimeoutMs: 20 },
    )
    expect((await pay(1, 'k')).status).toBe(503)
    expect((await pay(1, 'k')).json['code']).toBe('idempotency_in_progress')
    hold.open()
    await vi.waitFor(async () => expect((await pay(1, 'k')).status).toBe(201))
    const again = await pay(1, 'k')
    expect([again.json, again.headers['location'], again.headers['idempotency-replayed']]).toEqual([
      { n: 1 },
      '/x',
      'true',
    ])
    expect(runs()).toBe(1)
    expect(app.logs.filter(({ msg }) => msg.includes('failed after'))).toEqual([])
  })

  it('never runs again what may have been done: after a crash it says that nobody knows', async () => {
    const driver = memoryDriver()
    const hold = gate()
    const first = await setUp(() => hold.opened, {}, driver)
    const lost = first.pay(1, 'k').catch(() => undefined)
    await until(() => first.runs() === 1)
    // The process is gone; another one finds the claim, at once and after a while.
    const second = await setUp(() => ({ ok: true }), {}, driver)
    expect((await second.pay(1, 'k')).json['code']).toBe('idempotency_in_progress')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    try {
      const unknown = await second.pay(1, 'k')
      expect([unknown.status, unknown.json['code']]).toEqual([409, 'idempotency_outcome_unknown'])
      vi.setSystemTime(Date.now() + 25 * 60 * 60 * 1_000)
      expect((await second.pay(1, 'k')).json).toEqual({ ok: true })
    } finally {
      vi.useRealTimers()
    }
    hold.open()
    await lost
  })

  it('says so when an answer was too large to be kept', async () => {
    const { pay, runs } = await setUp((n) => (n === 1 ? { text: 'x'.repeat(300_000) } : Readable.from(['x'])))
    for (const n of [1, 2]) {
      expect((await pay(n, `k${n}`)).status).toBe(200)
      const again = await pay(n, `k${n}`)
      expect([again.status, again.json['code'], again.json['answered']]).toEqual([
        409,
        'idempotency_answer_not_kept',
        200,
      ])
    }
    expect(runs()).toBe(2)
  })

  it('answers although the answer cannot be kept, and refuses the next one', async () => {
    const driver = memoryDriver()
    let commits = 0
    const failing: StorageDriver = {
      ...driver,
      commit: (actions, call) =>
        ++commits === 2 ? Promise.reject(new Error('disk full')) : driver.commit(actions, call),
    }
    const { pay, app, runs } = await setUp(() => ({ ok: true }), {}, failing)
    expect((await pay(1, 'k')).json).toEqual({ ok: true })
    expect((await pay(1, 'k')).status).toBe(409)
    expect(runs()).toBe(1)
    expect(app.logs.some(({ msg }) => msg.includes('could not be kept'))).toBe(true)
  })

  it('that is none is refused', async () => {
    const { pay } = await setUp(() => ({ ok: true }))
    for (const key of ['', 'a b', 'ü', 'x'.repeat(256)])
      expect((await pay(1, key)).json['code']).toBe('idempotency_key_malformed')
  })

  it('is its caller’s own', async () => {
    const storage = openStorage(memoryDriver())
    let runs = 0
    const scheme = {
      name: 'name',
      openapi: { type: 'http', scheme: 'basic' },
      challenge: 'Basic',
      authenticate: async ({ headers }: { headers: Record<string, unknown> }) => ({
        id: String(headers['authorization']),
        scopes: [],
        claims: {},
      }),
    }
    const app = await serve(
      (router) => {
        router.post('/x', { idempotent: true, security: 'authenticated' }, () => ({ run: ++runs }))
      },
      { storage, schemes: { all: [scheme], find: () => scheme } },
    )
    const post = async (authorization: string) =>
      (await send(app, '/x', { method: 'POST', headers: { authorization, 'idempotency-key': 'k' } })).json
    expect([await post('ann'), await post('bob'), await post('ann')]).toEqual([
      { run: 1 },
      { run: 2 },
      { run: 1 },
    ])
  })

  it('needs storage: without any the app does not start, and says which route wants it', () => {
    expect(() => create({ shop: (router) => router.post('/pay', { idempotent: true }, () => null) })).toThrow(
      /POST \/shop\/pay \(plugin "shop"\).*storage/,
    )
  })
})
