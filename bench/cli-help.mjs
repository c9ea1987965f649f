/** Time of `freeda --help` against `node -e 0`. In turn A B A B; medians. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median, report } from './support/report.mjs'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 25)
const freeda = fileURLToPath(new URL('../packages/runtime/bin/freeda.js', import.meta.url))
const commands = {
  node: ['-e', '0'],
  '--help': [freeda, '--help'],
  'build --help': [freeda, 'build', '--help'],
}

function timeOf(args) {
  const startedAt = performance.now()
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}.`)
  return performance.now() - startedAt
}

const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]))
for (let round = 0; round <= rounds; round++)
  for (const [name, args] of Object.entries(commands)) {
    const ms = timeOf(args)
    if (round > 0) times[name].push(ms)
  }
for (const name of ['--help', 'build --help'])
  report({
    name: `cli-help: freeda ${name}`,
    unit: 'ms',
    value: median(times[name]),
    against: median(times.node),
    ratio: median(times[name]) / median(times.node),
    ...(name === '--help' && { reach: { max: 2 } }),
  })
