/** Trouble that is not everywhere: some documents, some operations, one index, the clock. */
import { encodeKey, openStorage } from '@freeda/runtime/driver'
import { afterAll, describe, expect, it } from 'vitest'
import { serverError, throttling, type ProxiedRequest } from './fault-proxy.ts'
import { startDynamo } from './start-dynamo.ts'
import { all, fails, open, sessions } from './support.ts'

const dynamo = await startDynamo()
/** dynalite has no transactions. */
const describeFully = describe.skipIf(!dynamo.hasTransactions)
afterAll(() => dynamo.stop())

describeFully('partial outages', () => {
  /** Whatever touches this document fails. */
  const without = (id: string) => (request: ProxiedRequest) =>
    request.text.includes(`"${encodeKey(id)}"`.replaceAll('\u0001', '\\u0001')) ? serverError : undefined

  it('of some documents leave the others alone, and never give half an answer', async () => {
    const { storage, notes, proxy } = await open(dynamo, { maxAttempts: 2 })
    for (const id of ['a', 'b', 'c']) await notes.put(id, { n: 1 })
    proxy.inject(without('b'))
    await fails(() => notes.get('b'), 'FREEDA_UNAVAILABLE')
    await fails(() => notes.getMany(['a', 'b', 'c']), 'FREEDA_UNAVAILABLE')
    const transfer = [notes.op.put('a', { n: 2 }), notes.op.put('b', { n: 2 })]
    await fails(() => storage.transact(transfer), 'FREEDA_UNAVAILABLE')
    expect((await notes.getMany(['a', 'c'])).map((note) => note?.version)).toEqual([1, 1])
    expect((await notes.put('c', { n: 3 })).version).toBe(2)
    proxy.inject()
    await storage.transact(transfer)
    expect((await notes.getMany(['a', 'b'])).map((note) => note?.n)).toEqual([2, 2])
  })

  it('of one shard make a list fail, which comes back whole', async () => {
    const { storage, events, proxy } = await open(dynamo, { maxAttempts: 2 })
    for (let at = 0; at < 12; at++) await events.put(`e${at}`, { at })
    proxy.inject(({ operation, text }) =>
      operation === 'Query' && text.includes('events\\u00012') ? serverError : undefined,
    )
    await fails(() => events.query(), 'FREEDA_UNAVAILABLE')
    await fails(() => all(events.iterate({ limit: 2 })), 'FREEDA_UNAVAILABLE')
    await storage.health()
    proxy.inject()
    expect(await all(events.iterate({ limit: 2 }))).toHaveLength(12)
  })

  it('of writes alone: reads are served, no write is half done, and what is unknown was not done twice', async () => {
    const { storage, notes, users, proxy } = await open(dynamo, { maxAttempts: 2 })
    await users.create({ email: 'a' }, { id: 'u' })
    await notes.put('a', { n: 1 })
    proxy.inject(({ operation }) => (/Put|Update|Delete|Write/.test(operation) ? serverError : undefined))
    await fails(() => notes.put('a', { n: 2 }), 'FREEDA_TIMEOUT')
    await fails(() => users.put('u', { email: 'b' }), 'FREEDA_TIMEOUT')
    await fails(() => storage.transact([notes.op.delete('a'), notes.op.put('b', { n: 1 })]), 'FREEDA_TIMEOUT')
    expect(await notes.getMany(['a', 'b'])).toEqual([{ id: 'a', version: 1, n: 1 }, undefined])
    expect((await users.query({ index: 'byEmail', partition: 'a' })).items).toHaveLength(1)
    expect((await users.query({ index: 'byEmail', partition: 'b' })).items).toEqual([])
  })

  it('of an index leave reads by id and lists alone', async () => {
    const { notes, proxy } = await open(dynamo, { maxAttempts: 2 })
    await notes.put('a', { n: 1, by: 'ada' })
    proxy.inject(({ text }) => (text.includes('IndexName') ? throttling : undefined))
    await fails(() => notes.query({ index: 'byAuthor', partition: 'ada' }), 'FREEDA_THROTTLED')
    expect(await all(notes.iterate())).toHaveLength(1)
    expect((await notes.put('a', { n: 2, by: 'ada' })).version).toBe(2)
  })
})

