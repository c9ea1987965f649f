/**
 * Hits of a cache a second of CPU time: in memory against bare lru-cache, over Redis against the bare client.
 *
 * Both sides hold the same values under the same keys, with the same kind of limits, and are awaited. Over Redis both decode
 * the JSON that they get. They take turns; a figure is the median over the rounds.
 */
import { redis } from '@freeda/cache-redis'
import { createClient } from '@redis/client'
import { LRUCache } from 'lru-cache'
import { cachedApp } from './support/cached-app.mjs'
import { startRedis } from './support/redis-server.mjs'
import { median, report } from './support/report.mjs'

const keys = Array.from({ length: 1_000 }, (_, at) => `ticket-${at}`)
const valueOf = (at) => ({
  id: at,
  subject: `It smokes, ${at}`,
  status: 'open',
  tags: ['a', 'b'],
  weight: at / 7,
})
const ttlMs = 600_000
const rounds = 15

/** Reads a second of CPU time of this process, `inFlight` at a time: other processes of the machine do not count. */
async function rate(read, count, inFlight) {
  const began = process.cpuUsage()
  const lanes = Array.from({ length: inFlight }, async (_, lane) => {
    for (let at = lane; at < count; at += inFlight)
      if ((await read(keys[at % keys.length])) === undefined) throw new Error('a miss')
  })
  await Promise.all(lanes)
  const { user, system } = process.cpuUsage(began)
  return (count / (user + system)) * 1e6
}

async function compare(name, ours, bare, options) {
  const { count, inFlight, reach } = { reach: { min: 0.9 }, ...options }
  const sides = [ours, bare].map((read) => ({ read, rates: [] }))
  for (let round = -3; round < rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const found = await rate(side.read, count, inFlight)
      if (round >= 0) side.rates.push(found)
    }
  const [value, against] = sides.map(({ rates }) => median(rates))
  report({ name, value, unit: 'hits/s of CPU', against, ratio: value / against, reach })
}

const memory = await cachedApp()
const lru = new LRUCache({ maxSize: 33_554_432 })
for (const [at, key] of keys.entries()) {
  await memory.cache.set(key, valueOf(at), { ttlMs })
  lru.set(key, valueOf(at), { ttl: ttlMs, size: 300 })
}
const miss = () => {
  throw new Error('loaded')
}
await compare(
  'get in memory, against lru-cache',
  (key) => memory.cache.get(key),
  async (key) => lru.get(key),
  {
    count: 500_000,
    inFlight: 1,
  },
)
await compare(
  'remember in memory, against lru-cache with ??=',
  (key) => memory.cache.remember(key, ttlMs, miss),
  async (key) => lru.get(key) ?? miss(),
  { count: 500_000, inFlight: 1 },
)
await memory.app.stop()

const server = await startRedis()
// Its own time limit, of five seconds, makes an abort signal for each call; the second one goes without, as Freeda does.
const client = createClient({ url: server.url })
const bareClients = {
  'the bare client': client,
  'the bare client without its time limit': createClient({ url: server.url, commandOptions: { timeout: 0 } }),
}
try {
  for (const bare of Object.values(bareClients)) await bare.connect()
  const shared = await cachedApp([redis({ url: server.url, timeLimitMs: 5_000 })])
  for (const [at, key] of keys.entries()) {
    await shared.cache.set(key, valueOf(at), { ttlMs })
    await client.set(`bare:${key}`, JSON.stringify(valueOf(at)), { expiration: { type: 'PX', value: ttlMs } })
  }
  for (const inFlight of [1, 64])
    for (const [name, bare] of Object.entries(bareClients))
      await compare(
        `get over Redis, ${inFlight} in flight, against ${name}`,
        (key) => shared.cache.get(key),
        async (key) => JSON.parse(await bare.get(`bare:${key}`)),
        {
          count: inFlight === 1 ? 5_000 : 30_000,
          inFlight,
          // What is demanded is the client as it comes. The other shows what time limit, circuit and freezing cost.
          ...(bare === client ? {} : { reach: undefined }),
        },
      )
  await shared.app.stop()
} finally {
  for (const bare of Object.values(bareClients)) bare.destroy()
  server.stop()
}
