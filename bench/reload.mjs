/**
 * From a save to the first new answer: freeda dev against node --watch, tsx and fastify-cli. In turn; medians.
 * `node --watch` and tsx run the same app by `freeda start`; fastify-cli runs the like in Fastify. A pause between two
 * saves, as a person makes one, lets each get ready for the next.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { installPeers } from './support/peers.mjs'
import { median, report } from './support/report.mjs'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 15)
const pauseMs = 700
const patienceMs = 20_000
const root = fileURLToPath(new URL('..', import.meta.url))
const peers = fileURLToPath(new URL('peers/node_modules/', import.meta.url))
const freeda = join(root, 'packages/runtime/bin/freeda.js')

const plugin = (text) => `import { definePlugin } from '@freeda/runtime'
export default definePlugin({
  name: 'hello',
  freeda: '^1.0.0',
  setup({ router }) {
    router.get('/', (ctx) => {
      ctx.body = '${text}'
    })
  },
})
`
const config = `import { health } from '@freeda/health'
import { json } from '@freeda/storage-json'
import hello from './src/hello.ts'
export default ({ env }) => ({
  server: { port: env.port('PORT', 3000) },
  log: { level: 'warn' },
  plugins: [json({ directory: './data' }), health(), hello()],
})
`
const fastifyPlugin = (text) => `export default async function (app, options) {
  app.get('/hello', async () => '${text}')
}
`

const freedaApp = {
  files: { 'freeda.config.ts': config },
  changed: 'src/hello.ts',
  source: plugin,
  packages: root,
}
const servers = {
  'freeda dev': { ...freedaApp, args: [freeda, 'dev'] },
  'node --watch': { ...freedaApp, args: ['--watch', '--watch-preserve-output', freeda, 'start'] },
  tsx: {
    ...freedaApp,
    args: [join(peers, 'tsx/dist/cli.mjs'), 'watch', '--clear-screen=false', freeda, 'start'],
  },
  'fastify-cli': {
    files: {},
    changed: 'app.js',
    source: fastifyPlugin,
    packages: fileURLToPath(new URL('peers/', import.meta.url)),
    args: [join(peers, 'fastify-cli/cli.js'), 'start', '--watch', '--log-level', 'warn', 'app.js'],
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

/** The answer, or undefined; a refused connection takes far less than a millisecond. */
const ask = (port) =>
  new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path: '/hello', agent: false }, (response) => {
      let body = ''
      response
        .setEncoding('utf8')
        .on('data', (text) => (body += text))
        .on('end', () => resolve(body))
        .on('error', () => resolve(undefined))
    })
    call.on('error', () => resolve(undefined)).end()
  })

async function answered(port, text) {
  const until = performance.now() + patienceMs
  while ((await ask(port)) !== text) {
    if (performance.now() > until) throw new Error(`No answer "${text}" on port ${port}.`)
    await wait(1)
  }
}

async function begin(name, { files, changed, source, packages, args }) {
  const folder = mkdtempSync(join(tmpdir(), 'freeda-bench-reload-'))
  mkdirSync(join(folder, 'src'))
  symlinkSync(join(packages, 'node_modules'), join(folder, 'node_modules'))
  const all = { 'package.json': '{ "type": "module" }', ...files, [changed]: source('start') }
  for (const [file, content] of Object.entries(all)) writeFileSync(join(folder, file), content)
  const port = await freePort()
  const { NODE_ENV: _, ...environment } = process.env
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...environment, PORT: String(port), FASTIFY_PORT: String(port), FASTIFY_ADDRESS: '127.0.0.1' },
    stdio: ['ignore', process.env['BENCH_VERBOSE'] === undefined ? 'ignore' : 2, 'inherit'],
    detached: true,
  })
  await answered(port, 'start').catch((error) => {
    process.kill(-Number(child.pid), 'SIGKILL')
    throw new Error(`${name}: ${error.message}`)
  })
  return {
    async reload(text) {
      const beganAt = performance.now()
      writeFileSync(join(folder, changed), source(text))
      await answered(port, text)
      return performance.now() - beganAt
    },
    end() {
      process.kill(-Number(child.pid), 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

installPeers()
const running = {}
const times = {}
try {
  for (const [name, server] of Object.entries(servers)) running[name] = await begin(name, server)
  for (let round = 0; round <= rounds; round++)
    for (const name of Object.keys(servers)) {
      await wait(pauseMs)
      const ms = await running[name].reload(`round ${round}`)
      if (round > 0) (times[name] ??= []).push(ms) // The first round warms the file cache.
    }
} finally {
  for (const server of Object.values(running)) server.end()
}

const own = median(times['freeda dev'])
const peersMs = Object.entries(times).filter(([name]) => name !== 'freeda dev')
for (const [name, all] of peersMs)
  report({
    name: `reload: freeda dev against ${name}`,
    unit: 'ms',
    value: own,
    against: median(all),
    ratio: own / median(all),
    reach: { max: 1 },
  })
report({ name: 'reload: freeda dev', unit: 'ms', value: own, reach: { max: 250 } })
