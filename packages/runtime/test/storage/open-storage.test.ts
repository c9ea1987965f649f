import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { FreedaError } from '../../src/errors.ts'
import { collection, type StorageDriver } from '../../src/storage.ts'
import { memoryDriver } from '../../src/storage/memory-driver.ts'
import { openStorage } from '../../src/storage/open-storage.ts'

const Ticket = z.object({
  title: z.string().trim().min(1),
  status: z.enum(['open', 'closed']).default('open'),
  tags: z.array(z.string()).default([]),
})
const tickets = collection(Ticket, { name: 'tickets', indexes: { byStatus: { partition: 'status' } } })
const counters = collection(z.object({ n: z.number() }), { name: 'counters' })
const increment = (current: { n: number }) => ({ ...current, n: current.n + 1 })

/** A promise and the function that fulfils it. */
function gate() {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

describe('a storage', () => {
  it('stores what the schema gives, defaults and transforms included', async () => {
    const c = openStorage(memoryDriver()).collection(tickets)
    const created = await c.create({ title: '  Printer on fire ' }, { id: 'a' })
    expect(created).toEqual({ id: 'a', version: 1, title: 'Printer on fire', status: 'open', tags: [] })
    expect(await c.get('a')).toEqual(created)
    expect((await c.query({ index: 'byStatus', partition: 'open' })).items).toEqual([created])
  })

  it('refuses what the schema refuses, with every path', async () => {
    const c = openStorage(memoryDriver()).collection(tickets)
    await expect(c.create({ title: '', tags: ['x', 5 as never] }, { id: 'a' })).rejects.toMatchObject({
      code: 'FREEDA_VALIDATION',
      data: { what: 'tickets/a', errors: [{ path: 'title' }, { path: 'tags[1]' }] },
    })
  })

  it('takes a value that was read although the schema is strict', async () => {
    const strict = collection(z.strictObject({ n: z.number() }), { name: 'strict' })
    const c = openStorage(memoryDriver()).collection(strict)
    const read = await c.put('a', { n: 1 })
    expect(await c.put('a', { ...read })).toEqual({ id: 'a', version: 2, n: 1 })
    expect(await c.update('a', (current) => ({ ...current, n: 2 }))).toEqual({ id: 'a', version: 3, n: 2 })
  })

  it('refuses a schema that makes an id or a version of its own', async () => {
    const schema = z.object({}).transform(() => ({ id: 'mine', version: 'new' }))
    const c = openStorage(memoryDriver()).collection(collection(schema, { name: 'own' }))
    await expect(c.create({})).rejects.toMatchObject({
      data: { errors: [{ path: 'id' }, { path: 'version' }] },
    })
  })

  it('waits for schemas that are asynchronous', async () => {
    const schema = z.object({ n: z.number() }).refine(async ({ n }) => Promise.resolve(n > 0), 'too small')
    const { collection: open, transact } = openStorage(memoryDriver())
    const c = open(collection(schema, { name: 'async' }))
    expect(await c.put('a', { n: 1 })).toMatchObject({ n: 1 })
    await expect(c.put('a', { n: 0 })).rejects.toThrow('too small')
    await expect(transact([c.op.put('b', { n: 0 })])).rejects.toThrow('operations[0]: too small')
  })

  it('names paths of schemas that give segments as objects', async () => {
    const schema: StandardSchemaV1<object, object> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => ({ issues: [{ message: 'no', path: [{ key: 'list' }, { key: 0 }, 'x'] }] }),
      },
    }
    const c = openStorage(memoryDriver()).collection(collection(schema, { name: 'odd' }))
    await expect(c.put('a', {})).rejects.toThrow('list[0].x: no')
  })

  it('refuses options that would have no effect', async () => {
    const c = openStorage(memoryDriver()).collection(counters)
    await expect(c.put('a', { n: 1 }, { ifVerson: 1 } as never)).rejects.toThrow('ifVerson')
    await expect(c.create({ n: 1 }, { ifVersion: 1 } as never)).rejects.toThrow('ifVersion')
    await expect(c.put('a', { n: 1 }, { ifVersion: 0 })).rejects.toMatchObject({ code: 'FREEDA_VALIDATION' })
    expect(() => c.op.check('a', { exist: true } as never)).toThrow('exist')
  })

  it('gives one collection for one definition, also when it was copied to get its name', () => {
    const storage = openStorage(memoryDriver())
    expect(storage.collection(counters)).toBe(storage.collection(counters))
    expect(storage.collection({ ...counters })).toBe(storage.collection(counters))
  })

  it('refuses two definitions of one name, and one without a name', () => {
    const storage = openStorage(memoryDriver())
    storage.collection(counters)
    const other = collection(z.object({ n: z.number() }), { name: 'counters' })
    expect(() => storage.collection(other)).toThrow('another definition has the same name')
    expect(() => storage.collection(collection(Ticket))).toThrow('no name')
  })
})

