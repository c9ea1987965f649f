/**
 * How evenly documents stand in the shards of a collection, and documents that are made together, against chance.
 *
 * The driver's own placement, on ids as apps have them, in two views: all documents (what the shards hold), and runs of 2,000
 * made one after the other (what the shards are written in a busy second). A figure is how much the fullest shard holds of its
 * fair share, averaged over the runs; `against` is the same where a random number places each document.
 */
import { randomInt, randomUUID } from 'node:crypto'
import { documentKeyOf } from '../packages/storage-dynamodb/src/layout.ts'
import { timeOrderedIds } from '../packages/runtime/src/storage/id.ts'
import { report } from './support/report.mjs'

const documents = 200_000
const run = 2_000

/** 5,000 documents a second. */
let made = 0
const makeId = timeOrderedIds(() => 1_790_000_000_000 + made++ / 5)

const names = ['ada', 'björn', 'chloé', 'dmitri', 'éloïse', 'fatima', 'george', 'hanako', 'ivo', 'jun']
const kinds = {
  'made by Freeda, ordered by time': () => makeId(),
  UUIDs: () => randomUUID(),
  'numbers in a row': (n) => `ticket-${n}`,
  'e-mail addresses': (n) => `${names[n % names.length]}.${Math.floor(n / names.length)}@example.com`,
  'times, a millisecond apart': (n) => new Date(1_790_000_000_000 + n).toISOString(),
  'few users with many documents': (n) => `user-${n % 20}/order-${Math.floor(n / 20)}`,
}

/** How much the fullest of the shards holds of its fair share. */
function fullest(places, shards) {
  const held = Array.from({ length: shards }, () => 0)
  for (const place of places) held[place]++
  return Math.max(...held) / (places.length / shards)
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const inRuns = (places, shards) =>
  mean(
    Array.from({ length: documents / run }, (_, at) =>
      fullest(places.slice(at * run, (at + 1) * run), shards),
    ),
  )

for (const [kind, idOf] of Object.entries(kinds)) {
  const ids = Array.from({ length: documents }, (_, n) => idOf(n))
  for (const shards of [4, 16, 64]) {
    const collection = { name: 'c', shards }
    const places = ids.map((id) => Number(documentKeyOf(collection, id).pk.S.split('\u0001')[1]))
    const chance = ids.map(() => randomInt(shards))
    // One sample each: the fullest of 64 shards of 200,000 documents is within a few per cent of its fair share by chance.
    const views = [
      { view: 'all', figure: fullest, most: 1.03 },
      { view: 'runs of 2,000', figure: inRuns, most: 1.05 },
    ]
    for (const { view, figure, most } of views) {
      const [value, against] = [figure(places, shards), figure(chance, shards)]
      report({
        name: `key-distribution: ${kind}, ${shards} shards, ${view}`,
        unit: 'fullest shard, of its fair share',
        value,
        against,
        ratio: value / against,
        reach: { max: most },
      })
    }
  }
}
