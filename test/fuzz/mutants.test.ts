import { describe, expect, it } from 'vitest'
import { searchConcurrent } from './concurrent.ts'
import { search } from './differential.ts'
import { mutants } from './mutants.ts'
import { racingMutants } from './racing-mutants.ts'
import { memoryStore } from './stores.ts'

/** Fixed, so that a run says the same tomorrow. */
const seed = 20_261_125

describe('the differential fuzzer', () => {
  for (const [fault, mutate] of Object.entries(mutants))
    it(`catches a driver that ${fault}, by a small history`, async () => {
      const stores = { reference: memoryStore(), tested: memoryStore(mutate) }
      const found = await search(stores, { runs: 1000, seed })
      expect(found).toBeDefined()
      expect(found!.steps.length).toBeLessThanOrEqual(12)
      expect(found!.report).toContain(`it('replays what seed ${seed} found'`)
    })
})

describe('the search in concurrent histories', () => {
  for (const [fault, mutate] of Object.entries(racingMutants))
    it(`catches a driver that ${fault}, by a few calls`, async () => {
      const found = await searchConcurrent(memoryStore(mutate), { runs: 500, seed })
      expect(found).toBeDefined()
      expect(found!.calls).toBeLessThanOrEqual(12)
      expect(found!.report).toContain('no order explains')
    })

  it('catches nothing in a driver that is right', async () => {
    expect(await searchConcurrent(memoryStore(), { runs: 300, seed })).toBeUndefined()
  })

  it('catches what comes one after the other, too', async () => {
    const versions = mutants['counts versions from 0']!
    expect(await searchConcurrent(memoryStore(versions), { runs: 20, seed })).toBeDefined()
  })
})
