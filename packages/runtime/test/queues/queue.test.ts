/** Queues as plugins use them, in a test app. */
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  collection,
  definePlugin,
  Health,
  isFreedaError,
  queue,
  type CollectionOf,
  type Job,
  type Queue,
  type QueueOptions,
  type SetupContext,
} from '../../src/index.ts'
import { testApp } from '../../src/testing.ts'
import { readMetrics, valueOf } from '../observability/read-metrics.ts'

const Mail = z.object({ to: z.string(), at: z.date().optional() })
type Mail = z.infer<typeof Mail>
const sentCollection = collection(z.object({ to: z.string() }), { name: 'sent' })
type Sent = CollectionOf<typeof sentCollection>

/** An app with a queue `mails` and a collection `sent`. */
async function mailApp(
  work: ((job: Job<Mail>, app: { sent: Sent }) => unknown) | undefined,
  options: QueueOptions = {},
) {
  let mails!: Queue<Mail>
  let sent!: Sent
  let transact!: SetupContext<undefined, never, never, never>['transact']
  const plugin = definePlugin({
    name: 'mail',
    freeda: '^1.0.0',
    collections: { sent: sentCollection },
    queues: { mails: queue(Mail, options) },
    setup({ queues, collections, transact: together }) {
      mails = queues.mails
      sent = collections.sent
      transact = together
      if (work !== undefined) queues.mails.work((job) => work(job, { sent }))
    },
  })
  const app = await testApp({ plugins: [plugin()] })
  return { app, mails, sent, transact }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => (isFreedaError(error) ? error.code : error),
  )
const hour = 3_600_000
const count = { done: 0, failed: 0, dead: 0, interrupted: 0, lost: 0 }

describe('a queue', () => {
  it('does each job once, and leaves nothing behind', async () => {
    const seen: unknown[] = []
    const { app, mails } = await mailApp(({ id, value, attempt }) => seen.push([id, value, attempt]))
    const at = new Date(5)
    const { id } = await mails.add({ to: 'ada', at })
    expect(seen).toEqual([])
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect(seen).toEqual([[id, { to: 'ada', at }, 1]])
    expect(await app.work()).toEqual(count)
    expect(await mails.remove(id)).toBe(false)
  })

  it('does jobs that its jobs add', async () => {
    const { app, mails } = await mailApp(({ value }) =>
      value.to === 'ada' ? mails.add({ to: 'bob' }) : undefined,
    )
    await mails.add({ to: 'ada' })
    expect(await app.work()).toEqual({ ...count, done: 2 })
  })

  it('begins a job again that failed, until it is dead', async () => {
    const attempts: number[] = []
    const { app, mails } = await mailApp(
      ({ attempt }) => {
        attempts.push(attempt)
        throw new Error('no network')
      },
      { attempts: 3, backoff: { minMs: hour, maxMs: 2 * hour } },
    )
    const { id } = await mails.add({ to: 'ada' })
    expect(await app.work({ aheadMs: 4 * hour })).toEqual({ ...count, failed: 2, dead: 1 })
    expect(attempts).toEqual([1, 2, 3])
    const { items } = await mails.dead()
    expect(items).toEqual([
      {
        id,
        value: { to: 'ada' },
        attempts: 3,
        error: 'no network',
        addedAt: expect.any(Date),
        diedAt: expect.any(Date),
      },
    ])
  })

  it('logs a failed attempt once, with what comes next', async () => {
    const { app, mails } = await mailApp(
      () => {
        throw new Error('no network')
      },
      { attempts: 2, backoff: { minMs: 0, maxMs: 0 } },
    )
    const { id } = await mails.add({ to: 'ada' })
    await app.work()
    expect(app.logs.filter(({ job }) => job === id)).toEqual([
      expect.objectContaining({
        level: 'warn',
        queue: 'mails',
        attempt: 1,
        msg: `job ${id} of "mails" failed; attempt 2 of 2 begins in 0 ms`,
      }),
      expect.objectContaining({
        level: 'error',
        attempt: 2,
        msg: `job ${id} of "mails" is dead after 2 attempts`,
        err: expect.objectContaining({ message: 'no network' }),
      }),
    ])
  })

  it('lets a dead job begin again, or removes it', async () => {
    let isDown = true
    const { app, mails } = await mailApp(
      () => {
        if (isDown) throw new Error('no network')
      },
      { attempts: 1 },
    )
    const first = await mails.add({ to: 'ada' })
    const second = await mails.add({ to: 'bob' })
    expect(await codeOf(mails.retry(first.id))).toBe('FREEDA_CONFLICT')
    expect(await app.work()).toEqual({ ...count, dead: 2 })
    isDown = false
    await mails.retry(first.id)
    expect(await mails.remove(second.id)).toBe(true)
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect((await mails.dead()).items).toEqual([])
    expect(await codeOf(mails.retry(first.id))).toBe('FREEDA_NOT_FOUND')
  })

  it('pages dead jobs, the oldest first', async () => {
    const { app, mails } = await mailApp(
      () => {
        throw new Error('no')
      },
      { attempts: 1, concurrency: 1 },
    )
    for (const to of ['a', 'b', 'c']) {
      await mails.add({ to })
      await app.work()
    }
    const first = await mails.dead({ limit: 2 })
    const second = await mails.dead({ limit: 2, cursor: first.cursor! })
    expect([...first.items, ...second.items].map(({ value }) => value.to)).toEqual(['a', 'b', 'c'])
    expect(second.cursor).toBeUndefined()
  })

  it('does not do a job before its delay is over', async () => {
    const { app, mails } = await mailApp(() => undefined)
    await mails.add({ to: 'ada' }, { delayMs: hour })
    expect(await app.work()).toEqual(count)
    expect(await app.work({ aheadMs: hour })).toEqual({ ...count, done: 1 })
  })

  it('removes a job that waits', async () => {
    const { app, mails } = await mailApp(() => undefined)
    const { id } = await mails.add({ to: 'ada' })
    expect(await mails.remove(id)).toBe(true)
    expect(await app.work()).toEqual(count)
  })

  it('does not remove a job that is being done', async () => {
    let code: unknown
    const { app, mails } = await mailApp(async ({ id }) => {
      code = await codeOf(mails.remove(id))
    })
    await mails.add({ to: 'ada' })
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect(code).toBe('FREEDA_CONFLICT')
  })
})

