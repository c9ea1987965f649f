/** The plugin that provides the app's store. */
import { definePlugin, StorageDriver } from '@freeda/runtime'
import { openMyThing } from './driver.ts'

export const myThing = definePlugin({
  name: 'my-thing',
  freeda: '^1.0.0',
  provides: { storage: StorageDriver },
  setup({ health, onStop }) {
    const driver = openMyThing()
    onStop(() => driver.close())
    health.ready('storage', ({ signal }) => driver.health({ nowMs: Date.now(), signal }))
    return { storage: driver }
  },
})
