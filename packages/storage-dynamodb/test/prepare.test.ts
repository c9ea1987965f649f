import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb'
import { collectionInfo } from '@freeda/runtime/driver'
import { afterAll, describe, expect, it } from 'vitest'
import { reindexDynamo } from '../src/index.ts'
import { createTableInput } from '../src/table-shape.ts'
import { freshTable, startDynamo } from './start-dynamo.ts'
import { all } from './support.ts'
import { byEmail, byStatus, byTime, define, problemsOf, usingOn } from './tickets.ts'

const dynamo = await startDynamo()
const client = new DynamoDBClient({
  endpoint: dynamo.endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})
/** dynalite has neither transactions nor time to live. */
const describeFully = describe.skipIf(!dynamo.hasTransactions)
afterAll(() => dynamo.stop())

const using = usingOn(dynamo)
const make = (input: CreateTableCommandInput) => client.send(new CreateTableCommand(input))

describeFully('create', () => {
  it('makes a table that verify finds nothing in', async () => {
    const table = freshTable()
    await using(define({ byStatus }), { table, prepare: 'create' })
    await using(define({ byStatus }), { table, prepare: 'verify' })
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }))
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).toSorted()).toEqual([
      'gsi1',
      'gsi2',
      'gsi3',
      'gsi4',
      'gsi5',
    ])
  })

  it('can be done by many processes at once', async () => {
    const table = freshTable()
    const one = () => using(define({ byStatus }), { table })
    await Promise.all(Array.from({ length: 5 }, one))
  })

  it('builds new indexes, unique ones too', async () => {
    const table = freshTable()
    await using(define({}), { table }, async ({ tickets }) => {
      for (let at = 0; at < 120; at++)
        await tickets.put(`t${at}`, { status: 'open', at, ...(at < 3 && { email: `e${at}` }) })
    })
    const indexes = { byStatus, byEmail }
    await using(define(indexes), { table }, async ({ tickets }) => {
      const open = { index: 'byStatus', partition: 'open' } as never
      expect(await all(tickets.iterate(open))).toHaveLength(120)
      expect((await tickets.get('t1'))?.version).toBe(1)
      await expect(tickets.put('x', { status: 'open', at: 1, email: 'e2' })).rejects.toThrow(/byEmail/)
    })
  })
})

