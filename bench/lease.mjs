/**
 * From kill -9 of the instance that runs a schedule until another one takes its run over, against the lease.
 *
 * Three processes on one DynamoDB; each round kills the one that runs, at a random moment of its lease. Then what schedules cost
 * three instances that do nothing else, in request units. `-- lease 50` makes 50 rounds.
 */
import { fork } from 'node:child_process'
import { definePlugin, schedule, start } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { startFaultProxy } from '../packages/storage-dynamodb/test/fault-proxy.ts'
import { freshTable, startDynamo } from '../packages/storage-dynamodb/test/start-dynamo.ts'
import { median, report } from './support/report.mjs'

const rounds = Number(process.argv[2] ?? 12)
const leaseMs = 3_000
const instances = 3
const worker = fileURLToPath(new URL('./support/lease-worker.mjs', import.meta.url))

const dynamo = await startDynamo()
try {
  await measureTakeOver()
  await measureCost()
} finally {
  await dynamo.stop()
}

async function measureTakeOver() {
  const table = freshTable()
  const children = new Set()
  let heard = () => undefined

  /** Resolves with the first child that says so from now on. */
  const next = (what) =>
    new Promise((resolve) => {
      heard = (child, message) => {
        if (message[what] === true) resolve(child)
      }
    })

  const join = () =>
    new Promise((resolve, reject) => {
      const child = fork(worker, [table, dynamo.endpoint, String(leaseMs)])
      children.add(child)
      child.once('exit', () => {
        children.delete(child)
        reject(new Error('an instance ended before it was ready'))
      })
      child.on('message', (message) => {
        if (message.ready === true) resolve()
        heard(child, message)
      })
    })

  try {
    const first = next('began')
    for (let i = 0; i < instances; i++) await join()
    let running = await first
    const found = []
    for (let round = 0; round < rounds; round++) {
      // All of them watch by then.
      await sleep(leaseMs * (1 + Math.random()))
      const taken = next('tookOver')
      const killedMs = performance.now()
      running.kill('SIGKILL')
      await taken
      found.push(performance.now() - killedMs)
      const begun = next('began')
      await join()
      running = await begun
    }
    const figures = { unit: 'ms', against: leaseMs }
    report({
      name: `taken over after kill -9, median of ${rounds}`,
      value: median(found),
      ...figures,
      ratio: median(found) / leaseMs,
    })
    report({
      name: `taken over after kill -9, worst of ${rounds}`,
      value: Math.max(...found),
      ...figures,
      ratio: Math.max(...found) / leaseMs,
      reach: { max: 1.5 },
    })
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

/** What a slot costs all instances together; between slots there is nothing to count. */
async function measureCost() {
  const table = freshTable()
  const slots = 20
  let ran = 0
  const proxies = []
  const apps = []
  for (let i = 0; i < instances; i++) {
    const proxy = await startFaultProxy(dynamo.endpoint, { isMeasuring: true })
    const ticking = definePlugin({
      name: 'ticking',
      freeda: '^1.0.0',
      schedules: { tick: schedule({ everyMs: 1_000 }) },
      setup: ({ schedules }) => schedules.tick.run(() => void ran++),
    })
    const plugins = [dynamodb({ table, endpoint: proxy.endpoint }), ticking()]
    proxies.push(proxy)
    apps.push(
      await start({ config: { server: { port: 0 }, log: { level: 'silent' }, plugins }, signals: false }),
    )
  }
  const sum = (kind) => proxies.reduce((all, { units }) => all + units[kind], 0)
  const until = async (count) => {
    while (ran < count) await sleep(10)
    // The others look, too.
    await sleep(500)
  }
  await until(2)
  const before = { ran, read: sum('read'), write: sum('write') }
  await until(before.ran + slots)
  const slotsAnHour = 12
  for (const kind of ['read', 'write'])
    report({
      name: `${kind} units an hour: ${instances} instances, a slot every 5 minutes`,
      value: ((sum(kind) - before[kind]) / (ran - before.ran)) * slotsAnHour,
    })
  await Promise.all(apps.map((app) => app.stop()))
  await Promise.all(proxies.map((proxy) => proxy.close()))
}
