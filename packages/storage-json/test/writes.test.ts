import { setImmediate as nextTurn } from 'node:timers/promises'
import { collection, isFreedaError } from '@freeda/runtime'
import { collectionInfo } from '@freeda/runtime/driver'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  bytesIn,
  contents,
  crashImage,
  deferred,
  faultyFiles,
  freshFolder,
  linesIn,
  namesIn,
  notes,
  open,
  systemError,
  type Faults,
} from './support.ts'

const openWith = async (faults: Faults, options = {}) => {
  const directory = await freshFolder()
  const opened = await open(directory, { tuning: { files: faultyFiles(faults) }, ...options })
  return { directory, ...opened }
}

/** Holds up every sync from now on, until they are released; tells when one was reached. */
function holdSyncs(faults: Faults) {
  const [release, reached] = [deferred(), deferred()]
  faults.sync = () => {
    reached.resolve()
    return release.promise
  }
  return { release, reached }
}

/** Whether a promise is still waiting, after everything that can go on went on. */
async function isWaiting(promise: Promise<unknown>): Promise<boolean> {
  const state = promise.then(
    () => 'done',
    () => 'done',
  )
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  return (await Promise.race([state, Promise.resolve('waiting')])) === 'waiting'
}

describe('a commit', () => {
  it('is acknowledged when its line is synced, in a file that the folder knows durably', async () => {
    const events: string[] = []
    const faults: Faults = {
      create: (path) => void events.push(`create ${path.split('/').at(-1)}`),
      write: (_, bytes) => void events.push(`write ${/"(\w+)":/.exec(bytes.toString())?.[1]}`),
      sync: () => void events.push('sync'),
      syncFolder: () => void events.push('sync folder'),
    }
    const { notes } = await openWith(faults)
    await notes.create({ text: 'a' })
    events.push('acknowledged')
    await notes.create({ text: 'b' })
    events.push('acknowledged')
    expect(events).toEqual([
      'create journal.1.jsonl',
      'write journal',
      'sync',
      'sync folder',
      'write seq',
      'sync',
      'acknowledged',
      'write seq',
      'sync',
      'acknowledged',
    ])
  })

  it('shares its write and its sync with those that come while another one is synced', async () => {
    let syncs = 0
    const { notes, directory } = await openWith({ sync: () => void syncs++ })
    await notes.create({ text: 'first' })
    const before = syncs
    await Promise.all(Array.from({ length: 200 }, (_, n) => notes.create({ text: `${n}` })))
    expect(syncs - before).toBeLessThan(10)
    expect(await linesIn(directory, 'journal.1.jsonl')).toHaveLength(202)
  })

  it('waits for no sync with durability "process"', async () => {
    let syncs = 0
    const { notes } = await openWith({ sync: () => void syncs++ }, { durability: 'process' })
    await notes.create({ text: 'first' })
    const before = syncs
    for (let n = 0; n < 5; n++) await notes.create({ text: 'more' })
    expect(syncs).toBe(before)
  })

  it('is one line, whatever is in it, with the text of the document as it was stringified once', async () => {
    const { notes, storage, directory } = await openWith({})
    await storage.transact([
      notes.op.create({ text: 'a' }, { id: 'a' }),
      notes.op.create({ text: 'b' }, { id: 'b' }),
    ])
    const [, line, ...rest] = await linesIn(directory, 'journal.1.jsonl')
    expect(rest).toEqual([])
    expect(JSON.parse(line ?? '')).toMatchObject({
      seq: 1,
      ops: [
        { put: 'notes', id: 'a', version: 1, value: { text: 'a' } },
        { put: 'notes', id: 'b', version: 1, value: { text: 'b' } },
      ],
    })
  })

  it('that changes nothing writes nothing', async () => {
    const { notes, storage, directory } = await openWith({})
    await notes.create({ text: 'a' }, { id: 'a' })
    const before = await bytesIn(directory)
    expect(await notes.delete('absent')).toBe(false)
    await storage.transact([notes.op.check('a', { exists: true })])
    expect(await bytesIn(directory)).toEqual(before)
  })
})

