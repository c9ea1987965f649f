import type { ErrorCode } from '@freeda/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { accessDenied, expiredToken, serverError, throttling, type Fault } from './fault-proxy.ts'
import { startDynamo } from './start-dynamo.ts'
import { all, fails, open, type Opened } from './support.ts'

const dynamo = await startDynamo()
/** dynalite has no transactions, and no request tokens by which it would know a request again. */
const describeFully = describe.skipIf(!dynamo.hasTransactions)
afterAll(() => dynamo.stop())

/** The first tries of each operation fail. */
const firstTries = (tries: number, fault: Fault) => {
  const seen = new Map<string, number>()
  return ({ operation, body }: { operation: string; body: object }) => {
    const request = operation + JSON.stringify(body)
    const tried = (seen.get(request) ?? 0) + 1
    seen.set(request, tried)
    return tried <= tries ? fault : undefined
  }
}

/** One use of everything. */
async function useAll({ storage, notes, users, events, sessions }: Opened) {
  const ada = await notes.create({ n: 1, by: 'ada' }, { id: 'a' })
  expect(ada.version).toBe(1)
  expect((await notes.put('a', { n: 2, by: 'ada' })).version).toBe(2)
  expect((await notes.update('a', (current) => ({ ...current, n: current.n + 1 }))).version).toBe(3)
  await storage.transact([notes.op.put('b', { n: 5, by: 'ada' }), events.op.create({ at: 1 }, { id: 'e' })])
  await sessions.put('s', { user: 'ada' })
  expect((await notes.getMany(['a', 'x', 'b'])).map((note) => note?.n)).toEqual([3, undefined, 5])
  const page = await notes.query({ index: 'byAuthor', partition: 'ada', order: 'desc' })
  expect(page.items.map(({ id }) => id)).toEqual(['b', 'a'])
  await users.create({ email: 'ada@example.org' }, { id: 'u' })
  await users.put('u', { email: 'new@example.org' })
  const found = await users.query({ index: 'byEmail', partition: 'new@example.org' })
  expect(found.items.map(({ id, version }) => [id, version])).toEqual([['u', 2]])
  expect(await all(events.iterate())).toHaveLength(1)
}

describeFully('passing trouble', () => {
  const troubles: Record<string, Fault> = {
    throttling,
    'server errors': serverError,
    resets: { kind: 'reset' },
    'lost answers': { kind: 'lose-answer' },
    hangs: { kind: 'hang' },
    'hangs after the write': { kind: 'hang', isForwarded: true },
  }
  for (const [name, fault] of Object.entries(troubles))
    it(`is not seen: ${name} at the first try of requests`, async () => {
      const opened = await open(dynamo, { callTimeoutMs: 5000, requestTimeoutMs: 150 })
      // The SDK waits half a second after throttling: not for every request.
      const isRare = fault === throttling
      const fail = firstTries(1, fault)
      opened.proxy.inject((request) => (isRare && request.count % 4 > 0 ? undefined : fail(request)))
      await useAll(opened)
    })

  it('of two tries is not seen either', async () => {
    const { notes, proxy } = await open(dynamo, { callTimeoutMs: 8000 })
    proxy.inject(firstTries(2, throttling))
    expect((await notes.create({ n: 1 }, { id: 'a' })).version).toBe(1)
    expect(await notes.getMany(['a', 'b'])).toHaveLength(2)
  })

  it('leaves batches undone, and they are finished', async () => {
    const { storage, events, proxy } = await open(dynamo)
    proxy.inject(({ operation, count }) =>
      operation.startsWith('Batch') ? { kind: 'unprocessed', done: 1 + (count % 3) } : undefined,
    )
    const documents = Array.from({ length: 80 }, (_, at) => ({
      collection: 'events',
      id: `e${at}`,
      version: at + 1,
      value: { at },
    }))
    expect(await storage.import(documents)).toEqual({ count: 80 })
    const ids = documents.map(({ id }) => id)
    expect((await events.getMany(ids)).map((event) => event?.version)).toEqual(
      documents.map(({ version }) => version),
    )
  })
})

