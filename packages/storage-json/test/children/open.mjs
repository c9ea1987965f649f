/** Opens a folder when it is told to, says how that went, and closes it when its stdin ends. Runs on the built package. */
import { once } from 'node:events'
import { openJsonDriver } from '@freeda/storage-json'

console.log('ready')
await once(process.stdin, 'data')
try {
  const driver = await openJsonDriver({ directory: process.argv[2] })
  console.log('open')
  await once(process.stdin.resume(), 'end')
  await driver.close()
} catch (error) {
  console.log(error.code)
  process.exit()
}
