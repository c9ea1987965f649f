import { describe, expect, it } from 'vitest'
import { crashRounds } from './children/crash-rounds.ts'
import { freshFolder } from './support.ts'

/** Random moments, so that no two runs kill at the same. What must have happened before is waited for by the round itself. */
const killWindows = { writing: [0, 150], snapshot: [0, 0], opening: [100, 250], opened: [0, 60] } as const

describe('a process that is killed again and again', () => {
  for (const durability of ['disk', 'process'] as const)
    it(`loses no acknowledged write and leaves no half transaction, with durability "${durability}"`, async () => {
      const round = crashRounds({
        directory: await freshFolder(),
        lanes: 8,
        snapshotMinBytes: 20_000,
        durability,
      })
      for (let n = 0; n < 7; n++) {
        const killWhile = (['writing', 'snapshot', 'opening', 'opened'] as const)[n % 4]!
        const [fromMs, toMs] = killWindows[killWhile]
        const killAfterMs = fromMs + Math.random() * (toMs - fromMs)
        const result = await round({ killAfterMs, killWhile })
        expect(result).toMatchObject({ losses: [], refusal: undefined })
        if (killWhile === 'writing') expect(result.acknowledged).toBeGreaterThan(0)
      }
    }, 60_000)
})