describe('while a commit is not durable yet', () => {
  const Other = collection(z.object({ n: z.number() }), { name: 'others' })

  /** A store with the document "a", and a write of version 2 that waits for its sync. */
  const pendingWrite = async () => {
    const faults: Faults = {}
    const opened = await openWith(faults, { collections: [collectionInfo(notes), collectionInfo(Other)] })
    await opened.notes.create({ text: 'one' }, { id: 'a' })
    await opened.notes.create({ text: 'calm' }, { id: 'b' })
    const { release, reached } = holdSyncs(faults)
    const write = opened.notes.put('a', { text: 'two' })
    await reached.promise
    return { ...opened, write, release }
  }

  it('a read of its document waits, and then tells of it', async () => {
    const { notes, release } = await pendingWrite()
    const read = notes.get('a')
    expect(await isWaiting(read)).toBe(true)
    release.resolve()
    expect(await read).toMatchObject({ text: 'two' })
  })

  it('a query of its collection waits', async () => {
    const { notes, release } = await pendingWrite()
    const query = notes.query()
    expect(await isWaiting(query)).toBe(true)
    release.resolve()
    expect((await query).items).toMatchObject([{ text: 'two' }, { text: 'calm' }])
  })

  it('reads of other documents and queries of other collections do not wait', async () => {
    const { notes, storage, release } = await pendingWrite()
    expect(await notes.get('b')).toMatchObject({ text: 'calm' })
    expect((await storage.collection(Other).query()).items).toEqual([])
    release.resolve()
  })

  it('a conflict with it waits until it is durable before it is told', async () => {
    const { notes, release } = await pendingWrite()
    const conflict = notes.put('a', { text: 'three' }, { ifVersion: 1 })
    expect(await isWaiting(conflict)).toBe(true)
    release.resolve()
    await expect(conflict).rejects.toMatchObject({ code: 'FREEDA_CONFLICT', data: { currentVersion: 2 } })
  })

  it('a check of it, a delete of what it deleted and an export wait as well', async () => {
    const { notes, storage, release } = await pendingWrite()
    const check = storage.transact([notes.op.check('a', { ifVersion: 2 })])
    const remove = notes.delete('absent')
    const exported = storage.export()[Symbol.asyncIterator]().next()
    for (const waiting of [check, remove, exported]) expect(await isWaiting(waiting)).toBe(true)
    release.resolve()
    await check
    expect(await remove).toBe(false)
    expect((await exported).value).toMatchObject({ id: 'a', version: 2 })
  })

  it('a caller can stop waiting', async () => {
    const { driver, release } = await pendingWrite()
    const caller = new AbortController()
    const info = collectionInfo(notes)
    const call = { nowMs: Date.now(), signal: caller.signal }
    const read = driver.read(info, [{ id: 'a', position: '' }], call)
    caller.abort(new Error('gave up'))
    await expect(read).rejects.toThrow('gave up')
    release.resolve()
  })

  it('close waits for it', async () => {
    const { directory, driver, write, release } = await pendingWrite()
    const closing = driver.close()
    expect(await isWaiting(closing)).toBe(true)
    release.resolve()
    await closing
    expect(await write).toMatchObject({ version: 2 })
    expect(await contents(await open(directory))).toEqual({ a: '2 two', b: '1 calm' })
  })
})

