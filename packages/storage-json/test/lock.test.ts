import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rename, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { lockFolder } from '../src/lock.ts'
import { thisHolder, type Holder } from '../src/lock-holder.ts'
import { silentLog } from '../src/log.ts'
import { deferred, faultyFiles, freshFolder, namesIn, open, type Faults } from './support.ts'

const lock = (directory: string, heartbeatMs = 20) =>
  lockFolder({ directory, log: silentLog, heartbeatMs, onLost: () => {} })

/** Leaves a lock in a folder, as of another holder than this process. As a whole: whoever looks meanwhile sees the one before. */
async function leaveLock(directory: string, holder: Partial<Holder>): Promise<void> {
  const draft = `${directory}.lock`
  await writeFile(draft, JSON.stringify({ ...(await thisHolder()), token: 'left', ...holder }))
  await rename(draft, join(directory, 'lock'))
}

/** The pid of a process that is gone. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'])
  await once(child, 'exit')
  return child.pid!
}

describe('the lock of a data folder', () => {
  it('keeps a second opening in the same process out, until the first one is closed', async () => {
    const directory = await freshFolder()
    const first = await open(directory)
    await expect(open(directory)).rejects.toMatchObject({ code: 'FREEDA_STORAGE_LOCKED' })
    await expect(open(directory)).rejects.toThrow(`this process (pid ${process.pid})`)
    await first.driver.close()
    await open(directory)
  })

  it('names the process that holds it', async () => {
    const directory = await freshFolder()
    await leaveLock(directory, { pid: process.ppid, startedAt: undefined })
    await expect(open(directory)).rejects.toThrow(`is in use by process ${process.ppid}.`)
    expect(await namesIn(directory)).toEqual(['lock'])
  })

  it('is gone after a close, and after a start that failed', async () => {
    const directory = await freshFolder()
    await (await open(directory)).driver.close()
    await writeFile(join(directory, 'db.json'), 'no json')
    await expect(open(directory)).rejects.toMatchObject({ code: 'FREEDA_STORAGE_DAMAGED' })
    expect(await namesIn(directory)).toEqual(['db.json'])
  })

  it('is taken over from a process that is gone', async () => {
    const directory = await freshFolder()
    await leaveLock(directory, { pid: await deadPid() })
    const { logged } = await open(directory)
    expect(logged.join()).toContain('took over the lock')
    expect(await namesIn(directory)).toEqual(['lock'])
  })

  it.runIf(process.platform === 'linux')('is taken over when another process has the pid now', async () => {
    const directory = await freshFolder()
    await leaveLock(directory, { pid: process.ppid, startedAt: '1' })
    await open(directory)
  })

  it('is taken over from a holder on another machine that shows no life', async () => {
    const directory = await freshFolder()
    await leaveLock(directory, { pid: process.ppid, host: 'elsewhere' })
    await (await lock(directory)).release()
  })

  it('is not taken over from a holder on another machine that lives', async () => {
    const directory = await freshFolder()
    await leaveLock(directory, { pid: 12345, host: 'elsewhere' })
    const beating = setInterval(() => void utimes(join(directory, 'lock'), new Date(), new Date()), 5)
    onTestFinished(() => clearInterval(beating))
    await expect(lock(directory, 100)).rejects.toThrow('process 12345 on elsewhere')
  })

  it('does not take pids of another container or another boot for its own', async () => {
    const directory = await freshFolder()
    await leaveLock(directory, { pid: process.pid, host: hostname(), space: 'another' })
    await (await lock(directory)).release()
  })

  it('is taken over when it names nobody and stays like that', async () => {
    const directory = await freshFolder()
    await writeFile(join(directory, 'lock'), '')
    await (await lock(directory)).release()
    expect(await namesIn(directory)).toEqual([])
  })

  it('is taken over although the last one who tried died while doing it', async () => {
    const directory = await freshFolder()
    const pid = await deadPid()
    await leaveLock(directory, { pid, token: 'first' })
    const taker = JSON.stringify({ ...(await thisHolder()), pid, token: 'second' })
    await writeFile(join(directory, 'lock.first'), taker)
    await writeFile(join(directory, 'lock.8c1d.tmp'), taker)
    await open(directory)
    expect(await namesIn(directory)).toEqual(['lock'])
  })

  it('leaves the store unavailable when somebody takes it away', async () => {
    const directory = await freshFolder()
    const { driver, notes } = await open(directory, { tuning: { heartbeatMs: 5 } })
    await notes.create({ text: 'a' })
    await leaveLock(directory, { pid: 12345, host: 'elsewhere', token: 'other' })
    await vi.waitFor(() =>
      expect(driver.health({ nowMs: 0 })).rejects.toThrow(/lock was lost.*12345 on elsewhere/),
    )
    await driver.close()
    expect(await readFile(join(directory, 'lock'), 'utf8')).toContain('elsewhere')
  })
})

it('a write under way when the lock is lost may be there, for whoever has the folder now', async () => {
  const directory = await freshFolder()
  const faults: Faults = {}
  const { driver, notes } = await open(directory, {
    tuning: { heartbeatMs: 5, files: faultyFiles(faults) },
  })
  await notes.create({ text: 'a' })
  const [reached, go] = [deferred(), deferred()]
  faults.sync = () => (reached.resolve(), go.promise)
  const write = notes.create({ text: 'b' })
  await reached.promise
  await leaveLock(directory, { pid: 12345, host: 'elsewhere', token: 'other' })
  await vi.waitFor(() => expect(driver.health({ nowMs: 0 })).rejects.toThrow('lock was lost'))
  go.resolve()
  await expect(write).rejects.toMatchObject({ code: 'FREEDA_TIMEOUT' })
  await expect(notes.create({ text: 'c' })).rejects.toMatchObject({ code: 'FREEDA_UNAVAILABLE' })
})

describe('many processes that open one folder at once', () => {
  const script = fileURLToPath(new URL('./children/open.mjs', import.meta.url))

  /** Starts openers, lets them all go at once, and tells how it went for each; the winner stays until its stdin ends. */
  async function race(directory: string, count: number) {
    const children = Array.from({ length: count }, () =>
      spawn(process.execPath, [script, directory], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    onTestFinished(() => children.forEach((child) => child.kill('SIGKILL')))
    const lines = children.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]())
    const next = async (each: (typeof lines)[number]) => (await each.next()).value as string
    for (const each of lines) expect(await next(each)).toBe('ready')
    for (const child of children) child.stdin.write('go\n')
    const outcomes = await Promise.all(lines.map(next))
    return { children, outcomes }
  }

  for (const [name, prepare] of Object.entries({
    'is empty': async () => {},
    'has the lock of a process that is gone': async (directory: string) =>
      leaveLock(directory, { pid: await deadPid() }),
  }))
    it(`are let in one only, when it ${name}`, async () => {
      for (let round = 0; round < 3; round++) {
        const directory = await freshFolder()
        await prepare(directory)
        const { children, outcomes } = await race(directory, 5)
        expect(outcomes.toSorted()).toEqual(
          ['open', ...Array.from({ length: 4 }, () => 'FREEDA_STORAGE_LOCKED')].toSorted(),
        )
        for (const child of children) child.stdin.end()
        for (const child of children) if (child.exitCode === null) await once(child, 'exit')
        expect(await namesIn(directory)).toEqual(['db.json'])
      }
    })
})
