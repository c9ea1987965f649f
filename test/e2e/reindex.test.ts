import { collection, type CollectionDefinition } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { freshTable, startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { project } from './cli-process.ts'

const dynamo = await startDynamo()
const { endpoint } = dynamo
afterAll(() => dynamo.stop())

const Ticket = z.object({ status: z.string(), email: z.string().optional() })

const configWith = (
  indexes: string,
) => `import { collection, defineConfig, definePlugin } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { json } from '@freeda/storage-json'
import { z } from 'zod'

const Ticket = z.object({ status: z.string(), email: z.string().optional() })
const desk = definePlugin({
  name: 'desk',
  freeda: '^1.0.0',
  collections: { tickets: collection(Ticket, { indexes: ${indexes} }) },
})

export default defineConfig(({ env }) => ({
  name: 'desk',
  server: { port: env.port('PORT_OF_DESK') },
  plugins: [process.env['TABLE_NAME'] ? dynamodb({ table: env('TABLE_NAME') }) : json(), desk()],
}))
`

/** A table with so many tickets, written by a version of the app that had no indexes. */
async function olderTable(count: number) {
  const table = freshTable()
  await using(table, collection(Ticket, { name: 'tickets' }), async (tickets) => {
    for (let n = 0; n < count; n++) await tickets.put(`t${n}`, { status: 'open', email: `e${n % 99}` })
  })
  return { TABLE_NAME: table, AWS_ENDPOINT_URL_DYNAMODB: endpoint, NODE_ENV: 'production' }
}

async function using(
  table: string,
  definition: CollectionDefinition,
  work: (tickets: ReturnType<ReturnType<typeof openStorage>['collection']>) => Promise<unknown>,
) {
  const driver = await openDynamoDriver({ table, endpoint, collections: [collectionInfo(definition)] })
  const storage = openStorage(driver)
  await work(storage.collection(definition) as never)
  await storage.close()
}

describe('freeda reindex', () => {
  it.skipIf(!dynamo.hasTransactions)(
    'builds a new index, and does no harm when it is run again',
    async () => {
      const { run } = project({ 'freeda.config.ts': configWith("{ byStatus: { partition: 'status' } }") })
      const env = await olderTable(120)
      const first = run(['reindex'], env)
      expect(first).toMatchObject({
        status: 0,
        stdout: 'All indexes are built; 120 documents were looked at.\n',
      })
      expect(first.stderr).toContain('Building indexes: 120 documents')
      expect(JSON.parse(run(['reindex', '--json'], env).stdout)).toEqual({
        store: 'storage-dynamodb',
        documents: 120,
      })
      const indexes = { byStatus: { partition: 'status' } } as const
      await using(env.TABLE_NAME, collection(Ticket, { name: 'tickets', indexes }), async (tickets) => {
        const page = await tickets.query({ index: 'byStatus', partition: 'open', limit: 200 } as never)
        expect(page.items).toHaveLength(120)
      })
    },
  )

  it.skipIf(!dynamo.hasTransactions)('names documents that have the same unique value', async () => {
    const unique = "{ byEmail: { partition: 'email', unique: true } }"
    const { run } = project({ 'freeda.config.ts': configWith(unique) })
    const { status, stderr } = run(['reindex'], await olderTable(101))
    expect(status).toBe(1)
    expect(stderr).toMatch(/tickets\/t(0|99)\b.*same value/)
    expect(stderr).toMatch(/tickets\/t(1|100)\b.*same value/)
  })

  it('has nothing to do where the store builds its indexes by itself', () => {
    const { run } = project({
      'freeda.config.ts': configWith("{ byStatus: { partition: 'status' } }"),
      'data/.keep': '',
    })
    expect(run(['reindex'])).toMatchObject({
      status: 0,
      stdout: 'storage-json builds its indexes by itself: nothing to do.\n',
    })
  })
})