describe('a write or a sync that fails', () => {
  const failing: Record<string, (fail: (path: string) => void) => Faults> = {
    write: (fail) => ({ write: fail }),
    sync: (fail) => ({ sync: fail }),
  }
  for (const [name, faultsOf] of Object.entries(failing))
    it(`ends all service when it is a ${name}: pending and later writes, reads, health; and is never tried again`, async () => {
      let error: Error | undefined
      let calls = 0
      const { directory, notes, driver, logged } = await openWith(
        faultsOf((path) => {
          if (!path.includes('journal')) return
          calls++
          if (error !== undefined) throw error
        }),
      )
      await notes.create({ text: 'safe' }, { id: 'safe' })
      error = systemError('EIO')
      const before = calls
      const writes = await Promise.allSettled([
        notes.put('safe', { text: 'lost' }),
        notes.create({ text: 'lost' }),
        notes.create({ text: 'lost' }),
      ])
      error = undefined
      const refusal = { code: 'FREEDA_UNAVAILABLE', status: 503 }
      // They may be there after a restart, as below.
      const unknown = {
        code: 'FREEDA_TIMEOUT',
        status: 503,
        data: { reason: expect.stringContaining('EIO') },
      }
      for (const write of writes) expect(write).toMatchObject({ status: 'rejected', reason: unknown })
      await expect(notes.get('safe')).rejects.toMatchObject(refusal)
      await expect(notes.query()).rejects.toMatchObject(refusal)
      await expect(notes.create({ text: 'late' })).rejects.toThrow(/writing to .* failed: EIO.*restart/)
      await expect(driver.health({ nowMs: 0 })).rejects.toMatchObject(refusal)
      expect(calls).toBe(before + 1)
      expect(logged.filter((line) => line.startsWith('error'))).toHaveLength(1)
      await driver.close()
      expect(calls).toBe(before + 1)
      const again = await contents(await open(directory))
      expect(['1 safe', '2 lost']).toContain(again['safe'])
    })

  it('never lets a reader see what was not durable', async () => {
    const faults: Faults = {}
    const { notes } = await openWith(faults)
    await notes.create({ text: 'one' }, { id: 'a' })
    const { release, reached } = holdSyncs(faults)
    const write = notes.put('a', { text: 'two' })
    await reached.promise
    const read = notes.get('a')
    const conflict = notes.create({ text: 'x' }, { id: 'a' })
    expect(await isWaiting(conflict)).toBe(true)
    release.reject(systemError('EIO'))
    const results = await Promise.allSettled([write, read, conflict])
    const codes = results.map(
      (result) => result.status === 'rejected' && isFreedaError(result.reason) && result.reason.code,
    )
    expect(codes).toEqual(['FREEDA_TIMEOUT', 'FREEDA_UNAVAILABLE', 'FREEDA_UNAVAILABLE'])
  })

  it('says of a write that nobody knows whether it is there, and of one behind it that it is not', async () => {
    const faults: Faults = {}
    const { directory, notes, driver } = await openWith(faults)
    await notes.create({ text: 'one' }, { id: 'safe' })
    const { release, reached } = holdSyncs(faults)
    const written = notes.create({ text: 'two' }, { id: 'written' })
    await reached.promise
    const behind = notes.create({ text: 'three' }, { id: 'behind' })
    const nothingToDo = notes.delete('nobody')
    release.reject(systemError('EIO'))
    await expect(written).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT', retryable: true })
    await expect(behind).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
    await expect(nothingToDo).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
    await driver.close()
    // This disk had it; and nothing that was refused ever comes.
    expect(await contents(await open(directory))).toEqual({ safe: '1 one', written: '1 two' })
  })

  it('says so of an import as well', async () => {
    const faults: Faults = {}
    const { notes, storage } = await openWith(faults)
    await notes.create({ text: 'a' })
    faults.sync = () => {
      throw systemError('EIO')
    }
    const imported = storage.import([{ collection: 'notes', id: 'a', version: 1, value: { text: 'a' } }])
    await expect(imported).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
  })

  it('says that the disk is full when it is', async () => {
    const faults: Faults = {}
    const { notes } = await openWith(faults)
    await notes.create({ text: 'a' })
    faults.write = () => {
      throw systemError('ENOSPC')
    }
    await expect(notes.create({ text: 'b' })).rejects.toThrow(/disk of .* is full .*Free space, then restart/)
  })

  it('counts when a new journal cannot be made durable in its folder', async () => {
    let fail = false
    const { notes } = await openWith({
      syncFolder: () => {
        if (fail) throw systemError('EIO')
      },
    })
    fail = true
    await expect(notes.create({ text: 'a' })).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
  })

  it('leaves a folder that opens again, although the line was cut off', async () => {
    const directory = await freshFolder()
    let fail = false
    const files = faultyFiles({})
    const cutting = {
      ...files,
      create: async (path: string) => {
        const file = await files.create(path)
        return {
          ...file,
          async write(bytes: Buffer) {
            if (!fail) return file.write(bytes)
            await file.write(bytes.subarray(0, 20))
            throw systemError('ENOSPC')
          },
        }
      },
    }
    const opened = await open(directory, { tuning: { files: cutting } })
    await opened.notes.create({ text: 'safe' }, { id: 'safe' })
    fail = true
    await expect(opened.notes.create({ text: 'lost' })).rejects.toThrow()
    expect(await contents(await open(await crashImage(directory)))).toEqual({ safe: '1 safe' })
  })
})

describe('close', () => {
  it('can be called twice, and ends all service', async () => {
    const { driver, notes, directory } = await openWith({})
    await notes.create({ text: 'a' }, { id: 'a' })
    await Promise.all([driver.close(), driver.close()])
    await driver.close()
    await expect(notes.get('a')).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
    await expect(driver.health({ nowMs: 0 })).rejects.toThrow('it is closed')
    expect(await namesIn(directory)).toEqual(['db.json'])
  })

  it('keeps the journal when the last snapshot cannot be taken', async () => {
    const { driver, notes, directory, logged } = await openWith({
      rename: () => {
        throw systemError('EIO')
      },
    })
    await notes.create({ text: 'a' }, { id: 'a' })
    await driver.close()
    expect(logged.join()).toContain('could not take a snapshot (EIO')
    expect(await contents(await open(directory))).toEqual({ a: '1 a' })
  })
})
