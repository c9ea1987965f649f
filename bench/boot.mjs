/**
 * Time from spawn to the first 200, of support-desk against a bare node:http server. In turn A B A B; medians.
 * The config is TypeScript, loaded as `freeda start` does; a built app has a benchmark of its own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, report } from './support/report.mjs'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 15)
const root = fileURLToPath(new URL('..', import.meta.url))
const bare = `require('node:http').createServer((_, res) => res.end('ok')).listen(process.env.PORT, '127.0.0.1')`

/** What is measured, by name: how to start it, and the path that answers 200. */
const servers = {
  node: { args: ['-e', bare], cwd: root, path: '/' },
  'support-desk': {
    args: [join(root, 'packages/runtime/bin/freeda.js'), 'start'],
    cwd: join(root, 'examples/support-desk'),
    path: '/health/ready',
  },
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Asks until it is answered; a refused connection takes far less than a millisecond. */
const answers = (port, path) =>
  new Promise((resolve) => {
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
      .on('error', () => setTimeout(resolve, 1, false))
      .end()
  })

async function spawnToFirst200({ args, cwd, path }) {
  const port = await freePort()
  const data = await mkdtemp(join(tmpdir(), 'freeda-bench-'))
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, PORT: String(port), DATA_DIR: data, NODE_ENV: 'development' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  while (!(await answers(port, path))) if (child.exitCode !== null) throw new Error('The server ended.')
  const ms = performance.now() - startedAt
  child.kill('SIGKILL')
  await exited
  await rm(data, { recursive: true })
  return ms
}

const times = Object.fromEntries(Object.keys(servers).map((name) => [name, []]))
for (let round = 0; round <= rounds; round++)
  for (const [name, server] of Object.entries(servers)) {
    const ms = await spawnToFirst200(server)
    if (round > 0) times[name].push(ms) // The first round warms the file cache.
  }
report({
  name: 'boot: support-desk',
  unit: 'ms',
  value: median(times['support-desk']),
  against: median(times.node),
  ratio: median(times['support-desk']) / median(times.node),
})
