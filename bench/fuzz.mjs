/**
 * Random histories a second on both drivers, and how many planted faults they catch: all of them must be caught, and no
 * difference may be found. `-- fuzz 10` runs ten times as many histories.
 */
import { startDynamo } from '../packages/storage-dynamodb/test/start-dynamo.ts'
import { searchConcurrent } from '../test/fuzz/concurrent.ts'
import { search } from '../test/fuzz/differential.ts'
import { mutants } from '../test/fuzz/mutants.ts'
import { racingMutants } from '../test/fuzz/racing-mutants.ts'
import { dynamoStore, jsonStore, memoryStore } from '../test/fuzz/stores.ts'
import { report } from './support/report.mjs'

const times = Number(process.argv[2] ?? 1)
const seed = Date.now() % 2 ** 31

/** Histories a second; a history that must not be is printed, and is a case that fails. */
async function measure(name, runs, look) {
  const begun = performance.now()
  const found = await look({ runs, seed })
  const seconds = (performance.now() - begun) / 1000
  if (found !== undefined) console.error(found.report)
  report({ name: `${name}: histories a second`, value: runs / seconds, histories: runs, seed })
  report({ name: `${name}: differences`, value: found === undefined ? 0 : 1, reach: { max: 0 } })
}

const reference = memoryStore()
await measure('json', 300 * times, (options) => search({ reference, tested: jsonStore }, options))
await measure('json, concurrent', 300 * times, (options) => searchConcurrent(jsonStore, options))

const dynamo = await startDynamo()
try {
  if (dynamo.hasTransactions) {
    const tested = dynamoStore(dynamo)
    const options = { repeats: 5 }
    await measure('dynamodb', 100 * times, (each) => search({ reference, tested }, each))
    await measure('dynamodb, concurrent', 200 * times, (each) =>
      searchConcurrent(tested, { ...each, ...options }),
    )
  } else console.error(`${dynamo.name} has no transactions: nothing is measured on it`)
} finally {
  await dynamo.stop()
}

/** How many of some faulty drivers are caught, and within how many histories. */
async function catches(name, faulty, look) {
  const needed = []
  for (const [fault, mutate] of Object.entries(faulty)) {
    const found = await look(memoryStore(mutate))
    if (found === undefined) console.error(`not caught: a driver that ${fault}`)
    else needed.push(found.runs)
  }
  const against = Object.keys(faulty).length
  const most = Math.max(...needed)
  report({ name, value: needed.length, against, ratio: needed.length / against, most, reach: { min: 1 } })
}

await catches('planted faults caught, one call after the other', mutants, (tested) =>
  search({ reference, tested }, { runs: 2000, seed }),
)
await catches('planted faults caught, concurrent', racingMutants, (tested) =>
  searchConcurrent(tested, { runs: 2000, seed }),
)