describeFully('an index that lags behind', () => {
  it('shows older documents, which no write takes for the newest', async () => {
    const { notes, proxy } = await open(dynamo)
    await notes.put('a', { n: 1, by: 'ada' })
    await notes.put('b', { n: 2, by: 'ada' })
    const find = () => all(notes.iterate({ index: 'byAuthor', partition: 'ada', limit: 1 }))
    const before = await find()
    proxy.inject(({ text }) => (text.includes('IndexName') ? { kind: 'stale' } : undefined))
    await notes.put('a', { n: 5, by: 'eve' })
    await notes.delete('b')
    await notes.put('c', { n: 3, by: 'ada' })

    expect(await find()).toEqual(before)
    const [a, b] = before
    expect(await notes.get('b')).toBeUndefined()
    expect(await all(notes.iterate())).toHaveLength(2)
    await expect(notes.put('a', { n: 9 }, { ifVersion: a!.version })).rejects.toMatchObject({
      code: 'FREEDA_CONFLICT',
      data: { currentVersion: 2 },
    })
    await expect(notes.update('b', (note) => note)).rejects.toMatchObject({ code: 'FREEDA_NOT_FOUND' })
    await expect(notes.delete('b', { ifVersion: b!.version })).rejects.toMatchObject({
      code: 'FREEDA_CONFLICT',
    })
    // An update reads the document itself.
    expect((await notes.update('a', (note) => ({ ...note, n: note.n + 1 }))).n).toBe(6)
    proxy.inject()
    expect((await find()).map(({ id }) => id)).toEqual(['c'])
  })

  it('never lets two documents have a unique value, and is not asked for it', async () => {
    const { users, proxy } = await open(dynamo)
    proxy.inject(({ text }) => (text.includes('IndexName') ? { kind: 'stale' } : undefined))
    const find = async () => (await users.query({ index: 'byEmail', partition: 'e' })).items
    expect(await find()).toEqual([])
    await users.create({ email: 'e' }, { id: 'a' })
    expect(await find()).toHaveLength(1)
    await expect(users.create({ email: 'e' }, { id: 'b' })).rejects.toMatchObject({ code: 'FREEDA_CONFLICT' })
  })
})

describeFully('clocks that are wrong', () => {
  it('are corrected by the answers of the server, and nothing is done twice', async () => {
    for (const minutes of [-20, 20]) {
      const { storage, notes, proxy } = await open(dynamo)
      proxy.inject(() => ({ kind: 'clock', offsetMs: minutes * 60_000 }))
      expect((await notes.create({ n: 1 }, { id: 'a' })).version).toBe(1)
      expect((await notes.put('a', { n: 2 })).version).toBe(2)
      await storage.transact([notes.op.put('a', { n: 3 }), notes.op.put('b', { n: 1 })])
      expect((await notes.get('a'))?.version).toBe(3)
      await storage.health()
    }
  })

  it('are named when that does not help, and health is red for as long', async () => {
    const { storage, notes, proxy } = await open(dynamo)
    let aside = 1
    // A server whose own clock jumps: no correction fits.
    proxy.inject(() => ({ kind: 'clock', offsetMs: (aside = -aside) * 3_600_000 }))
    for (const call of [() => storage.health(), () => notes.get('a'), () => notes.put('a', { n: 1 })])
      expect((await fails(call, 'FREEDA_UNAVAILABLE')).message).toContain('clock of this machine')
    proxy.inject()
    await storage.health()
    expect(await notes.get('a')).toBeUndefined()
  })

  it('of two processes disagree on what has expired, and on nothing else', async () => {
    const opened = await open(dynamo)
    const nowMs = Date.now()
    const ahead = openStorage(opened.driver, { clock: () => nowMs + 60_000 }).collection(sessions)
    const behind = openStorage(opened.driver, { clock: () => nowMs }).collection(sessions)
    const expiresAt = new Date(nowMs + 30_000)
    await behind.create({ user: 'ada', expiresAt }, { id: 's' })
    expect((await behind.put('s', { user: 'ada', expiresAt })).version).toBe(2)

    expect(await ahead.get('s')).toBeUndefined()
    await expect(ahead.put('s', { user: 'eve' }, { ifVersion: 2 })).rejects.toMatchObject({
      code: 'FREEDA_CONFLICT',
    })
    expect((await ahead.create({ user: 'eve' }, { id: 's' })).version).toBe(1)
    await expect(behind.put('s', { user: 'bob' }, { ifVersion: 2 })).rejects.toMatchObject({
      code: 'FREEDA_CONFLICT',
      data: { currentVersion: 1 },
    })
    expect(await behind.get('s')).toEqual({ id: 's', version: 1, user: 'eve' })
  })
})

describeFully('slow answers', () => {
  it('are waited for as long as they come in time', async () => {
    const { notes, proxy } = await open(dynamo, { requestTimeoutMs: 1000, callTimeoutMs: 20_000 })
    const sent: string[] = []
    proxy.inject(({ operation }) => (sent.push(operation), { kind: 'drip', everyMs: 1 }))
    expect((await notes.put('a', { n: 1 })).version).toBe(1)
    expect((await notes.update('a', (note) => ({ ...note, n: 2 }))).version).toBe(2)
    expect((await notes.query()).items).toHaveLength(1)
    // Once each: slow is not lost.
    expect(sent).toEqual(['UpdateItem', 'GetItem', 'UpdateItem', 'Query'])
  })
})
