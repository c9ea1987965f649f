/** Writes that happened although nobody was told: none is lost, done twice, or called a conflict. */
import { isFreedaError } from '@freeda/runtime'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { serverError, throttling, type Fault } from './fault-proxy.ts'
import { randomNumbers } from './random-numbers.ts'
import { startDynamo } from './start-dynamo.ts'
import { all, open, type Opened } from './support.ts'

const dynamo = await startDynamo()
/** dynalite has no transactions, and no request tokens by which it would know a request again. */
const describeFully = describe.skipIf(!dynamo.hasTransactions)
afterAll(() => dynamo.stop())

const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems'])

/** Trouble of every kind for some of the writes. */
const someTrouble = (random: () => number, share: number) => {
  const kinds: Fault[] = [{ kind: 'lose-answer' }, { kind: 'reset' }, serverError, throttling]
  return ({ operation }: { operation: string }): Fault | undefined =>
    writes.has(operation) && random() < share ? kinds[Math.floor(random() * kinds.length)] : undefined
}

/** Does something by a clock that is an hour late. */
async function anHourAgo(work: () => Promise<unknown>): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
  try {
    await work()
  } finally {
    vi.useRealTimers()
  }
}

/** Loses the answer of the first write, and holds everything that comes after. */
function lostThenHeld(operation: string, until: Promise<unknown>) {
  let isLost = false
  return (request: { operation: string }): Fault | undefined => {
    if (isLost) return { kind: 'hold', until }
    if (request.operation !== operation) return undefined
    isLost = true
    return { kind: 'lose-answer' }
  }
}

/** A put whose answer is lost, and others that write before it can look what became of it. */
async function withLostPut({ laterWrites }: { laterWrites: number }) {
  const { notes, proxy, table } = await open(dynamo)
  const other = await open(dynamo, { table })
  await notes.put('a', { n: 0 })
  let release!: () => void
  const until = new Promise<void>((resolve) => (release = resolve))
  proxy.inject(lostThenHeld('UpdateItem', until))
  const looked = notes.put('a', { n: 1 })
  looked.catch(() => {})
  while ((await other.notes.get('a'))?.version !== 2);
  const others = 10 + laterWrites
  for (let at = 1; at <= laterWrites; at++) await other.notes.put('a', { n: 10 + at })
  release()
  return { notes: other.notes, others, looked }
}

/** Counts what was done, and what nobody knows. */
async function tally(calls: Promise<unknown>[]): Promise<{ done: number; unknown: number }> {
  let done = 0
  let unknown = 0
  for (const outcome of await Promise.allSettled(calls)) {
    if (outcome.status === 'fulfilled') done++
    else {
      expect(isFreedaError(outcome.reason) ? outcome.reason.code : outcome.reason).toMatch(
        /FREEDA_(TIMEOUT|THROTTLED)/,
      )
      unknown++
    }
  }
  return { done, unknown }
}

