/** Latency with everything on that production needs, at half of the load that Fastify can take: beside Fastify's. */
import { pairs, seconds } from './support/http/compare.mjs'
import { startLoad, startServer } from './support/http/pinned.mjs'
import { installPeers } from './support/peers.mjs'
import { median, report } from './support/report.mjs'

installPeers()
const running = {
  freeda: await startServer('freeda-production', { log: '/dev/null' }),
  fastify: await startServer('fastify-production', { log: '/dev/null' }),
}
const load = startLoad()
const request = (name, options) =>
  load.run({
    url: `http://127.0.0.1:${running[name].port}`,
    connections: 32,
    duration: seconds,
    requests: [{ path: '/items/1' }],
    ...options,
  })

try {
  for (const name of Object.keys(running)) await request(name, { duration: 2 })
  const most = median(
    [await request('fastify'), await request('fastify'), await request('fastify')].map(
      (run) => run.perSecond,
    ),
  )
  const overallRate = Math.round(most / 2)
  const taken = { freeda: [], fastify: [] }
  for (let round = 0; round < pairs; round++)
    for (const name of Object.keys(running)) taken[name].push(await request(name, { overallRate }))
  for (const figure of ['p50', 'p99'])
    report({
      name: `http-latency: ${figure} at ${overallRate} requests/s`,
      unit: 'ms',
      value: median(taken.freeda.map((run) => run[figure])),
      against: median(taken.fastify.map((run) => run[figure])),
    })
} finally {
  load.stop()
  for (const server of Object.values(running)) await server.stop()
}
