/**
 * Requests a second with everything on that production needs, against Fastify with the same features.
 * First both sides are asked the same questions and their answers compared; then load, in turn.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inTurn, ratioOf } from './support/http/compare.mjs'
import { startServer } from './support/http/pinned.mjs'
import { installPeers, peerVersion } from './support/peers.mjs'
import { report } from './support/report.mjs'

installPeers()
const folder = await mkdtemp(join(tmpdir(), 'freeda-bench-'))
const servers = {
  freeda: ['freeda-production', { log: join(folder, 'freeda.log') }],
  fastify: ['fastify-production', { log: join(folder, 'fastify.log') }],
}
/** What is measured beside: Fastify's log lines halved and written in batches, as Freeda's are. */
const beside = {
  'fastify-lean': ['fastify-production', { args: ['lean'], log: join(folder, 'fastify-lean.log') }],
}
const origin = 'https://app.example.com'
const item = { name: 'A chair', price: 40, tags: ['home', 'wood'] }
const json = (body) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', origin },
  body: JSON.stringify(body),
})
const get = { headers: { origin } }

/**
 * What is asked of both sides: name, path, what `fetch` takes.
 * @type {[string, string, RequestInit][]}
 */
const questions = [
  ['get', '/items/1', get],
  ['own request id', '/items/1', { headers: { origin, 'x-request-id': 'mine-1' } }],
  ['another origin', '/items/1', { headers: { origin: 'https://evil.example' } }],
  ['missing', '/items/999', get],
  ['too long an id', `/items/${'x'.repeat(50)}`, get],
  ['no route', '/nowhere', get],
  ['post', '/items', json(item)],
  ['invalid body', '/items', json({ ...item, price: -1 })],
  ['malformed body', '/items', { ...json(item), body: '{"name":' }],
  [
    'poisoned body',
    '/items',
    { ...json(item), body: '{"__proto__":{"x":1},"name":"a","price":1,"tags":[]}' },
  ],
  ['large body', '/items', json({ ...item, name: 'x'.repeat(1_100_000) })],
  [
    'preflight',
    '/items',
    { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } },
  ],
]

/** Headers that both sides must send, whatever is asked. */
const security = [
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
]

/** What a client can see of an answer. */
async function answerOf(port, path, init) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
  const text = await response.text()
  const header = (name) => response.headers.get(name)
  return {
    status: response.status,
    security: security.filter((name) => header(name) !== null).length,
    requestId:
      header('x-request-id') === 'mine-1' ? 'given' : header('x-request-id') === null ? 'none' : 'made',
    cors: header('access-control-allow-origin'),
    exposed: header('access-control-expose-headers') !== null,
    vary: (header('vary') ?? '').toLowerCase().includes('origin'),
    etag: header('etag') !== null,
    length: header('content-length') !== null || response.status === 204,
    body: response.ok ? text : undefined,
  }
}

/** Lines of the log that tell of a request's end, and what the metrics counted. */
async function traces(name, port, token) {
  const lines = (await readFile(join(folder, `${name}.log`), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const metrics = await (
    await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  ).text()
  return {
    logged:
      lines.filter(
        (line) => (line.status ?? line.res?.statusCode) === 200 && (line.durationMs ?? line.responseTime) > 0,
      ).length > 0,
    loggedIds: lines.some((line) => (line.requestId ?? line.reqId) === 'mine-1'),
    counted: /_count\{[^}]*route="\/items\/:id"[^}]*\} [1-9]/.test(metrics),
    buckets:
      (metrics.match(/_bucket\{[^}]*method="GET"[^}]*route="\/items\/:id"[^}]*status(?:_code)?="2/g) ?? [])
        .length > 5,
    process: metrics.includes('process_resident_memory_bytes') && /eventloop|event_loop/.test(metrics),
  }
}

const forgiven = {
  // Both refuse; Fastify says 400 for every invalid body, Freeda 422 for one that is JSON (RFC 9110, 15.5.21).
  status: (a, b) => a >= 400 && a < 500 && b >= 400 && b < 500,
  // @fastify/cors sends `Access-Control-Expose-Headers` also to origins and preflights that may read nothing.
  exposed: (_a, _b, name) => name === 'preflight' || name === 'another origin',
}

async function compareFeatures() {
  const seen = {}
  for (const [name, options] of Object.entries(servers)) {
    const server = await startServer(...options)
    try {
      const answers = {}
      for (const [question, path, init] of questions)
        answers[question] = await answerOf(server.port, path, init)
      await server.usage()
      seen[name] = { answers, server }
      await new Promise((resolve) => setTimeout(resolve, 200)) // Lines are written in batches.
      seen[name].traces = await traces(name, server.port, 'a-token-of-the-benchmark')
    } finally {
      await server.stop()
    }
  }
  const differences = []
  for (const [question] of questions) {
    const [a, b] = [seen.freeda.answers[question], seen.fastify.answers[question]]
    const same = Object.keys(a).filter((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]))
    const other = Object.keys(a).filter((key) => !same.includes(key))
    const bad = other.filter((key) => forgiven[key]?.(a[key], b[key], question) !== true)
    console.log(
      JSON.stringify({
        name: `http-production: same answer: ${question}`,
        same: same.filter((key) => a[key] !== undefined && key !== 'body'),
        ...Object.fromEntries(other.map((key) => [key, { freeda: a[key], fastify: b[key] }])),
      }),
    )
    differences.push(
      ...bad.map((key) => `${question}: ${key}: ${JSON.stringify(a[key])} / ${JSON.stringify(b[key])}`),
    )
  }
  console.log(
    JSON.stringify({
      name: 'http-production: same traces',
      freeda: seen.freeda.traces,
      fastify: seen.fastify.traces,
    }),
  )
  for (const [key, value] of Object.entries(seen.freeda.traces))
    if (!value || !seen.fastify.traces[key])
      differences.push(`${key}: ${value} / ${seen.fastify.traces[key]}`)
  if (differences.length > 0) {
    console.error(`The two sides do not do the same:\n  ${differences.join('\n  ')}`)
    process.exitCode = 1
  }
}

const loads = {
  'GET /items/:id': { path: '/items/1', ...get },
  'POST /items': { path: '/items', ...json(item) },
}

try {
  await compareFeatures()
  for (const [name, request] of Object.entries(loads)) {
    const { freeda, fastify, ...others } = await inTurn({ ...servers, ...beside }, () => ({
      requests: [request],
    }))
    report({
      name: `http-production: ${name}`,
      unit: 'requests/s',
      value: freeda.perSecond,
      against: fastify.perSecond,
      ratio: ratioOf(freeda, fastify),
      cpuUs: freeda.cpuUs,
      againstCpuUs: fastify.cpuUs,
      cpuRatio: fastify.cpuUs / freeda.cpuUs,
      peer: `fastify ${peerVersion('fastify')}`,
      reach: { min: 1.3 },
    })
    const lean = others['fastify-lean']
    report({
      name: `http-production: ${name}, Fastify with one batched log line a request`,
      unit: 'requests/s',
      value: freeda.perSecond,
      against: lean.perSecond,
      ratio: ratioOf(freeda, lean),
      cpuRatio: lean.cpuUs / freeda.cpuUs,
    })
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
