/**
 * Durable writes a second of storage-json, at 1k, 10k and 100k documents, against itself and against plain lowdb.
 *
 * Each size has a process of its own. They take turns in short chunks of `create`, followed by deleting what was created
 * (its time counts, its writes do not), so that a store keeps its size; a chunk goes on while a snapshot is written. All
 * go on until the largest store has gone through whole cycles of growing its journal and taking a snapshot, so that every
 * size pays for its snapshots in full. Rates are totals over all chunks. A stall is the longest turn of the event loop
 * in a chunk: the median over the chunks that had a snapshot, beside that over those that had none.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
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
  const exited = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`a worker ended with ${code}`)),
  )
  exited.catch(() => {}) // at the end they are killed
  const ask = (message) => {
    child.send(message)
    return Promise.race([once(child, 'message').then(([answer]) => answer), exited])
  }
  return { size, ask, child }
})

/** Lets the stores take turns until the largest one has taken so many snapshots. */
async function rates({ inFlight, chunk, minSnapshots }) {
  const totals = stores.map(() => ({ ms: 0, writes: 0, snapshots: [], quiet: [] }))
  while (totals.at(-1).snapshots.length < minSnapshots) {
    for (const [at, { ask }] of stores.entries()) {
      const { ms, writes, hasSnapshot, maxStallMs } = await ask({ run: { inFlight, count: chunk } })
      totals[at].ms += ms
      totals[at].writes += writes
      ;(hasSnapshot ? totals[at].snapshots : totals[at].quiet).push(maxStallMs)
    }
  }
  return totals.map((total) => ({ ...total, perSecond: (total.writes / total.ms) * 1000 }))
}

/** How long plain lowdb takes for one durable-looking write of a file with 100k documents, in milliseconds. */
const lowdbWriteMs = async () => median((await stores.at(-1).ask({ lowdb: { writes: 5 } })).ms)

try {
  for (const { ask } of stores) await ask({ fill: true })
  for (const { name, ...mode } of [
    { name: 'one by one', inFlight: 1, chunk: 1_000, minSnapshots: 1 },
    { name: '64 in flight', inFlight: 64, chunk: 5_000, minSnapshots: 5 },
  ]) {
    const results = await rates(mode)
    for (const [at, { perSecond, snapshots, writes }] of results.entries())
      report({
        name: `durable creates, ${name}, ${sizes[at]} documents`,
        value: perSecond,
        unit: 'writes/s',
        against: results[0].perSecond,
        ratio: perSecond / results[0].perSecond,
        writes,
        snapshots: snapshots.length,
        ...(sizes[at] === 100_000 ? { reach: { min: 0.8 } } : {}),
      })
    const { snapshots, quiet } = results.at(-1)
    report({
      name: `event-loop stall during a snapshot, ${name}, 100000 documents`,
      value: median(snapshots),
      unit: 'ms',
      against: median(quiet),
      worst: Math.max(...snapshots),
      worstAgainst: Math.max(...quiet),
      reach: { max: 20 },
    })
    if (mode.inFlight > 1) continue
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