describe('updates', () => {
  it('of one process are in a row: a thousand increments take a thousand writes', async () => {
    let commits = 0
    const driver = memoryDriver()
    const counting: StorageDriver = { ...driver, commit: (...args) => (commits++, driver.commit(...args)) }
    const c = openStorage(counting).collection(counters)
    await c.put('a', { n: 0 })
    await Promise.all(Array.from({ length: 1000 }, () => c.update('a', increment)))
    expect(await c.get('a')).toEqual({ id: 'a', version: 1001, n: 1000 })
    expect(commits).toBe(1001)
  })

  it('of one document do not wait for those of another', async () => {
    const c = openStorage(memoryDriver()).collection(counters)
    for (const id of ['a', 'b']) await c.put(id, { n: 0 })
    const { open, opened } = gate()
    const slow = c.update('a', async (current) => {
      await opened
      return increment(current)
    })
    expect((await c.update('b', increment)).n).toBe(1)
    open()
    expect((await slow).n).toBe(1)
  })

  it('go on after one of them has failed', async () => {
    const c = openStorage(memoryDriver()).collection(counters)
    await c.put('a', { n: 0 })
    const failing = c.update('a', () => Promise.reject(new Error('no')))
    const next = c.update('a', increment)
    await expect(failing).rejects.toThrow('no')
    expect((await next).n).toBe(1)
  })

  it('do not try again when the change itself reports a conflict', async () => {
    const c = openStorage(memoryDriver()).collection(counters)
    await c.put('a', { n: 0 })
    let runs = 0
    const conflict = new FreedaError('FREEDA_CONFLICT', { collection: 'other', id: 'x' })
    const update = c.update('a', () => {
      runs++
      throw conflict
    })
    await expect(update).rejects.toBe(conflict)
    expect(runs).toBe(1)
  })

  it('try again when another writer came between, and stop when the document is gone', async () => {
    const c = openStorage(memoryDriver()).collection(counters)
    await c.put('a', { n: 0 })
    let runs = 0
    const updated = await c.update('a', async (current) => {
      if (++runs < 3) await c.put('a', { n: current.n + 10 })
      return increment(current)
    })
    expect(updated).toEqual({ id: 'a', version: 4, n: 21 })
    const gone = c.update('a', async (current) => {
      await c.delete('a')
      return current
    })
    await expect(gone).rejects.toMatchObject({ code: 'FREEDA_NOT_FOUND' })
  })

  it('give up at once when a version was asked for', async () => {
    const c = openStorage(memoryDriver()).collection(counters)
    await c.put('a', { n: 0 })
    const update = c.update(
      'a',
      async (current) => {
        await c.put('a', { n: 5 })
        return current
      },
      { ifVersion: 1 },
    )
    await expect(update).rejects.toMatchObject({
      code: 'FREEDA_CONFLICT',
      data: { expected: 1, currentVersion: 2 },
    })
  })

  it('leave the row when their caller gives up', async () => {
    const c = openStorage(memoryDriver()).collection(counters)
    await c.put('a', { n: 0 })
    const { open, opened } = gate()
    const first = c.update('a', async (current) => {
      await opened
      return increment(current)
    })
    const abort = new AbortController()
    const second = c.update('a', increment, { signal: abort.signal })
    abort.abort(new Error('too late'))
    await expect(second).rejects.toThrow('too late')
    open()
    await first
    expect((await c.update('a', increment)).n).toBe(2)
  })

  it('refuse to run within an update of the same document, however deep', async () => {
    const storage = openStorage(memoryDriver())
    const c = storage.collection(counters)
    for (const id of ['a', 'b']) await c.put(id, { n: 0 })
    const nested = { code: 'FREEDA_UPDATE_NESTED', data: { collection: 'counters', id: 'a' } }
    const within = c.update('a', async (current) => {
      await c.update('a', increment)
      return increment(current)
    })
    await expect(within).rejects.toMatchObject(nested)
    const deeper = c.update('a', async (current) => {
      await c.update('b', async (other) => {
        await c.update('a', increment)
        return other
      })
      return current
    })
    await expect(deeper).rejects.toMatchObject(nested)
    expect((await c.update('a', increment)).n).toBe(1)
    await storage.close()
  })

  it('may come after an update that began them and is over', async () => {
    const c = openStorage(memoryDriver()).collection(counters)
    await c.put('a', { n: 0 })
    const { open, opened } = gate()
    let later: Promise<{ n: number }> | undefined
    await c.update('a', (current) => {
      later = opened.then(() => c.update('a', increment))
      return increment(current)
    })
    open()
    expect((await later!).n).toBe(2)
  })

  it('that wait for the documents of each other end, and lose nothing', async () => {
    const storage = openStorage(memoryDriver())
    const c = storage.collection(counters)
    for (const id of ['a', 'b']) await c.put(id, { n: 0 })
    let runs = 0
    const both = (id: string, other: string) =>
      c.update(id, async (current) => {
        await c.update(other, (found) => (runs++, increment(found)))
        return increment(current)
      })
    await Promise.all([both('a', 'b'), both('b', 'a')])
    const [a, b] = await c.getMany(['a', 'b'])
    // Versions count the writes, and every write is an increment.
    expect([a!.n, b!.n]).toEqual([a!.version - 1, b!.version - 1])
    expect(a!.n + b!.n).toBeGreaterThanOrEqual(4)
    expect(runs).toBeGreaterThanOrEqual(2)
    await storage.close()
  })

  it('do not wait for one that never ends, which their signal can end', async () => {
    const storage = openStorage(memoryDriver())
    const c = storage.collection(counters)
    await c.put('a', { n: 0 })
    const abort = new AbortController()
    const { open: begin, opened: begun } = gate()
    const stuck = c.update('a', () => (begin(), new Promise<never>(() => {})), { signal: abort.signal })
    await begun
    const next = await Promise.all([c.update('a', increment), c.update('a', increment)])
    expect(next.map(({ n }) => n)).toEqual([1, 2])
    abort.abort(new Error('enough'))
    await expect(stuck).rejects.toThrow('enough')
    await storage.close()
  })
})

