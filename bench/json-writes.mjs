/**
 * Durable writes a second of storage-json, at 1k, 10k and 100k documents, against itself and against plain lowdb.
 *
 * Each size has a process of its own. They take turns in short chunks of `create`, followed by deleting what was created
 * (its time counts, its writes do not), so that a store keeps its size; a chunk lasts until a snapshot that it started
 * is done. All go on until the largest store has gone through a whole cycle of growing its journal and taking a snapshot, so
 * that every size pays for its snapshots in full. Rates are totals over all chunks.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, report } from './support/report.mjs'

const sizes = [1_000, 10_000, 100_000]
const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'freeda-json-writes-'))
const worker = fileURLToPath(new URL('./support/json-writes-worker.mjs', import.meta.url))

const stores = sizes.map((size) => {
  const child = fork(worker, [join(root, String(size)), String(size)])
  const ask = (message) =>
    new Promise((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
      child.send(message)
    })
  return { size, ask, child }
})

/** Lets the stores take turns until the largest one has taken a snapshot in this mode; gives writes a second. */
async function rates(inFlight, chunk, minRounds) {
  const totals = stores.map(() => ({ ms: 0, writes: 0, snapshots: 0, maxStallMs: 0 }))
  for (let round = 0; round < minRounds || totals.at(-1).snapshots === 0; round++) {
    for (const [at, { ask }] of stores.entries()) {
      const { ms, snapshots, maxStallMs } = await ask({ run: { inFlight, count: chunk } })
      const total = totals[at]
      total.ms += ms
      total.writes += chunk
      total.snapshots += snapshots
      total.maxStallMs = Math.max(total.maxStallMs, maxStallMs)
    }
  }
  return totals.map((total) => ({ ...total, perSecond: (total.writes / total.ms) * 1000 }))
}

/** How long plain lowdb takes for one durable-looking write of a file with 100k documents, in milliseconds. */
const lowdbWriteMs = async () => median((await stores.at(-1).ask({ lowdb: { writes: 5 } })).ms)

try {
  for (const { ask } of stores) await ask({ fill: true })
  for (const [inFlight, chunk, name] of [
    [1, 1_000, 'one by one'],
    [64, 5_000, '64 in flight'],
  ]) {
    const results = await rates(inFlight, chunk, 10)
    for (const [at, { perSecond, snapshots, writes }] of results.entries())
      report({
        name: `durable creates, ${name}, ${sizes[at]} documents`,
        value: perSecond,
        unit: 'writes/s',
        against: results[0].perSecond,
        ratio: perSecond / results[0].perSecond,
        writes,
        snapshots,
        ...(sizes[at] === 100_000 ? { reach: { min: 0.8 } } : {}),
      })
    report({
      name: `event-loop stall, ${name}, 100000 documents, snapshots included`,
      value: results.at(-1).maxStallMs,
      unit: 'ms',
      reach: { max: 20 },
    })
    if (inFlight > 1) continue
    const against = 1000 / (await lowdbWriteMs())
    const value = results.at(-1).perSecond
    report({
      name: 'against plain lowdb write(), 100000 documents',
      value,
      unit: 'writes/s',
      against,
      ratio: value / against,
      reach: { min: 100 },
    })
  }
} finally {
  for (const { child } of stores) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
}
