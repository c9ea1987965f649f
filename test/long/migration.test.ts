import { randomUUID } from 'node:crypto'
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
    longestMs *= 1.15
  }
  return startFreeda(folder, args).ended
}

/** One that was killed when all was done, and could not say so, is told by the next. */
const wasDone: Ended = expect.toSatisfy(
  ({ code, stdout, stderr }: Ended) =>
    (code === 0 && stdout.includes('Done in')) ||
    (code === 3 && stderr.includes('This move was done before, as ')),
  'to come to its end',
)

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
    expect(there).toEqual(wasDone)
    expect(await contentsOf(await openDynamo(table, dynamo.endpoint))).toEqual(before)

    const back = await killedAgainAndAgain(
      folder,
      ['migrate', '--from', dynamoStore, '--to', 'json:./copy'],
      { kills: 12, withinMs: 800 },
    )
    expect(back).toEqual(wasDone)
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
  expect(end).toEqual(wasDone)
  expect(await contentsOf(await openJson(folder, 'copy'))).toEqual(before)
})