describe('the id of a job', () => {
  it('is taken while it waits, and for a day after it has ended', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const { app, mails } = await mailApp(() => undefined)
      expect(await mails.add({ to: 'ada' }, { id: 'welcome ada' })).toEqual({ id: 'welcome ada' })
      expect(await codeOf(mails.add({ to: 'ada' }, { id: 'welcome ada' }))).toBe('FREEDA_CONFLICT')
      expect(await app.work()).toEqual({ ...count, done: 1 })
      expect(await codeOf(mails.add({ to: 'ada' }, { id: 'welcome ada' }))).toBe('FREEDA_CONFLICT')
      expect(await app.work()).toEqual(count)
      expect(await mails.remove('welcome ada')).toBe(false)
      vi.setSystemTime(Date.now() + 24 * hour)
      await mails.add({ to: 'ada' }, { id: 'welcome ada' })
      expect(await app.work()).toEqual({ ...count, done: 1 })
    } finally {
      vi.useRealTimers()
    }
  })

  it('stays taken when the job is removed', async () => {
    const { mails } = await mailApp(() => undefined)
    await mails.add({ to: 'ada' }, { id: 'a' })
    expect(await mails.remove('a')).toBe(true)
    expect(await mails.remove('a')).toBe(false)
    expect(await codeOf(mails.add({ to: 'ada' }, { id: 'a' }))).toBe('FREEDA_CONFLICT')
  })
})

describe('commit', () => {
  it('writes what a job does together with its end', async () => {
    const { app, mails, sent } = await mailApp(({ value, commit }, app) =>
      commit([app.sent.op.create({ to: value.to }, { id: 'one' })]),
    )
    await mails.add({ to: 'ada' })
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect(await sent.get('one')).toMatchObject({ to: 'ada' })
    expect(await app.work()).toEqual(count)
  })

  it('leaves the job to the handler when one of its operations does not hold', async () => {
    const { app, mails, sent } = await mailApp(
      ({ value, commit }, app) => commit([app.sent.op.create({ to: value.to }, { id: 'one' })]),
      { attempts: 1 },
    )
    await sent.create({ to: 'bob' }, { id: 'one' })
    await mails.add({ to: 'ada' })
    expect(await app.work()).toEqual({ ...count, dead: 1 })
    expect((await mails.dead()).items[0]!.error).toBe('sent/one exists already (version 1).')
    expect(await sent.get('one')).toMatchObject({ to: 'bob' })
  })

  it('can be done once', async () => {
    const codes: unknown[] = []
    const { app, mails } = await mailApp(async ({ commit }) => {
      await commit([])
      codes.push(await codeOf(commit([])))
    })
    await mails.add({ to: 'ada' })
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect(codes).toEqual(['FREEDA_JOB_LOST'])
  })

  it('stands when the handler fails afterwards', async () => {
    const { app, mails } = await mailApp(async ({ commit }) => {
      await commit([])
      throw new Error('too late')
    })
    await mails.add({ to: 'ada' })
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect(app.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'it was done, but its handler failed afterwards' }),
    )
  })

  it('takes 99 operations, and says so of more', async () => {
    const operations = (many: number, sent: Sent) =>
      Array.from({ length: many }, (_, n) => sent.op.create({ to: String(n) }))
    const codes: unknown[] = []
    const { app, mails, sent } = await mailApp(async ({ commit }, app) => {
      codes.push(await codeOf(commit(operations(100, app.sent))))
      await commit(operations(99, app.sent))
    })
    await mails.add({ to: 'ada' })
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect(codes).toEqual(['FREEDA_VALIDATION'])
    expect((await sent.query()).items).toHaveLength(99)
  })

  it('ends a job with an id of its own, too', async () => {
    const { app, mails, sent } = await mailApp(({ commit }, app) =>
      commit([app.sent.op.create({ to: 'ada' }, { id: 'one' })]),
    )
    await mails.add({ to: 'ada' }, { id: 'a' })
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect(await sent.get('one')).toBeDefined()
    expect(await mails.remove('a')).toBe(false)
  })
})

