/**
 * Writes until it is killed, and says so: `state LANE STEP VERSION PAIR PAIR EXTRA` of each lane as it was found, `open`, then
 * `ack LANE STEP` for each acknowledged step. Runs on the built package.
 *
 * Step n of a lane puts n into the lane's document. With every third step it is a transaction that puts n into two more
 * documents, with every fifth one that makes or deletes another document in turn.
 */
import { writeSync } from 'node:fs'
import { collection } from '@freeda/runtime'
import { openStorage } from '@freeda/runtime/driver'
import { openJsonDriver } from '@freeda/storage-json'
import { z } from 'zod'

const [directory, lanes, snapshotMinBytes, durability] = process.argv.slice(2)
const say = (...words) => writeSync(1, `${words.join(' ')}\n`)

const driver = await openJsonDriver({
  directory,
  durability,
  tuning: { snapshotMinBytes: Number(snapshotMinBytes) },
})
const storage = openStorage(driver)
const Step = z.object({ step: z.number(), filler: z.string().optional() })
const steps = storage.collection(
  collection(Step, { name: 'steps', indexes: { byStep: { partition: 'step' } } }),
)

const found = Array.from({ length: Number(lanes) }, async (_, lane) => {
  const ids = [`lane-${lane}`, `pair-${lane}-a`, `pair-${lane}-b`, `extra-${lane}`]
  const [step, a, b, extra] = await steps.getMany(ids)
  const n = step?.step ?? 0
  say('state', lane, n, step?.version ?? 0, a?.step ?? 0, b?.step ?? 0, extra?.step ?? 0)
  return { lane, ids, n }
})
const state = await Promise.all(found)
say('open')
// A body for the snapshots, so that they take a while.
for (let n = 0; n < 50; n++) await steps.put(`filler-${n}`, { step: -1, filler: 'x'.repeat(1000) })

async function run({ lane, ids: [main, a, b, extra], n }) {
  for (;;) {
    n++
    const value = { step: n }
    const operations = [steps.op.put(main, value)]
    if (n % 3 === 0) operations.push(steps.op.put(a, value), steps.op.put(b, value))
    if (n % 10 === 0) operations.push(steps.op.delete(extra))
    else if (n % 5 === 0) operations.push(steps.op.create(value, { id: extra }))
    await (operations.length === 1 ? steps.put(main, value) : storage.transact(operations))
    say('ack', lane, n)
  }
}
await Promise.all(state.map(run))
