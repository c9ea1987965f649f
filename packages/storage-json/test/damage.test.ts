import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isFreedaError } from '@freeda/runtime'
import { describe, expect, it } from 'vitest'
import { files } from '../src/files.ts'
import { silentLog } from '../src/log.ts'
import { recover } from '../src/recovery.ts'
import { commit, craftedStore, documentsUpTo, header, snapshot } from './craft.ts'
import { bytesIn, contents, edit, linesIn, open, reseal } from './support.ts'

const last = 'journal.2.jsonl'

/** Replaces one line of a file, counted from 1; `undefined` leaves it out. */
const editLine = (
  directory: string,
  name: string,
  number: number,
  change: (line: string) => string | undefined,
) =>
  edit(directory, name, (text) =>
    text
      .split(/(?<=\n)/)
      .map((line, at) => (at === number - 1 ? (change(line) ?? '') : line))
      .join(''),
  )
const flip = (text: string, at: number, bit = 0) =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)

/** What is done to a crafted store, and what the refusal says of it. */
const damages: Record<string, { damage(directory: string): Promise<void>; file: string; says: RegExp }> = {
  'a changed byte in the middle of the last journal': {
    damage: (directory) => editLine(directory, last, 2, (line) => flip(line, 30)),
    file: last,
    says: /line 2 \(at byte \d+\) is not intact, and line 3 shows/,
  },
  'a changed byte in a batch that was acknowledged as a whole': {
    damage: (directory) => editLine(directory, last, 3, (line) => flip(line, 30)),
    file: last,
    says: /line 3 .* other lines follow it/,
  },
  'a last line that was written completely and then changed': {
    damage: (directory) => editLine(directory, last, 4, (line) => flip(line, 30)),
    file: last,
    says: /line 4 .* it ends with its newline/,
  },
  'a last line of which only the newline was changed': {
    damage: (directory) => editLine(directory, last, 4, (line) => line.replace('\n', 'x')),
    file: last,
    says: /line 4 .* only its newline was changed/,
  },
  'NUL bytes where a later batch shows that there was data': {
    damage: (directory) => editLine(directory, last, 2, (line) => '\0'.repeat(line.length)),
    file: last,
    says: /line 2 .* line 3 shows/,
  },
  'one NUL byte in the last line, where no block ends': {
    damage: (directory) => editLine(directory, last, 4, (line) => `${line.slice(0, 40)}\0${line.slice(41)}`),
    file: last,
    says: /line 4 .* newline/,
  },
  'a line that is missing': {
    damage: (directory) => editLine(directory, last, 2, () => undefined),
    file: last,
    says: /line 2 .* not intact/,
  },
  'a line that is there twice': {
    damage: (directory) => editLine(directory, last, 2, (line) => line + line),
    file: last,
    says: /line 3 .* not intact/,
  },
  'a header that is missing': {
    damage: (directory) => editLine(directory, last, 1, () => undefined),
    file: last,
    says: /line 1 \(at byte 0\) is not intact/,
  },
  'an unfinished line in a journal that a later one follows': {
    damage: (directory) => edit(directory, 'journal.1.jsonl', (text) => text.slice(0, -5)),
    file: 'journal.1.jsonl',
    says: /line 4 .* a later one follows/,
  },
  'a journal that lost its last line': {
    damage: (directory) => editLine(directory, 'journal.1.jsonl', 4, () => undefined),
    file: last,
    says: /begins after commit 6, but the journal before it ends with commit 5/,
  },
  'a journal that is missing': {
    damage: (directory) => rm(join(directory, 'journal.1.jsonl')),
    file: last,
    says: /begins after commit 6, but db\.json ends with commit 3/,
  },
  'a journal with the name of another one': {
    damage: (directory) => rename(join(directory, last), join(directory, 'journal.3.jsonl')),
    file: 'journal.3.jsonl',
    says: /was written as journal 2/,
  },
  'a journal of another store': {
    damage: (directory) =>
      editLine(directory, 'journal.1.jsonl', 1, (line) => reseal(line.replace('the-store', 'a-store'))),
    file: 'journal.1.jsonl',
    says: /belongs to another store/,
  },
  'a journal of a newer format': {
    damage: (directory) =>
      editLine(directory, last, 1, (line) => reseal(line.replace('"format":1', '"format":2'))),
    file: last,
    says: /is of format 2, .* reads format 1/,
  },
  'a snapshot that is missing': {
    damage: (directory) => rm(join(directory, 'db.json')),
    file: 'journal.1.jsonl',
    says: /begins after commit 3, but db\.json ends with commit 0/,
  },
  'a snapshot from an older backup': {
    damage: (directory) => snapshot(directory, 2),
    file: 'journal.1.jsonl',
    says: /begins after commit 3, but db\.json ends with commit 2/,
  },
  'a changed byte in the snapshot': {
    damage: (directory) => edit(directory, 'db.json', (text) => text.replace('text 2', 'test 2')),
    file: 'db.json',
    says: /checksum does not fit .* remove `,"crc32":"…"` from its last line/,
  },
  'a snapshot that is cut off': {
    damage: (directory) => edit(directory, 'db.json', (text) => text.slice(0, -100)),
    file: 'db.json',
    says: /is not complete JSON/,
  },
  'an empty snapshot': {
    damage: (directory) => writeFile(join(directory, 'db.json'), ''),
    file: 'db.json',
    says: /is not complete JSON/,
  },
  'a snapshot of a newer format': {
    damage: (directory) =>
      edit(directory, 'db.json', (text) => reseal(text.replace('"format":1', '"format":2'))),
    file: 'db.json',
    says: /is of format 2, .* reads format 1/,
  },
}

