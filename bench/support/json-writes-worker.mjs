/** One store of the benchmark `json-writes`: its parent tells it what to do. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { collection } from '@freeda/runtime'
import { openStorage } from '@freeda/runtime/driver'
import { openJsonDriver } from '@freeda/storage-json'
import { Low } from 'lowdb'
import { JSONFile } from 'lowdb/node'
import { z } from 'zod'

const [directory, size] = [process.argv[2], Number(process.argv[3])]
const Note = z.object({ title: z.string(), author: z.string(), rank: z.number(), text: z.string() })
const definition = collection(Note, {
  name: 'notes',
  indexes: { byAuthor: { partition: 'author', sort: 'rank' } },
})

/** About 500 bytes of JSON. */
const note = (n) => ({
  title: `Note ${n}`,
  author: `author-${n % 100}`,
  rank: n,
  text: 'lorem ipsum '.repeat(36),
})

const storage = openStorage(await openJsonDriver({ directory }))
const notes = storage.collection(definition)
let made = 0

/** Runs `count` calls, `inFlight` at a time. */
async function inParallel(inFlight, count, call) {
  let left = count
  const lane = async () => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}

const draft = join(directory, 'db.json.tmp')
const snapshotTaken = () =>
  existsSync(join(directory, 'db.json')) ? statSync(join(directory, 'db.json')).ino : 0

/** Watches for turns of the event loop that take too long; more exact than a histogram of timers. */
function stallWatch() {
  let last = performance.now()
  let maxMs = 0
  let stopped = false
  const look = () => {
    const now = performance.now()
    maxMs = Math.max(maxMs, now - last)
    last = now
    if (!stopped) setTimeout(look, 1)
  }
  look()
  return () => {
    stopped = true
    return Math.max(0, maxMs - 1)
  }
}

/** Creates `count` documents and deletes them again; then goes on in small portions while a snapshot is being written. */
async function run({ inFlight, count }) {
  const before = snapshotTaken()
  const stop = stallWatch()
  const start = performance.now()
  let writes = 0
  do {
    const ids = []
    const portion = writes === 0 ? count : Math.min(count, 200)
    await inParallel(inFlight, portion, async () => ids.push((await notes.create(note(made++))).id))
    for (let at = 0; at < ids.length; at += 50)
      await storage.transact(ids.slice(at, at + 50).map((id) => notes.op.delete(id)))
    writes += portion
  } while (existsSync(draft))
  const ms = performance.now() - start
  return { ms, writes, hasSnapshot: snapshotTaken() !== before, maxStallMs: stop() }
}

async function fill() {
  await inParallel(256, size, () => notes.create(note(made++)))
  while (existsSync(draft)) await delay(1)
  return {}
}

/** Plain lowdb: the whole file a write. */
async function lowdb({ writes }) {
  const db = new Low(new JSONFile(join(directory, 'lowdb.json')), {
    notes: Array.from({ length: size }, (_, n) => note(n)),
  })
  await db.write()
  const ms = []
  for (let n = 0; n < writes; n++) {
    const start = performance.now()
    db.data.notes[n] = note(size + n)
    await db.write()
    ms.push(performance.now() - start)
  }
  return { ms }
}

process.on('message', async (message) => {
  const answer = message.fill ? fill() : message.run ? run(message.run) : lowdb(message.lowdb)
  process.send(await answer)
})
