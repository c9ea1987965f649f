/**
 * Kills a writing process again and again and counts acknowledged writes that are lost: there may be none.
 *
 * Snapshots and journals are so small that many kills come in the middle of them. Between the kills, files are damaged:
 * an unfinished last line must be dropped, a changed byte in the middle must be refused. `-- durability 50` makes 50 kills.
 */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJsonDriver } from '@freeda/storage-json'
import { crashRounds } from '../packages/storage-json/test/children/crash-rounds.ts'
import { report } from './support/report.mjs'

const kills = Number(process.argv[2] ?? 240)
const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'freeda-durability-'))
const directory = join(root, 'data')
const round = crashRounds({ directory, lanes: 16, snapshotMinBytes: 10_000 })

const counts = {
  kills: 0,
  opening: 0,
  duringSnapshot: 0,
  duringRotation: 0,
  acknowledged: 0,
  torn: 0,
  damaged: 0,
}
const losses = []
let silent = 0

const lastJournal = () =>
  readdirSync(directory)
    .filter((name) => name.startsWith('journal.'))
    .toSorted((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]))
    .at(-1)

/** What a crash leaves of a write that was not acknowledged: the beginning of a line. */
function tearLastLine() {
  const name = lastJournal()
  if (name === undefined) return
  const text = readFileSync(join(directory, name), 'latin1')
  // A torn line of the crash itself is there already.
  if (!text.endsWith('\n')) return
  const line = text.slice(text.lastIndexOf('\n', text.length - 2) + 1)
  appendFileSync(
    join(directory, name),
    line.slice(0, 1 + Math.floor(Math.random() * (line.length - 2))),
    'latin1',
  )
  counts.torn++
}

/** A copy of the folder with one changed bit in a line that others follow must be refused. */
async function damageMiddleLine() {
  const name = lastJournal()
  if (name === undefined) return
  const copy = join(root, 'copy')
  cpSync(directory, copy, { recursive: true })
  rmSync(join(copy, 'lock'), { force: true })
  const bytes = readFileSync(join(copy, name))
  const end = bytes.lastIndexOf('\n', bytes.lastIndexOf('\n') - 1)
  if (end > 0) {
    const at = Math.floor(Math.random() * end)
    bytes[at] ^= 1 << Math.floor(Math.random() * 8)
    writeFileSync(join(copy, name), bytes)
    counts.damaged++
    const outcome = await openJsonDriver({ directory: copy }).then(
      async (driver) => (await driver.close(), 'opened'),
      (error) => error.code,
    )
    if (outcome !== 'FREEDA_STORAGE_DAMAGED') {
      silent++
      console.error(`byte ${at} of ${name} was changed, and the store said: ${outcome}`)
    }
  }
  rmSync(copy, { recursive: true })
}

try {
  for (let n = 0; n < kills; n++) {
    const killWhile = ['writing', 'snapshot', 'opened', 'snapshot', 'opening'][n % 5]
    const [fromMs, toMs] = {
      writing: [0, 120],
      snapshot: [0, n % 2 ? 0 : 4],
      opening: [60, 180],
      opened: [0, 120],
    }[killWhile]
    const killAfterMs = fromMs + Math.random() * (toMs - fromMs)
    const result = await round({ killAfterMs, killWhile })
    counts.kills++
    counts.opening += killWhile === 'opening' ? 1 : 0
    counts.duringSnapshot += result.duringSnapshot ? 1 : 0
    counts.duringRotation += result.duringRotation ? 1 : 0
    counts.acknowledged += result.acknowledged
    losses.push(...result.losses)
    if (result.refusal !== undefined) losses.push(`the store did not open: ${result.refusal}`)
    if (n % 4 === 1) tearLastLine()
    if (n % 4 === 3) await damageMiddleLine()
  }
  for (const loss of losses.slice(0, 20)) console.error(loss)
  report({
    name: 'acknowledged writes lost',
    value: losses.length,
    against: counts.acknowledged,
    ...counts,
    reach: { max: 0 },
  })
  report({ name: 'damage that was not noticed', value: silent, against: counts.damaged, reach: { max: 0 } })
} finally {
  rmSync(root, { recursive: true, force: true })
}
