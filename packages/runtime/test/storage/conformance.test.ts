import { describe, expect, it } from 'vitest'
import { memoryDriver } from '../../src/storage/memory-driver.ts'
import { storageConformance } from '../../src/testing/storage-conformance.ts'

const suite = storageConformance({
  create: () => ({ driver: memoryDriver() }),
  capabilities: { reopen: false },
})

describe('the memory driver', () => {
  for (const group of new Set(suite.map((each) => each.group)))
    describe(group, () => {
      for (const { name, skip, run } of suite.filter((each) => each.group === group))
        it.skipIf(skip !== undefined)(name, run)
    })
})

describe('the conformance suite', () => {
  it('names every case once', () => {
    const names = suite.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })

  it('skips what a driver declares missing, and says so', () => {
    const skipped = suite.filter(({ skip }) => skip !== undefined)
    expect(skipped.length).toBeGreaterThan(0)
    for (const { skip } of skipped) expect(skip).toBe('the driver declares reopen: false')
  })
})