describeFully('lasting trouble', () => {
  const troubles: Record<string, { fault: Fault; code: ErrorCode; writes?: ErrorCode; says?: RegExp }> = {
    throttling: { fault: throttling, code: 'FREEDA_THROTTLED' },
    'server errors': { fault: serverError, code: 'FREEDA_UNAVAILABLE', writes: 'FREEDA_TIMEOUT' },
    resets: { fault: { kind: 'reset' }, code: 'FREEDA_UNAVAILABLE', writes: 'FREEDA_TIMEOUT' },
    hangs: { fault: { kind: 'hang' }, code: 'FREEDA_TIMEOUT' },
    'dripping answers': { fault: { kind: 'drip', everyMs: 100 }, code: 'FREEDA_TIMEOUT' },
    'stalling answers': { fault: { kind: 'drip', everyMs: 1000 }, code: 'FREEDA_TIMEOUT' },
    'expired credentials': { fault: expiredToken, code: 'FREEDA_UNAVAILABLE', says: /credentials/ },
    'denied access': { fault: accessDenied, code: 'FREEDA_UNAVAILABLE', says: /Allow the action/ },
  }
  for (const [name, { fault, code, writes = code, says }] of Object.entries(troubles))
    it(`ends every call in time, turns health red, and passes: ${name}`, async () => {
      const { storage, notes, users, proxy } = await open(dynamo)
      await notes.put('a', { n: 1 })
      await storage.health()
      proxy.inject(() => fault)
      await Promise.all([
        fails(() => notes.get('a'), code),
        fails(() => notes.getMany(['a', 'b']), code),
        fails(() => notes.query(), code),
        fails(() => notes.put('a', { n: 2 }), writes),
        fails(() => notes.create({ n: 2 }, { id: 'c' }), writes),
        fails(() => notes.delete('x'), writes),
        fails(() => users.put('u', { email: 'e' }), code),
        fails(() => storage.transact([notes.op.put('d', { n: 1 }), notes.op.put('e', { n: 1 })]), code),
        fails(() => all(storage.export()), code),
      ])
      const red = await fails(() => storage.health(), code)
      if (says !== undefined) expect(red.message).toMatch(says)
      proxy.inject()
      await storage.health()
      expect((await notes.get('a'))?.id).toBe('a')
    })

  it('of some operations leaves the others alone', async () => {
    const { storage, notes, proxy } = await open(dynamo)
    await notes.put('a', { n: 1, by: 'ada' })
    proxy.inject(({ operation }) => (operation === 'Query' ? serverError : undefined))
    await fails(() => notes.query({ index: 'byAuthor', partition: 'ada' }), 'FREEDA_UNAVAILABLE')
    expect((await notes.update('a', (note) => ({ ...note, n: 2 }))).version).toBe(2)
    await storage.health()
  })

  it('names a table that is not there, and serves once it is', async () => {
    const { storage, notes, proxy, table } = await open(dynamo, { prepare: 'none' })
    for (const call of [() => storage.health(), () => notes.put('a', { n: 1 }), () => notes.get('a')])
      expect((await fails(call, 'FREEDA_UNAVAILABLE')).message).toContain('there is no such table')
    await open(dynamo, { table })
    expect(proxy.counts).not.toHaveProperty('CreateTable')
    await storage.health()
    expect((await notes.put('a', { n: 1 })).version).toBe(1)
  })

  it('leaves a write unknown when it was throttled first and then never answered', async () => {
    const { notes, proxy } = await open(dynamo, { requestTimeoutMs: 5000 })
    let count = 0
    proxy.inject(() => (count++ === 0 ? throttling : { kind: 'hang', isForwarded: true }))
    await fails(() => notes.put('a', { n: 1 }), 'FREEDA_TIMEOUT')
    proxy.inject()
    expect((await notes.get('a'))?.n).toBe(1)
  })

  it('ends a call when its caller gives up', async () => {
    const { notes, proxy } = await open(dynamo)
    proxy.inject(() => ({ kind: 'hang' }))
    const reason = new Error('enough')
    const controller = new AbortController()
    const call = notes.put('a', { n: 1 }, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 50)
    await expect(call).rejects.toBe(reason)
  })

  it('leaves batches undone for ever, which is throttling', async () => {
    const { storage, notes, proxy } = await open(dynamo, { maxAttempts: 3 })
    proxy.inject(() => ({ kind: 'unprocessed', done: 0 }))
    await fails(() => notes.getMany(['a', 'b']), 'FREEDA_THROTTLED')
    const document = { collection: 'notes', id: 'a', version: 1, value: { n: 1 } }
    await fails(() => storage.import([document]), 'FREEDA_THROTTLED')
  })
})
