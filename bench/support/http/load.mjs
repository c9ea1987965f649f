/** Generates load with autocannon as its parent says. */
import { peer } from '../peers.mjs'

const autocannon = peer('autocannon')

process.on('message', async (options) => {
  const result = await autocannon(options)
  process.send({
    perSecond: result.requests.total / result.duration,
    total: result.requests.total,
    p50: result.latency.p50,
    p99: result.latency.p99,
    bad: result.errors + result.timeouts + result.non2xx + result.mismatches,
    statuses: result.statusCodeStats,
  })
})
