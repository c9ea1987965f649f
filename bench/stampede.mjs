/**
 * Loads for 1,000 concurrent misses of one key on 4 instances of an app: one.
 *
 * Each instance is a process; all share one Redis. Ten rounds with a fresh key each; the worst one counts.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startRedis } from './support/redis-server.mjs'
import { median, report } from './support/report.mjs'

const instances = 4
const misses = 1_000
const loadMs = 100
const worker = fileURLToPath(new URL('./support/stampede-worker.mjs', import.meta.url))
const server = await startRedis()
const children = Array.from({ length: instances }, () => fork(worker, [server.url]))
try {
  await Promise.all(children.map((child) => once(child, 'message')))
  const found = []
  for (let round = 0; round < 10; round++) {
    const answers = children.map((child) => once(child, 'message').then(([answer]) => answer))
    for (const child of children) child.send({ key: `key-${round}`, count: misses / instances, loadMs })
    const all = await Promise.all(answers)
    if (!all.every(({ right }) => right)) throw new Error('somebody got a wrong value')
    found.push({
      loads: all.reduce((sum, { loads }) => sum + loads, 0),
      ms: Math.max(...all.map(({ ms }) => ms)),
    })
  }
  report({
    name: `loads for ${misses} misses on ${instances} instances, worst of ${found.length} rounds`,
    value: Math.max(...found.map(({ loads }) => loads)),
    against: misses,
    reach: { max: 1 },
  })
  report({
    name: 'until the last of them has its value',
    value: median(found.map(({ ms }) => ms)),
    unit: 'ms',
    against: loadMs,
  })
  for (const child of children) child.send({ stop: true })
  await Promise.all(children.map((child) => once(child, 'exit')))
} finally {
  for (const child of children) child.kill('SIGKILL')
  server.stop()
}
