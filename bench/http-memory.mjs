/** Memory that stays: resident bytes after 1,000,000 requests (BENCH_REQUESTS) against after 10,000. */
import { startLoad, startServer } from './support/http/pinned.mjs'
import { installPeers } from './support/peers.mjs'
import { report } from './support/report.mjs'

installPeers()
const [few, many] = [10_000, Number(process.env['BENCH_REQUESTS'] ?? 1_000_000)]
const item = JSON.stringify({ name: 'A chair', price: 40, tags: ['home', 'wood'] })
const post = { method: 'POST', path: '/items', headers: { 'content-type': 'application/json' }, body: item }
// What a client makes up must not stay either: paths, ids, methods, origins.
const strange = Array.from({ length: 200 }, (_, i) => ({
  path: `/nowhere-${i}/${'x'.repeat(i)}?q=${i}`,
  headers: { 'x-request-id': `strange-${i}`, origin: `https://o${i}.example` },
}))
const requests = [
  ...Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? post : { path: `/items/${(i % 9) + 1}` })),
  ...strange,
]

/**
 * V8 lets its young generation grow from 1 to 32 MiB twice as more survives, in every server and within minutes of load.
 * That is what most of the growth without the flag is; the heap in use stays the same.
 */
const capped = ['--max-semi-space-size=8']

async function grow(name, execArgv) {
  const server = await startServer(name, { log: '/dev/null', execArgv })
  const load = startLoad()
  const send = (amount) =>
    load.run({ url: `http://127.0.0.1:${server.port}`, connections: 64, amount, requests })
  try {
    await send(few)
    const before = await server.usage(true)
    await send(many - few)
    return { before, after: await server.usage(true) }
  } finally {
    load.stop()
    await server.stop()
  }
}

const cases = [
  ['freeda-production', capped, many >= 1_000_000 ? { max: 1.1 } : undefined],
  ['freeda-production', [], undefined],
  ['fastify-production', [], undefined],
]
for (const [name, execArgv, reach] of cases) {
  const { before, after } = await grow(name, execArgv)
  report({
    name: `http-memory: ${[name, ...execArgv].join(' ')}, after ${many} requests against after ${few}`,
    unit: 'bytes resident',
    value: after.rssBytes,
    against: before.rssBytes,
    ratio: after.rssBytes / before.rssBytes,
    heapUsed: after.heapUsedBytes,
    heapUsedBefore: before.heapUsedBytes,
    reach,
  })
}
