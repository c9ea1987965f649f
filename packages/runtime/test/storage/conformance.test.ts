import { describe, expect, it } from 'vitest'
import { memoryDriver } from '../../src/storage/memory-driver.ts'
import { storageConformance } from '../../src/testing/storage-conformance.ts'

const suite = storageConformance({
  create() {
    const driver = memoryDriver()
    // It keeps everything for as long as it is referenced, so that opening it anew is finding it again.
    return { driver, reopen: async () => driver }
  },
})

describe('the memory driver', () => {
  for (const group of new Set(suite.map((each) => each.group)))
    describe(group, () => {
      for (const { name, run } of suite.filter((each) => each.group === group)) it(name, run)
    })
})

describe('the conformance suite', () => {
  it('names every case once', () => {
    const names = suite.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })

  it('skips only what a driver declares missing, and says so', () => {
    expect(suite.filter(({ skip }) => skip !== undefined)).toEqual([])
    const less = storageConformance({
      create: () => ({ driver: memoryDriver() }),
      capabilities: { reopen: false, transactions: false },
    })
    const reasons = new Set(less.map(({ skip }) => skip))
    expect(reasons).toEqual(
      new Set([undefined, 'the driver declares reopen: false', 'the driver declares transactions: false']),
    )
  })

  it('removes every store, also when a case fails', async () => {
    let disposed = 0
    const broken = storageConformance({
      create: () => ({
        driver: { ...memoryDriver(), read: () => Promise.reject(new Error('broken')) },
        dispose: async () => void disposed++,
      }),
    })
    const results = await Promise.allSettled(broken.slice(0, 5).map(({ run }) => run()))
    expect(results.some(({ status }) => status === 'rejected')).toBe(true)
    expect(disposed).toBe(5)
  })
})
