/**
 * Jobs a second, added and done: Freeda on JSON and on DynamoDB (dynoxide) against BullMQ on Redis.
 *
 * What each guarantees once `add` has resolved is not the same, and each figure says it. Redis runs twice: with every write
 * synced to the disk, which is what Freeda's stores do, and with nothing on the disk, which loses all when it ends. All sides
 * validate nothing but what they must, and a job does nothing. They take turns; a figure is the median over the rounds.
 */
import { startDynamo } from '../packages/storage-dynamodb/test/start-dynamo.ts'
import { bullmqOn, freedaOnDynamo, freedaOnJson } from './support/queue-sides.mjs'
import { startRedis } from './support/redis-server.mjs'
import { median, report } from './support/report.mjs'

const count = Number(process.argv[2] ?? 2_000)
const inFlight = 64
const concurrency = 50
const rounds = 5
const turns = 100

const dynamo = await startDynamo()
const durable = await startRedis({ isKept: true })
const fleeting = await startRedis()

const sides = {
  'Freeda on JSON': { make: freedaOnJson, keeps: 'synced to the disk' },
  'Freeda on DynamoDB': {
    make: () => freedaOnDynamo(dynamo.endpoint),
    keeps: 'as the table keeps it; dynoxide: in memory',
  },
  'BullMQ, synced': { make: () => bullmqOn(durable.url), keeps: 'synced to the disk' },
  BullMQ: { make: () => bullmqOn(fleeting.url), keeps: 'in the memory of one Redis' },
}

/** Jobs a second: of `add`, awaited; then of being done, from the first to the last, by a worker that finds them there. */
async function throughput({ open, end }) {
  const adding = await open()
  const beganMs = performance.now()
  await Promise.all(
    Array.from({ length: inFlight }, async (_, lane) => {
      for (let n = lane; n < count; n += inFlight) await adding.add({ to: 'ada@example.org', n })
    }),
  )
  const added = count / (performance.now() - beganMs)
  await adding.close()
  const seen = new Set()
  let finish
  const all = new Promise((resolve) => (finish = resolve))
  let firstMs
  const working = await open(({ n }) => {
    firstMs ??= performance.now()
    seen.add(n)
    if (seen.size === count) finish()
  }, concurrency)
  await all
  const done = count / (performance.now() - firstMs)
  await working.close()
  end()
  return { added: added * 1_000, done: done * 1_000 }
}

/** Milliseconds from `add` to the handler, one job after the other. */
async function latency({ open, end }) {
  let arrived
  const working = await open(() => arrived(), concurrency)
  const waits = []
  for (let n = 0; n < turns; n++) {
    const handled = new Promise((resolve) => (arrived = resolve))
    const beganMs = performance.now()
    await Promise.all([working.add({ to: 'ada@example.org', n }), handled])
    waits.push(performance.now() - beganMs)
  }
  await working.close()
  end()
  return median(waits)
}

const found = Object.fromEntries(Object.keys(sides).map((name) => [name, { added: [], done: [], waits: [] }]))
try {
  for (let round = 0; round < rounds; round++)
    for (const [name, { make }] of Object.entries(sides)) {
      const { added, done } = await throughput(make())
      found[name].added.push(added)
      found[name].done.push(done)
      found[name].waits.push(await latency(make()))
    }
} finally {
  await dynamo.stop()
  for (const redis of [durable, fleeting]) redis.stop()
}

const figures = [
  ['added', 'jobs/s added', 'jobs/s'],
  ['done', 'jobs/s done', 'jobs/s'],
  ['waits', 'from add to the handler', 'ms'],
]
for (const [key, title, unit] of figures)
  for (const [name, { keeps }] of Object.entries(sides)) {
    const value = median(found[name][key])
    const against = median(found['BullMQ, synced'][key])
    report({ name: `${title}: ${name}`, value, unit, against, ratio: value / against, keeps })
  }
