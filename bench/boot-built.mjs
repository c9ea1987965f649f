/**
 * Time from spawn to the first 200, of the built support-desk against a bare node:http server. In turn A B A B; medians. Compiled
 * code is there from a start before, as in an image that made it. Also its size, and its memory at rest beside a bare koa app's.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  bareServer,
  compareFirst200,
  freePort,
  residentBytes,
  spawnToFirst200,
} from './support/first-200.mjs'
import { median, report } from './support/report.mjs'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 15)
const root = fileURLToPath(new URL('..', import.meta.url))
const desk = join(root, 'examples/support-desk')
const freeda = join(root, 'packages/runtime/bin/freeda.js')
const folder = await mkdtemp(join(tmpdir(), 'freeda-bench-'))
const dist = join(folder, 'dist')
// koa is the runtime's, not the workspace's.
const require = createRequire(new URL('../packages/runtime/package.json', import.meta.url))

const built = (name, env = {}) => ({
  args: [join(dist, 'server.js')],
  cwd: folder,
  path: '/health/ready',
  env: {
    NODE_ENV: 'production',
    STAFF_TOKEN: 'a-token-for-benchmarks',
    DATA_DIR: join(folder, 'data'),
    NODE_COMPILE_CACHE: join(folder, `cache-${name}`),
    ...env,
  },
})

async function compare(name, server, max) {
  // Ends by itself, so that Node writes what it compiled.
  await spawnToFirst200(server, { signal: 'SIGTERM' })
  const spent = await compareFirst200({ bare: bareServer, app: server }, rounds)
  for (const [unit, key] of [
    ['ms', 'ms'],
    ['ms of CPU', 'cpuMs'],
  ]) {
    const [value, against] = [spent.app, spent.bare].map((all) => median(all.map((one) => one[key])))
    report({
      name: `boot-built: ${name}`,
      unit,
      value,
      against,
      ratio: value / against,
      ...(key === 'ms' && { reach: { max } }),
    })
  }
}

/** An emulator on this machine; undefined where it cannot be had. */
async function startDynamo() {
  let binary
  try {
    binary = join(dirname(require.resolve('@dynoxide/linux-x64/package.json')), 'dynoxide')
  } catch {
    return undefined
  }
  if (!existsSync(binary)) return undefined
  const port = await freePort()
  const child = spawn(binary, ['--port', String(port)], { stdio: 'ignore' })
  const endpoint = `http://127.0.0.1:${port}`
  while (
    !(await fetch(endpoint).then(
      () => true,
      () => false,
    ))
  )
    if (child.exitCode !== null) return undefined
  return { endpoint, stop: () => (child.kill('SIGKILL'), once(child, 'exit')) }
}

/** Memory after the first answers, at rest; the collector ran when it liked, so the median of some. */
async function residentAtRest(server) {
  const sizes = []
  for (let round = 0; round < 5; round++)
    await spawnToFirst200(server, {
      use: async ({ pid }) => {
        await new Promise((resolve) => setTimeout(resolve, 500))
        sizes.push(residentBytes(pid))
      },
    })
  return median(sizes)
}

try {
  execFileSync(process.execPath, [freeda, 'build', '--out', dist], {
    cwd: desk,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const chunks = (await readdir(join(dist, 'app'))).filter((name) => name.endsWith('.js'))
  const sizes = await Promise.all(chunks.map(async (name) => (await stat(join(dist, 'app', name))).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  report({
    name: 'boot-built: code of support-desk, both stores',
    unit: 'bytes',
    value: total,
    reach: { max: 3e6 },
  })

  const json = built('json')
  await compare('support-desk', json, 2.5)

  const dynamo = await startDynamo()
  if (dynamo === undefined) console.error('No emulator of DynamoDB here: that case is left out.')
  else {
    const env = {
      TABLE_NAME: 'desk',
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    }
    // Makes the table, which production only verifies.
    await spawnToFirst200(built('create', { ...env, NODE_ENV: 'development' }))
    await compare('support-desk on DynamoDB', built('dynamodb', env), 3.5)
    await dynamo.stop()
  }

  const koa = `const Koa = require('${require.resolve('koa')}'); new Koa().use((ctx) => { ctx.body = 'ok' }).listen(process.env.PORT, '127.0.0.1')`
  const value = await residentAtRest(json)
  const against = await residentAtRest({ args: ['-e', koa], path: '/', cwd: root })
  report({
    name: 'boot-built: memory at rest, against a bare koa app',
    unit: 'bytes',
    value,
    against,
    ratio: value / against,
  })
} finally {
  await rm(folder, { recursive: true, force: true })
}
