import type { StorageDriver } from '@freeda/runtime'
import { memoryDriver } from '@freeda/runtime/driver'
import { storageConformance } from '@freeda/runtime/testing'
import { describe, expect, it } from 'vitest'
import { mutants, mutantsForConformance } from './mutants.ts'
import { racingMutants } from './racing-mutants.ts'

/** Cases until one fails; its name. */
async function caughtBy(create: () => StorageDriver): Promise<string | undefined> {
  for (const { name, skip, run } of storageConformance({
    create: () => ({ driver: create() }),
    capabilities: { reopen: false },
  }))
    if (skip === undefined)
      try {
        await run()
      } catch {
        return name
      }
  return undefined
}

describe('the conformance suite catches a driver that', () => {
  for (const [fault, mutate] of Object.entries({ ...mutants, ...racingMutants, ...mutantsForConformance }))
    it(fault, async () => {
      expect(await caughtBy(() => mutate(memoryDriver()))).toEqual(expect.any(String))
    })

  it('does nothing wrong: never', async () => {
    expect(await caughtBy(memoryDriver)).toBeUndefined()
  })
})
