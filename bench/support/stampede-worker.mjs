/** One instance of an app: asks for a key many times at once when it is told to, and says what came of it. */
import { setTimeout as delay } from 'node:timers/promises'
import { redis } from '@freeda/cache-redis'
import { cachedApp } from './cached-app.mjs'

const [url] = process.argv.slice(2)
const { cache, app } = await cachedApp([redis({ url, timeLimitMs: 5_000 })])
let loads = 0
const load = async (ms) => {
  loads++
  await delay(ms)
  return { made: 'once' }
}

process.on('message', async ({ key, count, loadMs, stop }) => {
  if (stop === true) {
    await app.stop()
    process.disconnect()
    return
  }
  loads = 0
  const beganAt = performance.now()
  const asked = Array.from({ length: count }, () => cache.remember(key, 60_000, () => load(loadMs)))
  const values = await Promise.all(asked)
  process.send({
    loads,
    ms: performance.now() - beganAt,
    right: values.every((value) => value.made === 'once'),
  })
})
process.send('ready')
