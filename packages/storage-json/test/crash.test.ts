import { describe, expect, it } from 'vitest'
import { crashRounds } from './children/crash-rounds.ts'
import { freshFolder } from './support.ts'

describe('a process that is killed again and again', () => {
  for (const durability of ['disk', 'process'] as const)
    it(`loses no acknowledged write and leaves no half transaction, with durability "${durability}"`, async () => {
      const round = crashRounds({
        directory: await freshFolder(),
        lanes: 8,
        snapshotMinBytes: 20_000,
        durability,
      })
      let acknowledged = 0
      for (let n = 0; n < 6; n++) {
        const killWhile = (['writing', 'snapshot', 'opening'] as const)[n % 3]!
        const [fromMs, toMs] = { writing: [0, 150], snapshot: [0, 0], opening: [100, 250] }[killWhile] as [
          number,
          number,
        ]
        const killAfterMs = fromMs + Math.random() * (toMs - fromMs)
        const result = await round({ killAfterMs, killWhile })
        expect(result).toMatchObject({ losses: [], refusal: undefined })
        acknowledged += result.acknowledged
      }
      expect(acknowledged).toBeGreaterThan(0)
    }, 60_000)
})
