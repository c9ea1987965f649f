import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStorage } from '@freeda/runtime/driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDynamo, type Dynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { contentsOf, deskProject, dynamoEnd, fill, notes, openDynamo, openJson, users } from './desk.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await startDynamo()
})
afterAll(() => dynamo.stop())

const put = async (
  driver: Awaited<ReturnType<typeof openJson>>,
  collection: object,
  id: string,
  value: object,
) => {
  const storage = openStorage(driver)
  await storage.collection(collection as typeof notes).put(id, value)
  await storage.close()
}

describe('freeda migrate', () => {
  it('moves everything to DynamoDB and back, the same to the last digit, and reads it back', async () => {
    const { folder, run } = deskProject()
    await fill(await openJson(folder), 600)
    const to = dynamoEnd(`freeda-${randomUUID()}`, dynamo.endpoint)
    const there = run(['migrate', '--to', to, '--json'])
    expect(there).toMatchObject({ status: 0 })
    const report = JSON.parse(there.stdout)
    expect(report).toMatchObject({
      outcome: 'done',
      documents: 629,
      counts: { written: 629, kept: 0 },
      verified: { same: 629, extra: 0 },
      backup: { documents: 629 },
    })
    expect(JSON.parse(readFileSync(report.file, 'utf8'))).toMatchObject({ outcome: 'done' })
    expect(run(['migrate', '--from', to, '--to', 'json:./copy'])).toMatchObject({ status: 0 })
    const before = await contentsOf(await openJson(folder))
    expect(Object.keys(before)).toHaveLength(629)
    expect(await contentsOf(await openJson(folder, 'copy'))).toEqual(before)

    // Whoever did not see its end, and runs it again, is told that it was done.
    const again = run(['migrate', '--to', to])
    expect(again).toMatchObject({ status: 3, stderr: expect.stringContaining('documents already') })
    expect(again.stderr.replaceAll(/\s+/g, ' ')).toContain(
      `This move was done before, as ${report.file} says.`,
    )
  })

  it('tells in a dry run what there is and what it costs, and writes nothing', async () => {
    const { folder, run } = deskProject()
    await fill(await openJson(folder), 100)
    const before = readdirSync(folder)
    const to = dynamoEnd('freeda-never-made', 'http://127.0.0.1:9')
    const { status, stdout } = run(['migrate', '--to', to, '--dry-run'])
    expect(status).toBe(0)
    expect(stdout).toContain('129 documents')
    expect(stdout).toMatch(/notes: 108 documents, [\d.]+ kB/)
    expect(stdout).toMatch(
      /Estimate: [\d,]+ write units and [\d,]+ read units, about \$0\.00 on demand in us-east-1/,
    )
    expect(readdirSync(folder)).toEqual(before)
  })

  it('refuses a target with documents, and adds to it when told, leaving and listing what differs', async () => {
    const { folder, run } = deskProject()
    await fill(await openJson(folder), 10)
    await put(await openJson(folder, 'other'), notes, 'n3', { text: 'mine' })
    await put(await openJson(folder, 'other'), users, 'me', { email: 'u5@example.com' })
    const refused = run(['migrate', '--to', 'json:./other'])
    expect(refused).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('there are documents already'),
    })
    expect(refused.stderr).not.toContain('done before')
    expect(Object.keys(await contentsOf(await openJson(folder, 'other')))).toHaveLength(2)

    const kept = run(['migrate', '--to', 'json:./other', '--non-empty'])
    expect(kept.status).toBe(4)
    expect(kept.stderr).toContain('notes/n3: another document is at the target')
    expect(kept.stderr).toContain(
      'users/u5: is not at the target, or another document has its unique value there.',
    )
    expect(await contentsOf(await openJson(folder, 'other'))).toMatchObject({
      'notes/n3': { value: { text: 'mine' } },
      'notes/n4': { version: 1 },
      'users/me': {},
    })

    await put(await openJson(folder, 'other'), users, 'me', { email: 'me@example.com' })
    const taken = run(['migrate', '--to', 'json:./other', '--non-empty', '--conflict', 'source', '--json'])
    expect(JSON.parse(taken.stdout)).toMatchObject({
      outcome: 'done',
      counts: { written: 2, replaced: 1 },
      verified: { same: 39, extra: 1 },
    })
    expect(taken.status).toBe(0)
  })

  it('refuses a source that a running process holds, and says so', async () => {
    const { folder, run } = deskProject()
    const driver = await openJson(folder)
    const { status, stderr } = run(['migrate', '--to', 'json:./copy'])
    await driver.close()
    expect(status).toBe(3)
    expect(stderr).toContain(`in use by process ${process.pid}. Stop that process`)
    expect(existsSync(join(folder, 'copy'))).toBe(false)
  })

  it('refuses collections that no plugin declares, unless it is told to carry or to skip them', async () => {
    const { folder, run, write } = deskProject()
    await fill(await openJson(folder), 5)
    const whole = readFileSync(join(folder, 'freeda.config.ts'), 'utf8')
    write({ 'freeda.config.ts': whole.replace(/ {4}sessions: .*\n/, '') })
    expect(run(['migrate', '--to', 'json:./a'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining(
        'sessions: no plugin of the config declares this collection; it has 2 documents.',
      ),
    })
    expect(run(['migrate', '--to', 'json:./b', '--undeclared', 'carry'])).toMatchObject({ status: 0 })
    expect(await contentsOf(await openJson(folder, 'b'))).toHaveProperty('sessions/lasting')
    const skipped = run(['migrate', '--to', 'json:./c', '--undeclared', 'skip'])
    expect(skipped).toMatchObject({ status: 0, stdout: expect.stringMatching(/\(\d left out\)/) })
    expect(await contentsOf(await openJson(folder, 'c'))).not.toHaveProperty('sessions/lasting')
  })

  it('refuses an empty source, a folder that is not there, and one store as both ends', () => {
    const { folder, run } = deskProject()
    expect(run(['migrate', '--from', 'json:./dta', '--to', 'json:./copy'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('it does not exist'),
    })
    expect(existsSync(join(folder, 'dta'))).toBe(false)
    expect(run(['migrate', '--from', 'json:./data', '--to', 'config'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('source and target at once'),
    })
  })

  it('says what to install, what an option must be, and what it did not understand', () => {
    const { run } = deskProject()
    expect(run(['migrate', '--to', 'acme-store:{}'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('npm install acme-store'),
    })
    expect(run(['migrate', '--to', 'dynamodb'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('table: expected string'),
    })
    expect(run(['migrate', '--to', 'acme:x'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('must be JSON'),
    })
  })
})

describe('an old JSON file', () => {
  const old = {
    t1: { id: 't1', email: 'a@example.com', age: 3 },
    t2: { email: 'b@example.com', version: 9 },
  }

  it('becomes the documents of a collection, with its keys as ids', async () => {
    const { folder, run, write } = deskProject()
    write({ 'users.json': JSON.stringify(old, undefined, 2) })
    const result = run(['migrate', '--from', 'file:users.json#users'])
    expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('Copied: 2 documents') })
    expect(await contentsOf(await openJson(folder))).toEqual({
      'users/t1': { version: 1, value: { email: 'a@example.com', age: 3 } },
      'users/t2': { version: 1, value: { email: 'b@example.com' } },
    })
  })

  it('is refused with every invalid document, unless they are to be left out', async () => {
    const { folder, run, write } = deskProject()
    const bad = { ...old, t3: { email: 7 }, t4: [], t5: { id: 'other', email: 'c@example.com' }, '': {} }
    write({ 'users.json': JSON.stringify(bad).replace(/\}$/, ',"t1":{"email":"twice@example.com"}}') })
    for (const more of [['--dry-run'], []]) {
      const { status, stderr } = run(['migrate', '--from', 'file:users.json#users', ...more])
      expect(status).toBe(3)
      expect(stderr).toContain('5 documents not valid')
      for (const each of [
        'users/t3',
        'users/t4: is not an object',
        'users/t5: id:',
        'users/: its id',
        'users/t1: is there twice',
      ])
        expect(stderr).toContain(each)
    }
    expect(run(['migrate', '--from', 'file:users.json#users', '--invalid', 'skip'])).toMatchObject({
      status: 0,
    })
    expect(Object.keys(await contentsOf(await openJson(folder)))).toEqual(['users/t1', 'users/t2'])
  })

  it('is refused when it is no such file, with the place', () => {
    const { run, write } = deskProject()
    write({ 'users.json': '{"a":{"email":"x"}' })
    expect(run(['migrate', '--from', 'file:users.json#users'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('ends, at byte 18'),
    })
    expect(run(['migrate', '--from', 'file:users.json#nope']).stderr).toContain(
      'Declared are: notes, users, sessions.',
    )
  })
})

describe('freeda backup and freeda restore', () => {
  it('keep and bring back everything, on either store', async () => {
    const { folder, run } = deskProject()
    await fill(await openJson(folder), 50)
    const before = await contentsOf(await openJson(folder))
    for (const name of ['desk.ndjson.gz', 'desk.ndjson'])
      expect(run(['backup', name])).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('79 documents, read back'),
      })
    expect(readFileSync(join(folder, 'desk.ndjson'), 'utf8').split('\n')[0]).toContain(
      '{"freeda":"backup","format":1',
    )

    const table = `freeda-${randomUUID()}`
    expect(run(['restore', 'desk.ndjson.gz', '--to', dynamoEnd(table, dynamo.endpoint)])).toMatchObject({
      status: 0,
    })
    expect(await contentsOf(await openDynamo(table, dynamo.endpoint))).toEqual(before)
    expect(run(['restore', 'desk.ndjson'], { DATA_DIR: './restored' })).toMatchObject({ status: 0 })
    expect(await contentsOf(await openJson(folder, 'restored'))).toEqual(before)
  })

  it('do not replace a file, nor write over a store, unless told', async () => {
    const { folder, run } = deskProject()
    await fill(await openJson(folder), 5)
    expect(run(['backup', 'b.ndjson.gz'])).toMatchObject({ status: 0 })
    expect(run(['backup', 'b.ndjson.gz'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--force'),
    })
    expect(run(['backup', 'b.ndjson.gz', '--force'])).toMatchObject({ status: 0 })
    expect(run(['restore', 'b.ndjson.gz'])).toMatchObject({ status: 3 })
    expect(run(['restore', 'b.ndjson.gz', '--non-empty'])).toMatchObject({ status: 0 })
  })

  it('refuse a damaged backup with its line, and write nothing of it', async () => {
    const { folder, run } = deskProject()
    await fill(await openJson(folder), 20)
    run(['backup', 'b.ndjson.gz'])
    const whole = readFileSync(join(folder, 'b.ndjson.gz'))
    writeFileSync(join(folder, 'b.ndjson.gz'), whole.subarray(0, whole.length - 100))
    expect(run(['restore', 'b.ndjson.gz', '--to', 'json:./restored'])).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/line \d+ cannot be unpacked/),
    })
    expect(existsSync(join(folder, 'restored'))).toBe(false)
  })
})
