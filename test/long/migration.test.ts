import { randomUUID } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDynamo, type Dynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { contentsOf, deskProject, dynamoEnd, fill, openDynamo, openJson } from '../migration/desk.ts'
import { startFreeda, type Ended } from '../migration/migrate-process.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await startDynamo()
})
afterAll(() => dynamo.stop())

interface Killing {
  readonly kills: number
  /** The first kills come within so many milliseconds, later ones within more, so that it comes to its end. */
  readonly withinMs: number
}

/** Runs a command again and again, each time killed at a random moment, until it comes to its end. */
async function killedAgainAndAgain(
  folder: string,
  args: readonly string[],
  { kills, withinMs }: Killing,
): Promise<Ended> {
  let longestMs = withinMs
  for (let killed = 0; killed < kills; killed++) {
    const running = startFreeda(folder, args)
    const end = await Promise.race([running.ended, sleep(Math.random() * longestMs)])
    if (end !== undefined) {
      expect(killed).toBeGreaterThanOrEqual(3)
      return end
    }
    running.kill('SIGKILL')
    await running.ended
    // It may have come to its end without having said so. The next run would find a target that is not empty.
    if (isDone(folder, args)) return { ...(await running.ended), code: 0, stdout: 'Done in' }
    longestMs *= 1.15
  }
  return startFreeda(folder, args).ended
}

/** Whether the report of a whole move stands there, and no checkpoint that it could go on from. */
function isDone(folder: string, args: readonly string[]): boolean {
  const to = args[args.indexOf('--to') + 1]!
  const files = globSync('.freeda/*/{report-*,checkpoint}.json', { cwd: folder })
  if (files.some((file) => file.endsWith('checkpoint.json'))) return false
  return files.some((file) => {
    const report = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { outcome: string; to: string }
    return report.outcome === 'done' && report.to === to
  })
}

for (const round of [1, 2, 3])
  it(`loses and doubles nothing when it is killed at random moments, to DynamoDB and back (${round})`, async () => {
    const { folder } = deskProject()
    await fill(await openJson(folder), 20_000)
    const before = await contentsOf(await openJson(folder))
    const table = `freeda-${randomUUID()}`
    const dynamoStore = dynamoEnd(table, dynamo.endpoint)

    const there = await killedAgainAndAgain(folder, ['migrate', '--to', dynamoStore], {
      kills: 12,
      withinMs: 1500,
    })
    expect(there).toMatchObject({ code: 0, stdout: expect.stringContaining('Done in') })
    expect(await contentsOf(await openDynamo(table, dynamo.endpoint))).toEqual(before)

    const back = await killedAgainAndAgain(
      folder,
      ['migrate', '--from', dynamoStore, '--to', 'json:./copy'],
      { kills: 12, withinMs: 800 },
    )
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining('Done in') })
    expect(await contentsOf(await openJson(folder, 'copy'))).toEqual(before)
    expect(await contentsOf(await openJson(folder))).toEqual(before)
  })

it('restores all of a backup when it is killed at random moments', async () => {
  const { folder, run } = deskProject()
  await fill(await openJson(folder), 20_000)
  const before = await contentsOf(await openJson(folder))
  expect(run(['backup', 'b.ndjson.gz'])).toMatchObject({ status: 0 })
  const end = await killedAgainAndAgain(folder, ['restore', 'b.ndjson.gz', '--to', 'json:./copy'], {
    kills: 12,
    withinMs: 500,
  })
  expect(end).toMatchObject({ code: 0 })
  expect(await contentsOf(await openJson(folder, 'copy'))).toEqual(before)
})
