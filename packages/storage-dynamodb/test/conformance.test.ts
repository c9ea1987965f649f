import { storageConformance } from '@freeda/runtime/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openDynamoDriver } from '../src/index.ts'
import { freshTable, startDynamo, type Dynamo } from './start-dynamo.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await startDynamo()
})
afterAll(() => dynamo.stop())

describe('the dynamodb driver', () => {
  const suite = storageConformance({
    async create({ collections }) {
      const { endpoint } = dynamo
      const table = freshTable()
      const open = () => openDynamoDriver({ table, endpoint, collections })
      return { driver: await open(), reopen: open }
    },
  })
  for (const group of new Set(suite.map((each) => each.group)))
    describe(group, () => {
      for (const { name, run } of suite.filter((each) => each.group === group))
        it(name, async (context) => {
          try {
            await run()
          } catch (error) {
            // Unique indexes are transactions too, so that more cases need them than say so.
            if (!dynamo.hasTransactions && lacksTransactions(error))
              context.skip(`${dynamo.name} has no transactions`)
            throw error
          }
        })
    })
})

const lacksTransactions = (error: unknown) =>
  /UnknownOperationException|TransactWriteItems/.test(String(error))
