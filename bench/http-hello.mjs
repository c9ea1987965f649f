/** Requests a second of a hello route with the defaults off, against bare koa with @koa/router; others beside. */
import { inTurn, ratioOf } from './support/http/compare.mjs'
import { startServer } from './support/http/pinned.mjs'
import { installPeers, peerVersion } from './support/peers.mjs'
import { report } from './support/report.mjs'

installPeers()
const names = ['freeda', 'koa', 'node', 'fastify', 'express', 'hono']
const servers = Object.fromEntries(names.map((name) => [name, ['hello', { args: [name] }]]))

for (const [name, options] of Object.entries(servers)) {
  const server = await startServer(...options)
  const response = await fetch(`http://127.0.0.1:${server.port}/`)
  const answer = [response.status, response.headers.get('content-type')?.split(';')[0], await response.text()]
  await server.stop()
  if (JSON.stringify(answer) !== JSON.stringify([200, 'application/json', '{"hello":"world"}']))
    throw new Error(`${name} answers ${JSON.stringify(answer)}`)
}

const { freeda, koa, ...others } = await inTurn(servers, () => ({ requests: [{ path: '/' }] }))
const figures = (one) => ({
  value: freeda.perSecond,
  against: one.perSecond,
  ratio: ratioOf(freeda, one),
  cpuUs: freeda.cpuUs,
  againstCpuUs: one.cpuUs,
  cpuRatio: one.cpuUs / freeda.cpuUs,
})
report({ name: 'http-hello: against koa', unit: 'requests/s', ...figures(koa), reach: { min: 0.95 } })
for (const [name, one] of Object.entries(others))
  report({
    name: `http-hello: against ${name}${name === 'node' ? ':http' : ` ${peerVersion(name)}`}`,
    unit: 'requests/s',
    ...figures(one),
  })
