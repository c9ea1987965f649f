/**
 * Time from spawn to the first 200, of support-desk from its sources against a bare node:http server. In turn A B A B; medians.
 * The config is TypeScript, loaded as `freeda start` does; a built app has a benchmark of its own.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bareServer, compareFirst200 } from './support/first-200.mjs'
import { median, report } from './support/report.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const data = await mkdtemp(join(tmpdir(), 'freeda-bench-'))
const desk = {
  args: [join(root, 'packages/runtime/bin/freeda.js'), 'start'],
  cwd: join(root, 'examples/support-desk'),
  path: '/health/ready',
  env: { DATA_DIR: data, NODE_ENV: 'development' },
}
try {
  const spent = await compareFirst200({ node: bareServer, desk }, Number(process.env['BENCH_ROUNDS'] ?? 15))
  const [value, against] = [spent.desk, spent.node].map((all) => median(all.map(({ ms }) => ms)))
  report({ name: 'boot: support-desk', unit: 'ms', value, against, ratio: value / against })
} finally {
  await rm(data, { recursive: true })
}