describe('a damaged store', () => {
  for (const [name, { damage, file, says }] of Object.entries(damages))
    it(`refuses to start with ${name}, says so, and changes nothing`, async () => {
      const directory = await craftedStore()
      await damage(directory)
      const before = await bytesIn(directory)
      const error: unknown = await open(directory).catch((thrown: unknown) => thrown)
      expect(isFreedaError(error, 'FREEDA_STORAGE_DAMAGED') && error.data.file).toBe(join(directory, file))
      expect((error as Error).message).toMatch(says)
      expect((error as Error).message).toMatch(/[Bb]ackup|version of @freeda|belong together/)
      expect(await bytesIn(directory)).toEqual(before)
    })

  it('starts with what is intact when the advice is followed', async () => {
    const directory = await craftedStore()
    await damages['a changed byte in a batch that was acknowledged as a whole']?.damage(directory)
    const error = (await open(directory).catch((thrown: unknown) => thrown)) as Error
    const bytes = Number(/truncate -s (\d+)/.exec(error.message)?.[1])
    await truncate(join(directory, last), bytes)
    expect(await contents(await open(directory))).toEqual(documentsUpTo(7))
  })

  const recovered = (directory: string) =>
    recover({ directory, files, log: silentLog, place: () => ({ position: '', entries: {} }) }).then(
      ({ collections }) => collections.get('notes')?.size,
      (error: unknown) => (isFreedaError(error, 'FREEDA_STORAGE_DAMAGED') ? 'refused' : error),
    )

  it('notices one flipped bit at every byte of journals and snapshot but of the end that a crash may cut', async () => {
    const directory = await craftedStore()
    for (const name of ['db.json', 'journal.1.jsonl', last]) {
      const path = join(directory, name)
      const intact = await readFile(path)
      for (let at = 0; at < intact.length; at++) {
        const flipped = Buffer.from(intact)
        flipped[at] = flipped[at]! ^ (1 << ((at * 7) % 8))
        await writeFile(path, flipped)
        expect(await recovered(directory), `${name}, byte ${at}`).toBe('refused')
      }
      await writeFile(path, intact)
    }
    expect(await recovered(directory)).toBe(9)
  })
})

describe('the end of the last journal', () => {
  it('may be cut at every byte of the last line: exactly what is before it is there, and work goes on', async () => {
    const directory = await craftedStore()
    const path = join(directory, last)
    const intact = await readFile(path)
    const lastLineAt = intact.lastIndexOf('\n', -2) + 1
    for (let size = lastLineAt; size <= intact.length; size++) {
      await writeFile(path, intact.subarray(0, size))
      const expected = size === intact.length ? 9 : 8
      const opened = await open(directory)
      expect(await contents(opened), `${size} bytes`).toEqual(documentsUpTo(expected))
      const warnings = opened.logged.filter((line) => line.startsWith('warn'))
      expect(warnings).toHaveLength(size === lastLineAt || size === intact.length ? 0 : 1)
      await opened.driver.close()
      await craftAgain(directory)
    }
  })

  const craftAgain = async (directory: string) => {
    const again = await bytesIn(await craftedStore())
    for (const [name, bytes] of Object.entries(again))
      await writeFile(join(directory, name), Buffer.from(bytes, 'latin1'))
  }

  const ends: Record<string, { tail: string; documents: number }> = {
    'NUL bytes up to its end': { tail: '\0'.repeat(300), documents: 7 },
    'a line and NUL bytes up to its end': { tail: commit(8) + '\0'.repeat(300), documents: 8 },
    'half of a batch': { tail: commit(8) + commit(9, 8).slice(0, 50), documents: 8 },
  }
  for (const [name, { tail, documents }] of Object.entries(ends))
    it(`may be ${name}`, async () => {
      const directory = await craftedStore()
      await writeFile(join(directory, last), header(2, 6) + commit(7) + tail)
      expect(await contents(await open(directory))).toEqual(documentsUpTo(documents))
    })

  it('may be a batch of which a block was never written, with intact lines behind the hole', async () => {
    const directory = await craftedStore()
    const start = header(2, 6) + commit(7)
    const hole = 1024 - start.length
    const lost = commit(8)
    expect(lost.length).toBeLessThan(hole)
    // The hole ends where a sector does; the rest of a line follows, then another line of the same batch.
    await writeFile(join(directory, last), `${start}${'\0'.repeat(hole)}${lost.slice(20)}${commit(9, 8)}`)
    const opened = await open(directory)
    expect(await contents(opened)).toEqual(documentsUpTo(7))
    await opened.notes.put('d8', { text: 'again' })
    await opened.driver.close()
    expect(await contents(await open(directory))).toEqual({ ...documentsUpTo(7), d8: '1 again' })
  })

  for (const [name, text] of Object.entries({ empty: '', 'an unfinished header': header(2, 6).slice(0, 40) }))
    it(`may be ${name}: a crash came when it was made`, async () => {
      const directory = await craftedStore()
      await writeFile(join(directory, last), text)
      const opened = await open(directory)
      expect(await contents(opened)).toEqual(documentsUpTo(6))
      await opened.notes.create({ text: 'more' }, { id: 'more' })
      expect(await linesIn(directory, last)).toHaveLength(2)
    })
})
