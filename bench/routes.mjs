/** Requests a second of an app with 1,000 routes against one with 10, and the same for plain koa with @koa/router. */
import { inTurn, ratioOf } from './support/http/compare.mjs'
import { installPeers } from './support/peers.mjs'
import { report } from './support/report.mjs'

installPeers()
const counts = [10, 1_000]
const perPlugin = (count) => count / 10

/** Every plugin and every route gets its share, so that no place in the order is favoured. */
const spread = (count) =>
  Array.from({ length: 50 }, (_, i) => ({
    path: `/area${i % 10}/resource${Math.floor((i / 50) * perPlugin(count))}/${i}`,
  }))

for (const framework of ['freeda', 'koa']) {
  const servers = Object.fromEntries(
    counts.map((count) => [count, ['routes', { args: [framework, String(count)] }]]),
  )
  const taken = await inTurn(servers, (count) => ({ requests: spread(Number(count)) }))
  const [few, many] = counts.map((count) => taken[count])
  report({
    name: `routes: ${framework}, 1,000 against 10`,
    unit: 'requests/s',
    value: many.perSecond,
    against: few.perSecond,
    ratio: ratioOf(many, few),
    cpuUs: many.cpuUs,
    againstCpuUs: few.cpuUs,
    cpuRatio: few.cpuUs / many.cpuUs,
    ...(framework === 'freeda' ? { reach: { min: 0.9 } } : {}),
  })
}