describeFully('lost answers', () => {
  it('a conditional write whose answer was lost twice is found by its nonce', async () => {
    const { notes, proxy } = await open(dynamo)
    await notes.put('a', { n: 0 })
    let lost = 0
    proxy.inject(({ operation }) =>
      operation === 'UpdateItem' && lost++ < 2 ? { kind: 'lose-answer' } : undefined,
    )
    expect((await notes.put('a', { n: 1 }, { ifVersion: 1 })).version).toBe(2)
    expect(await notes.get('a')).toEqual({ id: 'a', version: 2, n: 1 })
  })

  it('it is found under the writes of others, too', async () => {
    const { notes, proxy } = await open(dynamo)
    await notes.put('a', { n: 0 })
    let lost = 0
    proxy.inject(({ operation }) =>
      operation === 'UpdateItem' && lost++ === 0 ? { kind: 'lose-answer' } : undefined,
    )
    const mine = notes.put('a', { n: 1 }, { ifVersion: 1 })
    // Others write as soon as the lost write is there.
    while ((await notes.get('a'))?.version !== 2);
    await notes.put('a', { n: 2 }, { ifVersion: 2 })
    await notes.put('a', { n: 3 }, { ifVersion: 3 })
    expect((await mine).version).toBe(2)
    expect(await notes.get('a')).toEqual({ id: 'a', version: 4, n: 3 })
  })

  it('a put without a condition is done once', async () => {
    const { notes, proxy } = await open(dynamo)
    let count = 0
    proxy.inject(() => (count++ === 0 ? { kind: 'lose-answer' } : undefined))
    expect((await notes.put('a', { n: 1 })).version).toBe(1)
    expect((await notes.get('a'))?.version).toBe(1)
  })

  it('a put without a condition is found under the writes of others', async () => {
    const { notes, others, looked } = await withLostPut({ laterWrites: 3 })
    await expect(looked).resolves.toMatchObject({ n: 1, version: 2 })
    expect(await notes.get('a')).toEqual({ id: 'a', version: 5, n: others })
  })

  it('it is unknown, and not done again, when more than its item tells were written after it', async () => {
    const { notes, others, looked } = await withLostPut({ laterWrites: 4 })
    await expect(looked).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
    expect(await notes.get('a')).toEqual({ id: 'a', version: 6, n: others })
  })

  it('it is the same for a put with a unique value, and for one over an expired document', async () => {
    const { users, sessions, proxy, table } = await open(dynamo)
    const other = await open(dynamo, { table })
    await users.put('u', { email: 'e' })
    await sessions.put('s', { user: 'ada', expiresAt: new Date(1000) })
    const cases = [
      { write: (at: Opened, n: number) => at.users.put('u', { email: 'e', name: `name ${n}` }), first: 2 },
      { write: (at: Opened, n: number) => at.sessions.put('s', { user: `user ${n}` }), first: 1 },
    ]
    for (const { write, first } of cases) {
      let release!: () => void
      const until = new Promise<void>((resolve) => (release = resolve))
      proxy.inject(lostThenHeld('PutItem', until))
      const mine = write({ users, sessions } as Opened, 0)
      mine.catch(() => {})
      const isThere = async () =>
        (await other.users.get('u'))?.name === 'name 0' || (await other.sessions.get('s'))?.user === 'user 0'
      while (!(await isThere()));
      for (let n = 1; n <= 4; n++) expect((await write(other, n)).version).toBe(first + n)
      release()
      await expect(mine).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
      expect((await write(other, 5)).version).toBe(first + 5)
    }
  })

  it('a write whose last try was lost is unknown, not refused, however often others came between', async () => {
    const { users, proxy, table } = await open(dynamo, { maxAttempts: 2 })
    const other = await open(dynamo, { table })
    await users.put('u', { email: 'e' })
    let count = 0
    proxy.inject(({ operation }) => {
      if (operation !== 'PutItem') return undefined
      count++
      if (count <= 3) return { kind: 'hold', until: other.users.put('u', { email: 'e', name: `${count}` }) }
      return count === 4 ? { kind: 'lose-answer' } : undefined
    })
    await expect(users.put('u', { email: 'e', name: 'mine' })).rejects.toMatchObject({
      code: 'FREEDA_TIMEOUT',
    })
    expect(await other.users.get('u')).toMatchObject({ version: 5, name: 'mine' })
  })

  it('a put that never arrived is sent again', async () => {
    const { notes, proxy } = await open(dynamo)
    for (let n = 0; n < 3; n++) await notes.put('a', { n })
    let count = 0
    proxy.inject(({ operation }) =>
      operation === 'UpdateItem' && count++ === 0 ? { kind: 'reset' } : undefined,
    )
    expect(await notes.put('a', { n: 7 })).toMatchObject({ version: 4 })
    expect((await notes.put('a', { n: 8 })).version).toBe(5)
  })

  it('a deletion whose answer was lost is unknown, never a conflict', async () => {
    const { notes, proxy } = await open(dynamo)
    await notes.put('a', { n: 1 })
    await notes.put('b', { n: 1 })
    proxy.inject(({ operation }) => (operation === 'DeleteItem' ? { kind: 'lose-answer' } : undefined))
    for (const [id, options] of [
      ['a', {}],
      ['b', { ifVersion: 1 }],
    ] as const)
      await expect(notes.delete(id, options)).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
    expect(await notes.getMany(['a', 'b'])).toEqual([undefined, undefined])
  })

  it('a deletion leaves alone what others create before it can look what became of it', async () => {
    const deletions: ((opened: Opened) => Promise<unknown>)[] = [
      ({ notes }) => notes.delete('a'),
      ({ notes }) => notes.delete('a', { ifVersion: 1 }),
      ({ storage, notes }) => storage.transact([notes.op.delete('a')]),
    ]
    for (const remove of deletions) {
      const opened = await open(dynamo)
      const other = await open(dynamo, { table: opened.table })
      await anHourAgo(() => opened.notes.create({ n: 1 }, { id: 'a' }))
      let release!: () => void
      const until = new Promise<void>((resolve) => (release = resolve))
      let isLost = false
      opened.proxy.inject(({ operation }) => {
        if (isLost) return { kind: 'hold', until }
        isLost = operation === 'DeleteItem'
        return isLost ? { kind: 'lose-answer' } : undefined
      })
      const removing = remove(opened)
      removing.catch(() => {})
      while ((await other.notes.get('a')) !== undefined);
      const made = await other.notes.create({ n: 2 }, { id: 'a' })
      release()
      await expect(removing).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
      expect(await other.notes.get('a')).toEqual(made)
    }
  })

  it('a deletion of a document as young as the call is unknown when its answer was lost', async () => {
    const { notes, proxy } = await open(dynamo)
    await notes.put('a', { n: 1 })
    let count = 0
    proxy.inject(({ operation }) => (operation === 'DeleteItem' && count++ === 0 ? serverError : undefined))
    await expect(notes.delete('a')).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
    expect(await notes.delete('a')).toBe(true)
  })

  it('a deletion that failed before it happened is tried again', async () => {
    const { notes, proxy } = await open(dynamo)
    await anHourAgo(() => notes.put('a', { n: 1 }))
    let count = 0
    proxy.inject(({ operation }) => (operation === 'DeleteItem' && count++ === 0 ? serverError : undefined))
    expect(await notes.delete('a')).toBe(true)
    expect(await notes.get('a')).toBeUndefined()
  })

  it('a transaction whose answer was lost is done once', async () => {
    const { storage, notes, users, proxy } = await open(dynamo)
    let lost = 0
    proxy.inject(({ operation }) =>
      operation === 'TransactWriteItems' && lost++ % 2 === 0 ? { kind: 'lose-answer' } : undefined,
    )
    await users.create({ email: 'a' }, { id: 'a' })
    await users.put('a', { email: 'b' })
    await storage.transact([notes.op.put('x', { n: 1 }), users.op.put('a', { email: 'c' })])
    expect(lost).toBeGreaterThanOrEqual(6)
    expect((await users.get('a'))?.version).toBe(3)
    expect((await notes.get('x'))?.version).toBe(1)
    await users.create({ email: 'a' }, { id: 'b' })
  })
})

