import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDynamo, type Dynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { contentsOf, deskProject, dynamoEnd, fill, openDynamo, openJson, putNote } from '../migration/desk.ts'
import { copyBegan, startFreeda } from '../migration/migrate-process.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await startDynamo()
})
afterAll(() => dynamo.stop())

it('goes on after Ctrl-C with the same command, and loses nothing', async () => {
  const { folder, run } = deskProject()
  await fill(await openJson(folder), 3000)
  const before = await contentsOf(await openJson(folder))
  const table = `freeda-${randomUUID()}`
  const args = ['migrate', '--to', dynamoEnd(table, dynamo.endpoint), '--lanes', '1']

  const first = startFreeda(folder, args)
  // With one lane, copying takes a second or more.
  await copyBegan(folder, first)
  first.kill('SIGINT')
  const { code, stdout, stderr } = await first.ended
  expect({ code, stderr }).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('Stopping in order; once more stops at once.'),
  })
  // Nobody can draw there: no line is written over.
  expect(stderr).not.toContain('\r')
  expect(stdout).toContain('Interrupted. The same command goes on from here: freeda migrate')
  const [work] = readdirSync(join(folder, '.freeda')).filter((name) => name.startsWith('migration-'))
  expect(readdirSync(join(folder, '.freeda', work!))).toContain('checkpoint.json')

  const second = run([...args, '--json'])
  expect(second.status).toBe(0)
  const report = JSON.parse(second.stdout)
  expect(report).toMatchObject({ outcome: 'done', resumed: true, verified: { same: 3029, extra: 0 } })
  expect(report.counts.written + report.counts.present).toBe(3029)
  expect(await contentsOf(await openDynamo(table, dynamo.endpoint))).toEqual(before)
  expect(run(args)).toMatchObject({ status: 3, stderr: expect.stringContaining('documents already') })
})

it('overwrites nothing that was written at the target after an interruption, and names it', async () => {
  const { folder, run } = deskProject()
  await fill(await openJson(folder), 3000)
  const table = `freeda-${randomUUID()}`
  const args = ['migrate', '--to', dynamoEnd(table, dynamo.endpoint), '--lanes', '1']
  const first = startFreeda(folder, args)
  await copyBegan(folder, first)
  first.kill('SIGKILL')
  await first.ended
  await putNote(await openDynamo(table, dynamo.endpoint), 'n2999')
  const second = run(args)
  expect(second.status).toBe(4)
  expect(second.stderr).toContain('notes/n2999: another document is at the target')
  const copied = await contentsOf(await openDynamo(table, dynamo.endpoint))
  expect(copied).toHaveProperty(['notes/n2999', 'value', 'text'], 'mine')
  expect(run([...args, '--conflict', 'source'])).toMatchObject({ status: 0 })
})

it('does not go on when the source has changed meanwhile, and brings the rest when told', async () => {
  const { folder, run } = deskProject()
  await fill(await openJson(folder), 3000)
  const table = `freeda-${randomUUID()}`
  const args = ['migrate', '--to', dynamoEnd(table, dynamo.endpoint), '--lanes', '1']
  const first = startFreeda(folder, args)
  await copyBegan(folder, first)
  first.kill('SIGKILL')
  await first.ended
  await putNote(await openJson(folder), 'n1')
  expect(run(args)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('the source has changed since'),
  })
  expect(run([...args, '--restart', '--non-empty', '--conflict', 'newest'])).toMatchObject({ status: 0 })
  const copied = await contentsOf(await openDynamo(table, dynamo.endpoint))
  expect(copied).toEqual(await contentsOf(await openJson(folder)))
  expect(copied).toHaveProperty(['notes/n1', 'value', 'text'], 'mine')
})

it('makes no backup file when it is stopped while it writes one', async () => {
  const { folder } = deskProject()
  await fill(await openJson(folder), 3000)
  const backup = startFreeda(folder, ['backup', 'b.ndjson.gz'])
  await backup.said('Backing up')
  backup.kill('SIGTERM')
  const { code } = await backup.ended
  // It may have been done before the signal came.
  if (code === 0) expect(existsSync(join(folder, 'b.ndjson.gz'))).toBe(true)
  else {
    expect(code).toBe(5)
    expect(readdirSync(folder).filter((name) => name.includes('ndjson'))).toEqual([])
  }
})