describe('giving up and closing', () => {
  it('reads no more once a part of many documents could not be read', async () => {
    const { open, opened } = gate()
    let [calls, underWay] = [0, 0]
    const driver = memoryDriver()
    const failing: StorageDriver = {
      ...driver,
      async read(...args) {
        if (++calls === 3) throw new Error('away')
        underWay++
        await opened
        underWay--
        return driver.read(...args)
      },
    }
    const storage = openStorage(failing)
    const ids = Array.from({ length: 2000 }, (_, at) => `n${at}`)
    const read = storage.collection(counters).getMany(ids)
    const closed = storage.close()
    open()
    await expect(read).rejects.toThrow('away')
    expect([calls, underWay]).toEqual([8, 0])
    await closed
    expect(calls).toBe(8)
  })

  it('answers at once when the caller gives up on a driver that hangs', async () => {
    const hanging: StorageDriver = { ...memoryDriver(), read: () => new Promise(() => {}) }
    const c = openStorage(hanging).collection(counters)
    const abort = new AbortController()
    const read = c.get('a', { signal: abort.signal })
    abort.abort(new Error('too late'))
    await expect(read).rejects.toThrow('too late')
  })

  it('waits for calls that are under way before it closes the driver', async () => {
    const { open, opened } = gate()
    const driver = memoryDriver()
    const order: string[] = []
    const slow: StorageDriver = {
      ...driver,
      async commit(...args) {
        await opened
        order.push('committed')
        return driver.commit(...args)
      },
      close: async () => void order.push('closed'),
    }
    const storage = openStorage(slow)
    const write = storage.collection(counters).put('a', { n: 1 })
    const closing = storage.close()
    await expect(storage.collection(counters).get('a')).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
    open()
    await Promise.all([write, closing])
    expect(order).toEqual(['committed', 'closed'])
  })

  it('stops an export in the middle', async () => {
    const storage = openStorage(memoryDriver())
    const c = storage.collection(counters)
    for (let n = 0; n < 5; n++) await c.create({ n })
    const exported = storage.export()[Symbol.asyncIterator]()
    expect((await exported.next()).done).toBe(false)
    await storage.close()
    await expect(exported.next()).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
  })
})

describe('ids', () => {
  it('are UUIDs of version 7 that sort in the order of making, even when the clock steps back', async () => {
    let nowMs = Date.UTC(2100, 0, 1)
    const c = openStorage(memoryDriver(), { clock: () => nowMs }).collection(counters)
    const made: string[] = []
    for (let n = 0; n < 10_000; n++) {
      if (n === 5000) nowMs -= 60_000
      made.push(c.op.create({ n }).id)
    }
    expect(made.toSorted()).toEqual(made)
    expect(new Set(made).size).toBe(made.length)
    for (const id of made)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(Number.parseInt(made[0]!.slice(0, 13).replace('-', ''), 16)).toBe(Date.UTC(2100, 0, 1))
  })
})
