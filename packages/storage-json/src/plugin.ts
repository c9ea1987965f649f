/** The plugin that provides the app's store. */
import { resolve } from 'node:path'
import { DeclaredCollections, definePlugin, optional, StorageDriver, StorageUse } from '@freeda/runtime'
import { z } from 'zod'
import { examineFolder } from './doctor.ts'
import { openJsonExport } from './export-driver.ts'
import { openJsonDriver } from './json-driver.ts'

const options = z.strictObject({
  /** The data folder, relative to the folder of the config file; made unless it is there. */
  directory: z.string().min(1).default('./data'),
  /**
   * When a write is acknowledged. `disk`: it survives a power cut. `process`: it survives the end of the process,
   * killed or not, but a power cut may take back the last ones.
   */
  durability: z.enum(['disk', 'process']).default('disk'),
})

/**
 * The embedded store, for development and for services on one machine: documents in memory, a journal and
 * readable snapshots on disk.
 */
export const json = definePlugin({
  name: 'storage-json',
  freeda: '^1.0.0',
  options,
  needs: { collections: DeclaredCollections, use: optional(StorageUse) },
  provides: { storage: StorageDriver },
  async setup({ options, directory, needs, health, log, onStop }) {
    const folder = resolve(directory, options.directory)
    const { collections } = needs
    const driver =
      // Its indexes are built whenever it is opened: there is nothing to reindex, and nothing to make for it.
      needs.use === 'export' || needs.use === 'reindex'
        ? await openJsonExport({ directory: folder, collections, log })
        : await openJsonDriver({ ...options, directory: folder, collections, log })
    onStop(() => driver.close())
    health.ready('storage', ({ signal }) => driver.health({ nowMs: Date.now(), signal }))
    return { storage: driver }
  },
  doctor: ({ options, directory, mode }) => examineFolder(resolve(directory, options.directory), mode),
})
