/** What the table remembers of the declarations that its documents were written with. */
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { collectionInfo } from '@freeda/runtime/driver'
import { afterAll, describe, expect, it } from 'vitest'
import { examineTable } from '../src/doctor.ts'
import { openDynamoDriver } from '../src/index.ts'
import { freshTable, startDynamo } from './start-dynamo.ts'
import { byEmail, byStatus, byTime, define, problemsOf, usingOn } from './tickets.ts'

const dynamo = await startDynamo()
const client = new DynamoDBClient({
  endpoint: dynamo.endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})
const using = usingOn(dynamo)
afterAll(() => dynamo.stop())

describe.skipIf(!dynamo.hasTransactions)('the catalog', () => {
  it('names an index by other fields, and another end of life, and builds neither by itself', async () => {
    const table = freshTable()
    await using(define({ byStatus, byTime }), { table }, ({ tickets }) =>
      tickets.put('a', { status: 's', at: 1 }),
    )
    const changed = define({ byStatus: { partition: 'at', sort: 'status' }, byTime }, 1, 'at')
    const problems = await problemsOf(using(changed, { table, prepare: 'verify' }))
    expect(problems).toMatchObject([
      {
        code: 'index_not_built',
        at: 'tickets.byStatus',
        message: expect.stringMatching(/was by status, at and is declared by at, status/),
        fix: expect.stringContaining('freeda reindex'),
      },
      {
        code: 'ttl_changed',
        at: 'tickets',
        message: expect.stringMatching(/no `ttl`, but `ttl: 'at'` is declared/),
        fix: expect.stringContaining('freeda reindex'),
      },
    ])
    expect(
      await problemsOf(using(define({ byStatus, byTime, byEmail }, 1, 'at'), { table, prepare: 'verify' })),
    ).toHaveLength(2)
    const found = await examineTable({
      endpoint: dynamo.endpoint,
      table,
      collections: [collectionInfo(changed)],
      prepare: 'create',
    })
    expect(found.filter(({ id }) => id !== 'clock').map(({ id, severity }) => `${severity} ${id}`)).toEqual([
      'note table.index_not_built',
      'note table.ttl_changed',
    ])
    await using(define({ byStatus, byTime }), { table, prepare: 'verify' })
  })

  it('takes a record without fields as it is declared, and has it complete from then on', async () => {
    const table = freshTable()
    const definition = define({ byStatus }, 1, 'at')
    await using(definition, { table }, ({ tickets }) => tickets.put('a', { status: 's', at: 1e10 }))
    const record = { TableName: table, Key: { pk: { S: '\u0001catalog' }, sk: { S: 'tickets' } } }
    const read = async () => (await client.send(new GetItemCommand(record))).Item
    const complete = await read()
    const names = { '#fields': 'fields', '#life': 'life' }
    await client.send(
      new UpdateItemCommand({
        ...record,
        UpdateExpression: 'REMOVE #fields, #life',
        ExpressionAttributeNames: names,
      }),
    )
    const collections = [collectionInfo(definition)]
    await examineTable({ endpoint: dynamo.endpoint, table, collections, prepare: 'verify' })
    expect(Object.keys((await read())!).toSorted()).toEqual(['indexes', 'pk', 'shards', 'sk'])
    await using(definition, { table, prepare: 'verify' })
    expect(await read()).toEqual(complete)
    expect(complete).toMatchObject({
      fields: { M: { byStatus: { L: [{ S: 'status' }, { S: 'at' }] } } },
      life: { S: 'at' },
    })
  })

  it('does not know how documents end that were written before anything was remembered', async () => {
    const table = freshTable()
    const other = await openDynamoDriver({ endpoint: dynamo.endpoint, table })
    await other.close()
    await using(define({}), { table, prepare: 'none' }, ({ tickets }) =>
      tickets.put('a', { status: 's', at: 1 }),
    )
    const ending = define({}, 1, 'at')
    expect(await problemsOf(using(ending, { table, prepare: 'verify' }))).toMatchObject([
      { code: 'ttl_changed', at: 'tickets' },
    ])
    await using(ending, { table, prepare: 'create' }, async ({ tickets }) =>
      expect(await tickets.get('a')).toBeUndefined(),
    )
  })
})
