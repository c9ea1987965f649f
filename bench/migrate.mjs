/**
 * `freeda migrate` from JSON to DynamoDB, end to end: survey, backup that is read back, copy, every document verified, and a
 * second look at the source. 10,000 and 100,000 documents of about 500 bytes; documents a second over all of that, and the
 * peak of the process's resident memory, which must not grow with the number of documents.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { collection } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { openJsonDriver } from '@freeda/storage-json'
import { z } from 'zod'
import { freshTable, startDynamo } from '../packages/storage-dynamodb/test/start-dynamo.ts'
import { report } from './support/report.mjs'

const sizes = [10_000, 100_000]
const root = fileURLToPath(new URL('.', import.meta.url))
const freeda = join(root, '../packages/runtime/bin/freeda.js')
/** Inside the workspace, so that packages resolve. */
const folder = mkdtempSync(join(root, '.app-'))

const definition = collection(
  z.object({ title: z.string(), author: z.string(), rank: z.number(), text: z.string() }),
  { name: 'notes', indexes: { byAuthor: { partition: 'author', sort: 'rank' } } },
)
writeFileSync(join(folder, 'package.json'), '{ "name": "bench", "type": "module" }')
writeFileSync(
  join(folder, 'freeda.config.mjs'),
  `import { collection, definePlugin } from '@freeda/runtime'
import { json } from '@freeda/storage-json'
import { z } from 'zod'
const notes = collection(z.looseObject({}), { indexes: { byAuthor: { partition: 'author', sort: 'rank' } } })
const plugin = definePlugin({ name: 'notes', freeda: '^1.0.0', collections: { notes } })
export default { plugins: [json(), plugin()] }
`,
)

async function fill(directory, size) {
  const collections = [collectionInfo(definition)]
  const storage = openStorage(await openJsonDriver({ directory, durability: 'process', collections }))
  storage.collection(definition)
  await storage.import(
    (function* () {
      for (let n = 0; n < size; n++) {
        const value = {
          title: `Note ${n}`,
          author: `author-${n % 100}`,
          rank: n,
          text: 'lorem ipsum '.repeat(36),
        }
        yield { collection: 'notes', id: `note-${n}`, version: 1, value }
      }
    })(),
  )
  await storage.close()
}

/** Tells at its end what the process took. */
const meter = `data:text/javascript,${encodeURIComponent(`process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  process.stderr.write('\\nTOOK ' + JSON.stringify({ maxRSS, cpuMs: (userCPUTime + systemCPUTime) / 1000 }))
})`)}`

async function migrate(from, to) {
  const args = ['--import', meter, freeda, 'migrate', '--from', `json:${from}`, '--to', to, '--json']
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`freeda migrate ended with ${code}:\n${stderr}\n${stdout}`)
  return { ...JSON.parse(stdout), ...JSON.parse(/TOOK (.*)/.exec(stderr)[1]) }
}

const dynamo = await startDynamo()
try {
  const results = []
  for (const size of sizes) {
    const data = `./data-${size}`
    await fill(join(folder, data), size)
    const to = `dynamodb:${JSON.stringify({ table: freshTable(), endpoint: dynamo.endpoint })}`
    const result = await migrate(data, to)
    if (result.verified.same !== size) throw new Error(`only ${result.verified.same} documents were verified`)
    results.push(result)
  }
  const [small, large] = results
  for (const { documents, seconds, cpuMs } of results)
    report({
      name: `migration with backup and verification, ${documents} documents`,
      value: documents / seconds,
      unit: 'documents/s',
      against: small.documents / small.seconds,
      ratio: documents / seconds / (small.documents / small.seconds),
      cpuMicrosecondsADocument: (cpuMs * 1000) / documents,
    })
  report({
    name: 'peak resident memory of a migration, 100000 documents against 10000',
    value: large.maxRSS / 1024,
    unit: 'MB',
    against: small.maxRSS / 1024,
    ratio: large.maxRSS / small.maxRSS,
    reach: { max: 1.3 },
  })
} finally {
  await dynamo.stop()
  rmSync(folder, { recursive: true, force: true })
}
