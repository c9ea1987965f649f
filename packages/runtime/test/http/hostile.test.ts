import { describe, expect, it } from 'vitest'
import { startTarget } from './hostile/app.ts'
import { attacks } from './hostile/attacks.ts'
import { randomAttacks } from './hostile/random-attacks.ts'
import { siege } from './hostile/siege.ts'

/** Another seed every day, in every run of it the same; test/long/hostile.test.ts tries many. */
const seed = Math.floor(Date.now() / 86_400_000)

describe('hostile requests', () => {
  it('of every known kind are refused, change nothing and stop nobody else', async () => {
    const target = await startTarget()
    expect(await siege(target, attacks)).toEqual([])
    // Rejects when a request is still under way.
    await target.app.stop()
  })

  it(`by chance (seed ${seed}) do no more harm`, async () => {
    const target = await startTarget()
    expect(await siege(target, randomAttacks(seed, 400))).toEqual([])
    await target.app.stop()
  })
})