describeFully('verify', () => {
  it('says that the table is missing', async () => {
    const problems = await problemsOf(using(define({}), { table: freshTable(), prepare: 'verify' }))
    expect(problems.map(({ code }) => code)).toEqual(['table_missing'])
  })

  it('names every index that is missing or different, and time to live', async () => {
    const table = freshTable()
    const input = createTableInput(table)
    const [first, second, third] = input.GlobalSecondaryIndexes!
    const swapped = [
      { AttributeName: 'gsi2sk', KeyType: 'HASH' as const },
      { AttributeName: 'gsi2pk', KeyType: 'RANGE' as const },
    ]
    const used = new Set(['pk', 'sk', 'gsi1pk', 'gsi1sk', 'gsi2pk', 'gsi2sk', 'gsi3pk', 'gsi3sk'])
    await make({
      ...input,
      AttributeDefinitions: input.AttributeDefinitions!.filter(({ AttributeName }) =>
        used.has(AttributeName!),
      ),
      GlobalSecondaryIndexes: [
        first!,
        { ...second!, KeySchema: swapped },
        { ...third!, Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    })
    const problems = await problemsOf(using(define({}), { table, prepare: 'verify' }))
    expect(problems.map(({ code, at }) => `${code} ${at.replace(table, '')}`)).toEqual([
      'table_keys .gsi2',
      'table_index_projection .gsi3',
      'table_index_missing .gsi4',
      'table_index_missing .gsi5',
      'table_ttl .ttl',
    ])
  })

  it('names an index that was added, moved or made unique after documents were written', async () => {
    const table = freshTable()
    await using(define({ byStatus, byTime }), { table }, ({ tickets }) =>
      tickets.put('a', { status: 's', at: 1 }),
    )
    const changed = define({ byTime, byStatus, byEmail })
    const problems = await problemsOf(using(changed, { table, prepare: 'verify' }))
    expect(problems.map(({ code, at }) => `${code} ${at}`)).toEqual([
      'index_not_built tickets.byTime',
      'index_not_built tickets.byStatus',
      'index_not_built tickets.byEmail',
    ])
    const slots = { tickets: { byStatus: 1, byTime: 2 } }
    await using(define({ byTime, byStatus }), { table, prepare: 'verify', slots })
  })

  it('is content after a reindex, which names documents that have the same unique value', async () => {
    const table = freshTable()
    await using(define({ byStatus }), { table }, async ({ tickets }) => {
      for (const [id, email] of ['x', 'y', 'y'].entries())
        await tickets.put(`t${id}`, { status: 's', at: id, email })
    })
    const changed = define({ byStatus, byTime, byEmail })
    const reindex = () =>
      reindexDynamo({ table, endpoint: dynamo.endpoint, collections: [collectionInfo(changed)] })
    const problems = await problemsOf(reindex())
    // Documents are looked at side by side: whichever comes first has the value.
    expect(problems).toMatchObject([{ at: expect.stringMatching(/^tickets\/t[12]$/) }])
    expect(await problemsOf(using(changed, { table, prepare: 'verify' }))).toHaveLength(2)
    const [, second] = problems[0]!.at.split('/')
    await using(define({ byStatus }), { table }, ({ tickets }) => tickets.delete(second!))
    await reindex()
    await using(changed, { table, prepare: 'verify' }, async ({ tickets }) => {
      const at = second === 't1' ? 2 : 1
      expect(await all(tickets.iterate({ index: 'byTime', partition: at } as never))).toHaveLength(1)
      await expect(tickets.put('z', { status: 's', at: 3, email: 'x' })).rejects.toThrow(/byEmail/)
    })
  })

  it('gives a unique value on, when a version without the index has taken it from its document', async () => {
    const table = freshTable()
    const byEmailToo = { partition: 'email', unique: true } as const
    const [before, after] = [define({}), define({ byEmail, byEmailToo })]
    const ticket = { status: 's', at: 1, email: 'x' }
    const reindex = () =>
      reindexDynamo({ table, endpoint: dynamo.endpoint, collections: [collectionInfo(after)] })
    await using(before, { table }, ({ tickets }) => tickets.put('a', ticket))
    await reindex()
    await using(before, { table, prepare: 'none' }, async ({ tickets }) => {
      await tickets.put('b', ticket)
      expect(await problemsOf(reindex())).toMatchObject([{ at: 'tickets/b' }])
      await tickets.put('a', { ...ticket, email: 'y' })
      await reindex()
      await tickets.delete('b')
      await tickets.put('c', ticket)
      await reindex()
    })
    await using(after, { table, prepare: 'verify' }, async ({ tickets }) => {
      const held = (email: string) => all(tickets.iterate({ index: 'byEmail', partition: email } as never))
      expect((await held('x')).map(({ id }) => id)).toEqual(['c'])
      expect((await held('y')).map(({ id }) => id)).toEqual(['a'])
      await expect(tickets.put('d', { ...ticket, email: 'x' })).rejects.toThrow(/byEmail/)
    })
  })

  it('lets the app start with a new index, and answers its queries once it is built, by whatever process', async () => {
    const table = freshTable()
    await using(define({ byStatus }), { table }, ({ tickets }) => tickets.put('old', { status: 's', at: 1 }))
    const changed = define({ byStatus, byTime })
    const query = { index: 'byTime', partition: 1 } as never
    await using(changed, { table, prepare: 'verify' }, async ({ tickets }) => {
      await tickets.put('new', { status: 's', at: 1 })
      await expect(tickets.query(query)).rejects.toMatchObject({
        code: 'FREEDA_UNAVAILABLE',
        retryable: true,
      })
      await expect(tickets.query(query)).rejects.toThrow(/tickets.byTime .*freeda reindex/)
      const byStatusToo = { index: 'byStatus', partition: 's' } as never
      expect(await all(tickets.iterate(byStatusToo))).toHaveLength(2)
      await reindexDynamo({ table, endpoint: dynamo.endpoint, collections: [collectionInfo(changed)] })
      expect((await all(tickets.iterate(query))).map(({ id }) => id)).toEqual(['new', 'old'])
    })
    await using(changed, { table, prepare: 'verify' }, async ({ tickets }) => {
      expect(await all(tickets.iterate(query))).toHaveLength(2)
    })
  })

  it('builds an index while documents are written, deleted and moved by transactions', async () => {
    const table = freshTable()
    const count = 150
    await using(define({ byStatus }), { table }, async ({ tickets }) => {
      for (let at = 0; at < count; at++) await tickets.put(`t${at}`, { status: 'open', at, email: `e${at}` })
    })
    const changed = define({ byStatus, byTime, byEmail })
    await using(changed, { table, prepare: 'none' }, async ({ tickets }) => {
      let isBuilt = false
      const writing = (async () => {
        for (let at = 0; !isBuilt; at = (at + 1) % count)
          if (at % 10 === 9) await tickets.delete(`t${at}`)
          else await tickets.put(`t${at}`, { status: 'done', at: 1000, email: `e${at}` })
      })()
      await reindexDynamo({ table, endpoint: dynamo.endpoint, collections: [collectionInfo(changed)] })
      isBuilt = true
      await writing
      const left = await all(tickets.iterate())
      const times = [...new Set(left.map((ticket) => (ticket as unknown as { at: number }).at))]
      const pages = await Promise.all(
        times.map((time) => all(tickets.iterate({ index: 'byTime', partition: time } as never))),
      )
      const ids = pages.flat().map(({ id }) => id)
      expect(ids.toSorted()).toEqual(left.map(({ id }) => id).toSorted())
      const held = { index: 'byEmail', partition: 'e1' } as never
      expect((await tickets.query(held)).items.map(({ id }) => id)).toEqual(['t1'])
    })
  })

  it('names a number of shards that documents do not stand in', async () => {
    const table = freshTable()
    await using(define({}, 4), { table }, ({ tickets }) => tickets.put('a', { status: 's', at: 1 }))
    for (const prepare of ['verify', 'create'] as const)
      expect(await problemsOf(using(define({}, 8), { table, prepare }))).toMatchObject([
        { code: 'shards_changed', at: 'tickets' },
      ])
  })

  it('lets everything change while there are no documents', async () => {
    const table = freshTable()
    await using(define({ byStatus }, 4), { table })
    await using(define({ byTime }, 2), { table, prepare: 'verify' })
    const { Items } = await client.send(new ScanCommand({ TableName: table }))
    expect(Items).toHaveLength(1)
  })
})
