import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import {
  contents,
  crashImage,
  deferred,
  faultyFiles,
  freshFolder,
  namesIn,
  open,
  systemError,
  type Faults,
  type Opened,
} from './support.ts'

const openWith = async (faults: Faults, tuning = {}) => {
  const directory = await freshFolder()
  const opened = await open(directory, {
    tuning: { files: faultyFiles(faults), snapshotMinBytes: 2000, ...tuning },
  })
  return { directory, ...opened }
}

/** Writes until there is a journal with this number: until a snapshot was begun. */
async function writeUntilJournal(number: number, { directory, notes }: Opened & { directory: string }) {
  for (let n = 0; !(await namesIn(directory)).includes(`journal.${number}.jsonl`); n++) {
    expect(n).toBeLessThan(200)
    await notes.put(`n${n % 7}`, { text: `note ${n}`, rank: n })
  }
}

const isDraft = (path: string) => path.endsWith('db.json.tmp')

describe('a snapshot', () => {
  it('is taken when the journal outgrows it, and the journals that it replaces are removed', async () => {
    const opened = await openWith({})
    await writeUntilJournal(2, opened)
    await vi.waitFor(async () =>
      expect(await namesIn(opened.directory)).toEqual(['db.json', 'journal.2.jsonl', 'lock']),
    )
    expect(await contents(await open(await crashImage(opened.directory)))).toEqual(await contents(opened))
  })

  it('holds up no writes: they go into the next journal, and are not in the snapshot', async () => {
    const gate = deferred()
    const opened = await openWith({ write: (path) => (isDraft(path) ? gate.promise : undefined) })
    await writeUntilJournal(2, opened)
    for (let n = 0; n < 20; n++) await opened.notes.create({ text: 'meanwhile' }, { id: `m${n}` })
    const image = await crashImage(opened.directory)
    gate.resolve()
    await vi.waitFor(async () => expect(await namesIn(opened.directory)).not.toContain('journal.1.jsonl'))
    const snapshot = await readFile(join(opened.directory, 'db.json'), 'utf8')
    expect(snapshot).not.toContain('meanwhile')
    const expected = await contents(opened)
    expect(expected).toMatchObject({ m19: '1 meanwhile' })
    expect(await contents(await open(image))).toEqual(expected)
    expect(await contents(await open(await crashImage(opened.directory)))).toEqual(expected)
  })

  it('lets the event loop run while it is written', async () => {
    const opened = await openWith({}, { snapshotMinBytes: 1e9 })
    const text = 'x'.repeat(500)
    await Promise.all(Array.from({ length: 5000 }, (_, rank) => opened.notes.create({ text, rank })))
    let turns = 0
    const counting = new AbortController()
    const count = async () => {
      for (; !counting.signal.aborted; turns++) await nextTurn()
    }
    await Promise.all([count(), opened.driver.close().then(() => counting.abort())])
    expect(turns).toBeGreaterThan(20) // one for each 128 KB at least
  })
})

/** Each step of taking a snapshot, and how to fail there. */
const stages: Record<string, (fail: () => Promise<void>) => Faults> = {
  'its draft is made': (fail) => ({ create: (path) => (isDraft(path) ? fail() : undefined) }),
  'its draft is written': (fail) => ({ write: (path) => (isDraft(path) ? fail() : undefined) }),
  'its draft is synced': (fail) => ({ sync: (path) => (isDraft(path) ? fail() : undefined) }),
  'its draft is renamed': (fail) => ({ rename: fail }),
  'its draft was renamed, but not durably': (fail) => ({ renamed: fail }),
  'the first journal that it replaces is removed': (fail) => ({
    remove: (path) => (path.endsWith('journal.1.jsonl') ? fail() : undefined),
  }),
}
describe('a snapshot that is interrupted', () => {
  for (const [stage, faultsAt] of Object.entries(stages)) {
    it(`loses nothing when the process dies as ${stage}`, async () => {
      const gate = deferred()
      const reached = deferred()
      const opened = await openWith(
        faultsAt(() => {
          reached.resolve()
          return gate.promise
        }),
      )
      const writing = writeUntilJournal(2, opened)
      await reached.promise
      await writing
      const image = await crashImage(opened.directory)
      const expected = await contents(opened)
      gate.resolve()
      const again = await open(image)
      expect(await contents(again)).toEqual(expected)
      await again.notes.put('n1', { text: 'more' })
      await again.driver.close()
      expect(await namesIn(image)).toEqual(['db.json'])
      expect(await contents(await open(image))).toMatchObject({
        n1: expect.stringContaining('more') as string,
      })
    })

    it(`is an error in the log and is tried again when it fails as ${stage}`, async () => {
      const attempts = { count: 0 }
      const opened = await openWith(
        faultsAt(async () => {
          if (attempts.count++ < 2) throw systemError('ENOSPC')
        }),
        { snapshotRetryMs: 0 },
      )
      await writeUntilJournal(2, opened)
      for (
        let n = 0;
        attempts.count < 3 || (await namesIn(opened.directory)).includes('journal.1.jsonl');
        n++
      ) {
        expect(n).toBeLessThan(300)
        await opened.notes.put(`n${n % 7}`, { text: `later ${n}` })
        await opened.driver.health({ nowMs: Date.now() })
      }
      expect(opened.logged.filter((line) => /could not take a snapshot \(ENOSPC/.test(line))).toHaveLength(2)
      const expected = await contents(opened)
      await opened.driver.close()
      expect(await contents(await open(opened.directory))).toEqual(expected)
    })
  }

  it('waits longer after each failure', async () => {
    let attempts = 0
    const opened = await openWith(
      {
        create(path) {
          if (!isDraft(path)) return
          attempts++
          throw systemError('EIO')
        },
      },
      { snapshotRetryMs: 60_000 },
    )
    for (let n = 0; n < 100; n++) await opened.notes.put(`n${n % 7}`, { text: `note ${n}` })
    expect(attempts).toBe(1)
  })

  it('is not begun when the disk has no room for it, so that writes can go on', async () => {
    let drafts = 0
    const opened = await openWith({
      freeBytes: () => 2000,
      create: (path) => void (drafts += isDraft(path) ? 1 : 0),
    })
    for (let n = 0; n < 50; n++) await opened.notes.put(`n${n % 7}`, { text: `note ${n}` })
    await vi.waitFor(() => expect(opened.logged.join()).toMatch(/has 1 MB left, a snapshot needs 1 MB/))
    expect(drafts).toBe(0)
  })
})