describe('op.add', () => {
  it('adds the job together with documents, or not at all', async () => {
    const seen: string[] = []
    const { app, mails, sent, transact } = await mailApp(({ value }) => seen.push(value.to))
    await transact([sent.op.create({ to: 'ada' }, { id: 'a' }), mails.op.add({ to: 'ada' })])
    const twice = [sent.op.create({ to: 'bob' }, { id: 'a' }), mails.op.add({ to: 'bob' })]
    expect(await codeOf(transact(twice))).toBe('FREEDA_CONFLICT')
    expect(await app.work()).toEqual({ ...count, done: 1 })
    expect(seen).toEqual(['ada'])
  })

  it('checks the value when the transaction is done, and applies the schema once', async () => {
    const seen: unknown[] = []
    const plugin = definePlugin({
      name: 'doubling',
      freeda: '^1.0.0',
      queues: {
        numbers: queue(z.object({ n: z.number().transform((n) => n * 2) }), {
          attempts: 2,
          backoff: { maxMs: 0, minMs: 0 },
        }),
      },
      async setup({ queues: { numbers }, transact, onStart }) {
        numbers.work(({ value, attempt }) => {
          seen.push(value.n)
          if (attempt === 1) throw new Error('again')
        })
        onStart(async () => {
          await transact([numbers.op.add({ n: 4 })])
          await numbers.add({ n: 50 })
          const wrong = transact([numbers.op.add({ n: 'x' as never })])
          await expect(wrong).rejects.toThrow('operations[0].value.n: Invalid input')
        })
      },
    })
    const app = await testApp({ plugins: [plugin()] })
    expect(await app.work()).toEqual({ ...count, done: 2, failed: 2 })
    expect(seen.toSorted()).toEqual([100, 100, 8, 8])
  })
})

describe('what cannot be', () => {
  it('is said of values and options', async () => {
    const { mails } = await mailApp(() => undefined)
    expect(await codeOf(mails.add({ to: 7 as never }))).toBe('FREEDA_VALIDATION')
    expect(await codeOf(mails.add({ to: 'a' }, { delayMs: -1 }))).toBe('FREEDA_VALIDATION')
    expect(await codeOf(mails.add({ to: 'a' }, { delay: 5 } as never))).toBe('FREEDA_VALIDATION')
    expect(await codeOf(mails.add({ to: 'a' }, { id: '' }))).toBe('FREEDA_VALIDATION')
    expect(await codeOf(mails.add({ to: 'x'.repeat(500_000) }))).toBe('FREEDA_ITEM_TOO_LARGE')
  })

  it.each([
    [{ concurrency: 0 }, 'concurrency is 0; use a whole number from 1 to 100.'],
    [{ attempts: 1.5 }, 'attempts is 1.5; use a whole number from 1 to 100.'],
    [{ backoff: { minMs: 10, maxMs: 5 } }, 'backoff.maxMs is 5; use a whole number from 10 to'],
    [{ timeLimitMs: 0 }, 'timeLimitMs is 0; use a whole number from 1 to 43200000.'],
    [{ shards: 17 }, 'shards is 17; use a whole number from 1 to 16.'],
    [{ leaseMs: 10 }, 'leaseMs is 10; use a whole number from 1000 to 600000.'],
    [{ name: 'a/b' }, '"a/b" is not a queue name'],
    [{ retries: 3 } as never, '"retries" is not an option; there are name,'],
  ] satisfies [QueueOptions, string][])('is said of a definition: %j', (options, message) => {
    expect(() => queue(Mail, options)).toThrow(message)
  })

  it('is said of a schema that is none', () => {
    expect(() => queue({} as never)).toThrow('its first argument is not a Standard Schema.')
  })

  it('is said of a second handler', async () => {
    const plugin = definePlugin({
      name: 'twice',
      freeda: '^1.0.0',
      queues: { mails: queue(Mail) },
      setup({ queues }) {
        queues.mails.work(() => undefined)
        queues.mails.work(() => undefined)
      },
    })
    await expect(testApp({ plugins: [plugin()] })).rejects.toThrow(
      'queue "mails": `work` was called already. One handler does all of its jobs.',
    )
  })

  it('is said of two queues with one name', async () => {
    const declaring = (name: string) =>
      definePlugin({ name, freeda: '^1.0.0', queues: { mails: queue(Mail) }, setup() {} })()
    await expect(testApp({ plugins: [declaring('a'), declaring('b')] })).rejects.toThrow(
      'the queue "mails" is declared by "a" and "b". Give one of them another name: queue(schema, { name: … }).',
    )
  })
})

