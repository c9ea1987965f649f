/**
 * 25,000 documents into DynamoDB by `storage.import` against parallel BatchWrite written by hand.
 *
 * Import checks every document and puts it in its index. The hand-written side is given finished items with the same
 * attributes, sends as many requests at a time through lib-dynamodb, and tries again what is left undone. The two take turns,
 * 5,000 documents each time into a fresh table; the ratio is of the total times.
 */
import { randomBytes } from 'node:crypto'
import { collection } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { Agent } from 'node:http'
import { z } from 'zod'
import { freshTable, startDynamo } from '../packages/storage-dynamodb/test/start-dynamo.ts'
import { report } from './support/report.mjs'

const [portions, portion] = [5, 5_000]
const inFlight = 8
const itemsARequest = 25

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

const dynamo = await startDynamo()
const { endpoint } = dynamo
const client = new DynamoDBClient({
  endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 200 }) },
})
const bare = DynamoDBDocumentClient.from(client)

/** A table with the indexes that the driver makes, for either side. */
async function freshStore() {
  const table = freshTable()
  const driver = await openDynamoDriver({ table, endpoint, collections: [collectionInfo(definition)] })
  const storage = openStorage(driver)
  storage.collection(definition)
  return { table, storage }
}

function* exported(from) {
  for (let n = from; n < from + portion; n++)
    yield { collection: 'notes', id: `note-${n}`, version: 1, value: note(n) }
}

async function byImport(from) {
  const { storage } = await freshStore()
  const ms = await timed(() => storage.import(exported(from)))
  await storage.close()
  return ms
}

const itemOf = ({ id, value }) => ({
  pk: 'notes\u00010',
  sk: `s${id}\u0001`,
  gsi1pk: `notes\u0001byAuthor\u0001s${value.author}\u0001`,
  gsi1sk: `n8e1${String(value.rank).padStart(6, '0')}\u0001s${id}\u0001`,
  id,
  doc: value,
  v: 1,
  n: randomBytes(9).toString('base64url'),
})

async function byHand(from) {
  const { table, storage } = await freshStore()
  await storage.close()
  const documents = [...exported(from)]
  const lane = async () => {
    while (documents.length > 0) {
      const batch = documents.splice(-itemsARequest)
      let left = batch.map((document) => ({ PutRequest: { Item: itemOf(document) } }))
      while (left.length > 0) {
        const { UnprocessedItems } = await bare.send(
          new BatchWriteCommand({ RequestItems: { [table]: left } }),
        )
        left = UnprocessedItems?.[table] ?? []
      }
    }
  }
  return timed(() => Promise.all(Array.from({ length: inFlight }, lane)))
}

async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const taken = { import: 0, hand: 0 }
for (let at = -1; at < portions; at++) {
  const turns = [
    ['import', byImport],
    ['hand', byHand],
  ]
  // The first is to warm up; then either side goes first in turn.
  for (const [side, run] of at % 2 === 0 ? turns : turns.toReversed()) {
    const ms = await run(Math.max(at, 0) * portion)
    if (at >= 0) taken[side] += ms
  }
}
const documents = portions * portion
report({
  name: 'dynamo-batch: storage.import against BatchWrite by hand, documents/s',
  value: documents / (taken.import / 1000),
  against: documents / (taken.hand / 1000),
  ratio: taken.hand / taken.import,
  reach: { min: 0.9 },
})
client.destroy()
await dynamo.stop()
