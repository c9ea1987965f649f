/**
 * CPU and wall of `get`, `put` and `query` on DynamoDB against the bare DocumentClient doing the same requests.
 *
 * The requests that the driver makes are listened to, and the DocumentClient is given the same ones, document by document.
 * The database is another process: only what the client's process does counts. All sides take turns in short rounds; the
 * ratio of CPU is the median over the rounds of one against the one beside it, that of wall is between the best rounds. ElectroDB stands beside as an object mapper
 * on the DocumentClient; it writes without versions, nonces and conditions.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Agent } from 'node:http'
import { collection } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { z } from 'zod'
import { freshTable, startDynamo } from '../packages/storage-dynamodb/test/start-dynamo.ts'
import { notesEntity } from './support/electro-notes.mjs'
import { installPeers, peerVersion } from './support/peers.mjs'
import { median, report } from './support/report.mjs'

installPeers()
const rounds = 30
const callsARound = { get: 100, put: 100, query: 40 }
const inFlight = 10
const documents = 200
const pageSize = 20

const Note = z.object({
  title: z.string(),
  author: z.string(),
  rank: z.number(),
  tags: z.array(z.string()),
  text: z.string(),
})
const definition = collection(Note, {
  name: 'notes',
  indexes: { byAuthor: { partition: 'author', sort: 'rank' } },
})
/** About 500 bytes of JSON. */
const note = (n) => ({
  title: `Note ${n}`,
  author: `author-${n % 10}`,
  rank: n,
  tags: ['a', 'b', 'c'],
  text: 'lorem ipsum '.repeat(30),
})

const dynamo = await startDynamo()
const { endpoint } = dynamo
const table = freshTable()
const driver = await openDynamoDriver({ table, endpoint, collections: [collectionInfo(definition)] })
const notes = openStorage(driver).collection(definition)
for (let n = 0; n < documents; n++) await notes.put(`note-${n}`, note(n))

const client = new DynamoDBClient({
  endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 200 }) },
})
const bare = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
const electro = notesEntity(bare, freshTable())
await electro.create(client)
for (let n = 0; n < documents; n++) await electro.put(n, note(n))

/** An attribute as lib-dynamodb has it. */
function plain({ S, N, L, M }) {
  if (N !== undefined) return Number(N)
  if (L !== undefined) return L.map(plain)
  return M === undefined ? S : unmarshall(M)
}
const unmarshall = (map) =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, plain(value)]))

/** The request that the driver makes for a call, with plain values. */
async function requestOf(call) {
  const seen = []
  const listen = ({ input }) => seen.push(input)
  subscribe('freeda:dynamodb:request', listen)
  await call()
  unsubscribe('freeda:dynamodb:request', listen)
  const [{ Key, ExpressionAttributeValues, ...input }] = seen
  return {
    ...input,
    ...(Key && { Key: unmarshall(Key) }),
    ...(ExpressionAttributeValues && { ExpressionAttributeValues: unmarshall(ExpressionAttributeValues) }),
  }
}

const templates = {
  get: await requestOf(() => notes.get('note-7')),
  put: await requestOf(() => notes.put('note-7', note(7))),
  query: await requestOf(() => notes.query({ index: 'byAuthor', partition: 'author-7', limit: pageSize })),
}
const replaced = (template, from, to) => JSON.parse(JSON.stringify(template).replaceAll(from, to))
/** Of every document, made beforehand: a hand-written caller has its keys at hand. */
const keys = Array.from({ length: documents }, (_, n) => replaced(templates.get.Key, 'note-7', `note-${n}`))
const partitions = Array.from({ length: 10 }, (_, n) =>
  replaced(templates.query.ExpressionAttributeValues, 'author-7', `author-${n}`),
)
let nonce = 0

const sides = {
  freeda: {
    get: (n) => notes.get(`note-${n}`),
    put: (n) => notes.put(`note-${n}`, note(n)),
    query: (n) => notes.query({ index: 'byAuthor', partition: `author-${n % 10}`, limit: pageSize }),
  },
  bare: {
    get: (n) => bare.send(new GetCommand({ ...templates.get, Key: keys[n] })),
    put(n) {
      const doc = note(n)
      const values = {
        ...templates.put.ExpressionAttributeValues,
        ':n': `bare-${nonce++}`,
        ':now': Date.now(),
        ':id': `note-${n}`,
        ':doc': doc,
        ':gsi1pk': templates.put.ExpressionAttributeValues[':gsi1pk'].replace('author-7', doc.author),
      }
      return bare.send(
        new UpdateCommand({ ...templates.put, Key: keys[n], ExpressionAttributeValues: values }),
      )
    },
    query: (n) =>
      bare.send(new QueryCommand({ ...templates.query, ExpressionAttributeValues: partitions[n % 10] })),
  },
  electrodb: {
    get: electro.get,
    put: (n) => electro.put(n, note(n)),
    query: (n) => electro.query(n, pageSize),
  },
}

/** Microseconds a call, of this process and by the clock. */
async function measure(call, calls) {
  let next = 0
  const lane = async () => {
    while (next < calls) await call(next++ % documents)
  }
  const cpu = process.cpuUsage()
  const start = performance.now()
  await Promise.all(Array.from({ length: inFlight }, lane))
  const wallUs = (performance.now() - start) * 1000
  const { user, system } = process.cpuUsage(cpu)
  return { cpuUs: (user + system) / calls, wallUs: wallUs / calls }
}

for (const operation of ['get', 'put', 'query']) {
  const taken = { freeda: [], bare: [], electrodb: [] }
  for (let round = -5; round < rounds; round++) {
    // Every side goes first as often as the others.
    const order = Object.keys(sides)
    const turn = Math.abs(round) % order.length
    for (const side of [...order.slice(turn), ...order.slice(0, turn)]) {
      globalThis.gc?.()
      const figures = await measure(sides[side][operation], callsARound[operation])
      if (round >= 0) taken[side].push(figures)
    }
  }
  const compare = (side, figure, over) => ({
    value: over(taken[side].map((each) => each[figure])),
    against: over(taken.bare.map((each) => each[figure])),
  })
  const cpu = (side) => ({
    ...compare(side, 'cpuUs', median),
    ratio: median(taken[side].map(({ cpuUs }, at) => cpuUs / taken.bare[at].cpuUs)),
  })
  const wall = compare('freeda', 'wallUs', (figures) => Math.min(...figures))
  const against = `${operation} against the bare DocumentClient`
  report({ name: `dynamo-overhead: ${against}, µs of CPU a call`, ...cpu('freeda'), reach: { max: 1.15 } })
  report({
    name: `dynamo-overhead: ${against}, µs a call`,
    ...wall,
    ratio: wall.value / wall.against,
    reach: { max: 1.15 },
  })
  report({
    name: `dynamo-overhead: ${operation}, ElectroDB ${peerVersion('electrodb')} against the bare DocumentClient, µs of CPU a call`,
    ...cpu('electrodb'),
  })
}
await driver.close()
client.destroy()
await dynamo.stop()
