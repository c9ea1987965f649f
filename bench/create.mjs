/**
 * Time of a whole `npm create` without installing: create-freeda against create-vite and create-hono. In turn A B C A B C; medians.
 * They come from a registry on loopback and a warm cache, so the network plays no part;
 * but for create-hono, which fetches its template from GitHub: where that cannot be reached it is left out, and that is said. Beside it the programs alone, and the size of the package.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPeers } from './support/peers.mjs'
import { serveRegistry } from './support/registry.mjs'
import { median, report } from './support/report.mjs'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 11)
const root = fileURLToPath(new URL('..', import.meta.url))
const peers = join(root, 'bench/peers/node_modules')

/** The program of a package. */
function programOf(folder) {
  const { name, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[name])
}

const programs = {
  'create-freeda': {
    folder: join(root, 'packages/create-freeda'),
    args: ['my-app', '--yes', '--no-install', '--no-git'],
  },
  'create-vite': {
    folder: join(peers, 'create-vite'),
    args: ['my-app', '--template', 'vanilla-ts', '--no-interactive'],
  },
  'create-hono': {
    folder: join(peers, 'create-hono'),
    args: ['my-app', '--template', 'nodejs', '--pm', 'npm'],
  },
}

const scratch = mkdtempSync(join(tmpdir(), 'freeda-bench-'))
const npm = { ...process.env, npm_config_cache: join(scratch, 'cache'), npm_config_update_notifier: 'false' }

function pack({ folder }) {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ filename, version, integrity }] = JSON.parse(output)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { version, integrity, manifest, tarball: join(scratch, filename) }
}

/** Milliseconds of a run that made something, or why there is none. */
async function run(command, args) {
  const cwd = mkdtempSync(join(scratch, 'run-'))
  const startedAt = performance.now()
  // Where it has no flag for that, packages are declined.
  const child = spawn(command, args, { cwd, env: npm, stdio: ['pipe', 'ignore', 'pipe'], timeout: 60_000 })
  child.stdin.on('error', () => undefined).end('n\n')
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [status] = await once(child, 'close')
  const ms = performance.now() - startedAt
  const failed = status !== 0 || readdirSync(cwd).length === 0
  return failed ? { failure: /^.*Error.*$/m.exec(stderr)?.[0] ?? `exit code ${status}` } : { ms }
}

/** The two ways, by name: as a user does, and the program alone. */
const ways = {
  'npm create': (name, { args }) =>
    run('npm', [
      'create',
      '--yes',
      `${name.slice('create-'.length)}@latest`,
      args[0],
      '--',
      ...args.slice(1),
    ]),
  'the program alone': (_, program) => run(process.execPath, [programOf(program.folder), ...program.args]),
}

let registry
try {
  installPeers()
  const packed = Object.entries(programs).map(([name, program]) => [name, pack(program)])
  registry = await serveRegistry(Object.fromEntries(packed))
  npm.npm_config_registry = registry.url
  for (const [way, start] of Object.entries(ways)) await compare(way, start)
} finally {
  registry?.close()
  rmSync(scratch, { recursive: true, force: true })
}

async function compare(way, start) {
  const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
  const failures = {}
  // The first round fills the cache.
  for (let round = -1; round < rounds; round++)
    for (const [name, program] of Object.entries(programs)) {
      if (failures[name] !== undefined) continue
      const { ms, failure } = await start(name, program)
      if (failure !== undefined) failures[name] = failure
      else if (round >= 0) times[name].push(ms)
    }
  if (failures['create-freeda'] !== undefined) throw new Error(failures['create-freeda'])
  const own = median(times['create-freeda'])
  for (const against of ['create-vite', 'create-hono'])
    if (failures[against] !== undefined)
      console.error(`${against} made nothing here, so there is nothing to compare with: ${failures[against]}`)
    else {
      const other = median(times[against])
      const reach = way === 'npm create' ? { reach: { max: 1.2 } } : {}
      report({ name: `${way}, ms`, value: own, against, other, ratio: own / other, ...reach })
    }
}

const [{ size }] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json'], {
    cwd: programs['create-freeda'].folder,
    encoding: 'utf8',
  }),
)
report({ name: 'create-freeda packed, MB', value: size / 1e6, reach: { max: 0.5 } })
