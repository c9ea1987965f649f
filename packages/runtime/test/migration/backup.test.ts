import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backupHeader } from '../../src/migration/backup-format.ts'
import { checkBackup, readBackup } from '../../src/migration/read-backup.ts'
import { canonicalJson, sealed, sealOf, setDigest, type SealedDocument } from '../../src/migration/seal.ts'
import { writeBackup } from '../../src/migration/write-backup.ts'
import type { JsonObject } from '../../src/storage.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const unwatched = { stage: () => ({ advance: () => {}, end: () => {} }) }

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

const write = (file: string, documents: readonly SealedDocument[]) =>
  writeBackup({
    file,
    header: backupHeader('desk', 'json'),
    documents: streamOf(documents),
    watch: unwatched,
  })

async function read(file: string): Promise<SealedDocument[]> {
  const documents: SealedDocument[] = []
  for await (const document of readBackup(file)) documents.push(document)
  return documents
}

const notes = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    sealed({ collection: n % 2 === 0 ? 'notes' : 'users', id: `n${n}`, version: n + 1, value: { n } }),
  )

it('brings back any document, packed or not', async () => {
  const folder = await temporaryFolder()
  const document = fc
    .record({
      collection: fc.stringMatching(/^[a-z][\w.-]{0,20}$/),
      id: fc.string({ unit: 'binary', minLength: 1 }),
      version: fc.integer({ min: 1 }),
      value: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue() as fc.Arbitrary<never>),
    })
    // As the codec has it: what JSON itself would change is never in a document.
    .map((each) => sealed(JSON.parse(JSON.stringify(each)) as SealedDocument))
  await fc.assert(
    fc.asyncProperty(fc.array(document), fc.constantFrom('b.ndjson', 'b.ndjson.gz'), async (all, name) => {
      const file = join(folder, name)
      expect(await write(file, all)).toMatchObject({ documents: all.length })
      expect(await read(file)).toEqual(all)
    }),
    { numRuns: 25 },
  )
})

it('has the same checksum for a document whose members come in another order, and another one for any change', () => {
  const value: JsonObject = { b: [1, { d: 'x', c: null }], a: 'é\u2028', 10: 1, 9: true }
  const turned: JsonObject = { a: 'é\u2028', 9: true, 10: 1, b: [1, { c: null, d: 'x' }] }
  expect(canonicalJson(value)).toBe('{"10":1,"9":true,"a":"é\u2028","b":[1,{"c":null,"d":"x"}]}')
  const document = { collection: 'c', id: 'i', version: 1, value }
  expect(sealOf({ ...document, value: turned })).toBe(sealOf(document))
  for (const changed of [{ collection: 'd' }, { id: 'j' }, { version: 2 }, { value: { ...value, a: 'e' } }])
    expect(sealOf({ ...document, ...changed })).not.toBe(sealOf(document))
})

it('tells sets of documents apart, whatever their order', () => {
  const digestOf = (documents: readonly SealedDocument[]) => {
    const digest = setDigest()
    for (const { sha256 } of documents) digest.add(sha256)
    return digest.text()
  }
  const all = notes(50)
  expect(digestOf(all.toReversed())).toBe(digestOf(all))
  expect(digestOf(all.slice(1))).not.toBe(digestOf(all))
  expect(digestOf([...all, all[0]!])).not.toBe(digestOf(all))
})

it('leaves no file, and no draft of one, when its documents cannot be read', async () => {
  const file = join(await temporaryFolder(), 'b.ndjson.gz')
  const failing = (async function* () {
    yield* notes(10)
    throw new Error('the store is gone')
  })()
  const options = { file, header: backupHeader('desk', 'json'), documents: failing, watch: unwatched }
  await expect(writeBackup(options)).rejects.toThrow('the store is gone')
  expect(existsSync(file)).toBe(false)
  expect(existsSync(`${file}.part`)).toBe(false)
})

it('is refused wherever it is damaged, with the line', async () => {
  const file = join(await temporaryFolder(), 'b.ndjson')
  await write(file, notes(40))
  const lines = readFileSync(file, 'utf8').split(/(?<=\n)/)
  const join_ = (change: (line: string, at: number) => string) => lines.map(change).join('')
  const trailer = lines.length - 1
  const damaged: readonly (readonly [content: string, line: number, reason: string])[] = [
    ['', 1, 'is missing: the file is empty'],
    [lines.slice(1).join(''), 1, 'is not the header'],
    [join_((line, at) => (at === 0 ? line.replace('"format":1', '"format":2') : line)), 1, 'says format 2'],
    [lines.slice(0, -1).join(''), 42, 'the file ends before its last line'],
    [lines.join('').slice(0, -1), 42, 'is cut off'],
    [join_((line, at) => (at === 4 ? line.replace('"n":3', '"n":4') : line)), 5, 'was changed'],
    [join_((line, at) => (at === 4 ? line.slice(3) : line)), 5, 'is not complete JSON'],
    [join_((line, at) => (at === 4 ? 'null\n' : line)), 5, 'is neither a document nor the end'],
    [join_((line, at) => (at === 4 ? '' : line)), 41, 'says that there are 40 documents; there are 39'],
    [join_((line, at) => (at === trailer ? line.replace('"notes":20', '"notes":21') : line)), 42, 'notes'],
    [[lines[0], lines[2], lines[1], ...lines.slice(3)].join(''), 42, 'lines were changed'],
    [lines.join('') + lines[1]!, 43, 'comes after the end'],
    [lines.join('') + '\n', 43, 'comes after the end'],
    [lines[0]! + 'x'.repeat(5 * 1024 * 1024), 2, 'is longer than any document can be'],
  ]
  for (const [content, line, reason] of damaged) {
    for (const bytes of [content, gzipSync(content)]) {
      writeFileSync(file, bytes)
      await expect(checkBackup(file)).rejects.toMatchObject({
        code: 'FREEDA_BACKUP_DAMAGED',
        data: { file, line, reason: expect.stringContaining(reason) },
      })
    }
  }
})

it('is refused when a byte of the packed file is changed or missing, wherever that is', async () => {
  const file = join(await temporaryFolder(), 'b.ndjson.gz')
  await write(file, notes(40))
  const whole = readFileSync(file)
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.boolean(), async (at, isCut) => {
      const damaged = isCut ? whole.subarray(0, at) : Buffer.from(whole)
      if (!isCut) damaged[at]! ^= 0x41
      writeFileSync(file, damaged)
      // A few bytes of gzip's own header mean nothing to what is in it: time, operating system, flags of compression.
      const outcome = await read(file).catch((error: unknown) => error)
      if (Array.isArray(outcome)) expect(outcome).toEqual(notes(40))
      else expect(outcome).toMatchObject({ code: 'FREEDA_BACKUP_DAMAGED' })
    }),
    { numRuns: 100 },
  )
})
