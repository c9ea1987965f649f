import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storageConformance } from '@freeda/runtime/testing'
import { describe, it } from 'vitest'
import { openJsonDriver } from '../src/index.ts'

for (const snapshots of ['rare', 'all the time'])
  describe(`the json driver, with snapshots ${snapshots}`, () => {
    const suite = storageConformance({
      async create({ collections, clock }) {
        const directory = await mkdtemp(join(tmpdir(), 'freeda json '))
        const tuning = snapshots === 'rare' ? {} : { snapshotMinBytes: 1 }
        const open = () => openJsonDriver({ directory, collections, clock, tuning })
        return { driver: await open(), reopen: open, dispose: () => rm(directory, { recursive: true }) }
      },
    })
    for (const group of new Set(suite.map((each) => each.group)))
      describe(group, () => {
        for (const { name, skip, run } of suite.filter((each) => each.group === group))
          it.skipIf(skip !== undefined)(name, run)
      })
  })