describeFully('many writers in trouble', () => {
  for (const seed of [1, 2, 3])
    it(`loses no acknowledged update and does none twice (seed ${seed})`, async () => {
      const { notes, proxy } = await open(dynamo, { callTimeoutMs: 8000 })
      await notes.put('a', { n: 0 })
      proxy.inject(someTrouble(randomNumbers(seed), 0.3))
      const { done, unknown } = await tally(
        Array.from({ length: 40 }, () => notes.update('a', ({ n }) => ({ n: n + 1 }))),
      )
      proxy.inject()
      const { n, version } = (await notes.get('a'))!
      expect(version).toBe(n + 1)
      expect(n).toBeGreaterThanOrEqual(done)
      expect(n).toBeLessThanOrEqual(done + unknown)
    })

  it('keeps the sum when transactions of several processes move amounts', async () => {
    const { storage, notes, proxy, table } = await open(dynamo, { callTimeoutMs: 8000 })
    const other = await open(dynamo, { table, callTimeoutMs: 8000 })
    const ids = ['a', 'b', 'c']
    for (const id of ids) await notes.put(id, { n: 100 })
    const random = randomNumbers(7)
    for (const each of [proxy, other.proxy]) each.inject(someTrouble(random, 0.25))
    const move = async (each: { storage: typeof storage; notes: typeof notes }, at: number) => {
      for (let tried = 0; tried < 30; tried++) {
        const [from, to] = await each.notes.getMany([ids[at % 3]!, ids[(at + 1) % 3]!])
        try {
          return await each.storage.transact([
            each.notes.op.put(from!.id, { n: from!.n - 1 }, { ifVersion: from!.version }),
            each.notes.op.put(to!.id, { n: to!.n + 1 }, { ifVersion: to!.version }),
          ])
        } catch (error) {
          if (!isFreedaError(error, 'FREEDA_CONFLICT')) throw error
        }
      }
    }
    await tally(Array.from({ length: 24 }, (_, at) => move(at % 2 === 0 ? { storage, notes } : other, at)))
    for (const each of [proxy, other.proxy]) each.inject()
    const amounts = (await notes.getMany(ids)).map((note) => note!.n)
    expect(amounts.reduce((sum, n) => sum + n)).toBe(300)
  })

  it('lets one document have a unique value, and every created one is there', async () => {
    const { users, proxy } = await open(dynamo, { callTimeoutMs: 8000 })
    proxy.inject(someTrouble(randomNumbers(11), 0.3))
    const emails = Array.from({ length: 30 }, (_, at) => `user${at % 10}@example.org`)
    const outcomes = await Promise.allSettled(
      emails.map((email, at) => users.create({ email }, { id: `u${at}` })),
    )
    proxy.inject()
    const there = await all(users.iterate())
    expect(new Set(there.map(({ email }) => email)).size).toBe(there.length)
    for (const outcome of outcomes)
      if (outcome.status === 'fulfilled') expect(there).toContainEqual(outcome.value)
      else expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/CONFLICT|TIMEOUT|THROTTLED/) })
  })
})
