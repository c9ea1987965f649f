import { storageConformance } from '@freeda/runtime/testing'
import { describe, it } from 'vitest'
import { openMyThing } from '../src/index.ts'

// With `reopen` the suite also looks whether documents outlive the driver.
const suite = storageConformance({
  capabilities: { reopen: false },
  create: async () => {
    const driver = openMyThing()
    return { driver, dispose: () => driver.close() }
  },
})

describe.each(suite)('$group', ({ name, run, skip }) => {
  it.skipIf(skip !== undefined)(name, run)
})