it('can begin and bury whatever it took, however large', async () => {
  const { app, mails, transact } = await mailApp(
    () => {
      throw new Error('é'.repeat(100_000))
    },
    { attempts: 1 },
  )
  const largest = 'x'.repeat(409_600 - 8_192 - 300)
  await mails.add({ to: largest })
  await transact([mails.op.add({ to: largest })])
  const tooLarge = { to: `${largest}${'x'.repeat(300)}` }
  expect(await codeOf(mails.add(tooLarge))).toBe('FREEDA_ITEM_TOO_LARGE')
  expect(await codeOf(transact([mails.op.add(tooLarge)]))).toBe('FREEDA_ITEM_TOO_LARGE')
  expect(await app.work()).toEqual({ ...count, dead: 2 })
})

describe('what operators see', () => {
  it('is a readiness check that is red, and not critical, while there are dead jobs', async () => {
    const { app, mails } = await mailApp(
      () => {
        throw new Error('no')
      },
      { attempts: 1 },
    )
    await mails.add({ to: 'ada' })
    await app.work()
    const { ok, checks } = await app.get(Health).readiness()
    expect(ok).toBe(true)
    expect(checks.find(({ name }) => name === 'jobs')).toMatchObject({
      ok: false,
      critical: false,
      error: 'dead jobs in mails: look with `freeda jobs`.',
    })
    expect(await app.get(Health).views({ details: true })).toEqual({
      queues: [{ name: 'mails', running: 0, concurrency: 4, oldestWaitingSeconds: 0, hasDead: true }],
    })
  })

  it('is metrics', async () => {
    const plugin = definePlugin({
      name: 'mail',
      freeda: '^1.0.0',
      queues: { mails: queue(Mail, { attempts: 1 }) },
      setup({ queues: { mails }, transact, router }) {
        mails.work(({ value }) => {
          if (value.to === 'nobody') throw new Error('no')
        })
        router.post('/', async () => {
          await mails.add({ to: 'ada' })
          await transact([mails.op.add({ to: 'bob' }), mails.op.add({ to: 'nobody' })])
          return 'added'
        })
      },
    })
    await using app = await testApp({ plugins: [plugin()], metrics: true })
    await app.request('/mail', { method: 'POST' })
    await app.work()
    const samples = readMetrics(await (await app.request('/metrics')).text())
    expect(valueOf(samples, 'freeda_queues_jobs_added_total', { queue: 'mails' })).toBe(3)
    expect(valueOf(samples, 'freeda_queues_attempts_total', { queue: 'mails', outcome: 'done' })).toBe(2)
    expect(valueOf(samples, 'freeda_queues_attempts_total', { queue: 'mails', outcome: 'dead' })).toBe(1)
    expect(valueOf(samples, 'freeda_queues_attempt_duration_seconds_count', { queue: 'mails' })).toBe(3)
  })
})

it('leaves jobs of a plugin that failed where they are', async () => {
  const broken = definePlugin({
    name: 'broken',
    freeda: '^1.0.0',
    critical: false,
    queues: { mails: queue(Mail) },
    async setup({ queues: { mails } }) {
      await mails.add({ to: 'ada' })
      mails.work(() => undefined)
      throw new Error('no')
    },
  })
  const app = await testApp({ plugins: [broken()] })
  expect(await app.work()).toEqual(count)
})
