/** What docs/moving-to-freeda.md says about data is carried out: its files, its commands. */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { openDynamoDriver } from '@freeda/storage-dynamodb'
import { openJsonDriver } from '@freeda/storage-json'
import { collection } from '@freeda/runtime'
import { collectionInfo } from '@freeda/runtime/driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startDynamo, type Dynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { codeBlocks } from '../docs/code-blocks.ts'
import { contentsOf } from '../migration/desk.ts'
import { project, type Project } from '../e2e/cli-process.ts'

const page = codeBlocks.filter(({ document }) => document === 'docs/moving-to-freeda.md')
const files = Object.fromEntries(
  page.filter(({ title }) => title !== undefined).map(({ title, code }) => [title!, code]),
)

/** The commands of the page that have this in them, in order, each as its arguments. */
const commands = (...texts: string[]) =>
  page
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.split('\n'))
    .filter((line) => line.startsWith('npx freeda ') && texts.every((text) => line.includes(text)))
    .map((line) => line.split(' ').slice(2))

const infos = [
  collectionInfo(
    collection(z.any(), {
      name: 'tickets',
      indexes: { byStatus: { partition: 'status', sort: 'createdAt' } },
    } as never),
  ),
]
const kept = async ({ folder }: Project) =>
  contentsOf(await openJsonDriver({ directory: join(folder, 'data'), collections: infos }))

const moved = {
  'tickets/t-1': {
    version: 1,
    value: {
      subject: 'It smokes',
      status: 'open',
      tags: ['lamp'],
      createdAt: '2026-01-30T08:00:00+00:00',
    },
  },
  'tickets/t-2': {
    version: 1,
    value: { subject: 'Café', status: 'closed', tags: [], createdAt: '2026-01-31T09:30:00+00:00' },
  },
}

let dynamo: Dynamo
let environment: Record<string, string>
beforeAll(async () => {
  dynamo = await startDynamo()
  environment = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  }
})
afterAll(() => dynamo.stop())

describe('a JSON file of a Python backend', () => {
  it('is taken over by the commands of the page, after a dry run that writes nothing', async () => {
    const app = project(files)
    const [dryRun, run] = commands('file:tickets.json').filter((args) => !args.includes('--to'))
    expect(app.run(dryRun!)).toMatchObject({ status: 0 })
    expect(existsSync(join(app.folder, 'data'))).toBe(false)
    expect(app.run(run!)).toMatchObject({ status: 0, stdout: expect.stringContaining('2 documents') })
    expect(await kept(app)).toEqual(moved)
  })

  it('is taken over into a table', async () => {
    const app = project(files)
    const table = `desk-${randomUUID()}`
    const [dryRun, run] = commands('file:tickets.json', '--to').map((args) =>
      args.map((arg) => arg.replace('desk-production', table)),
    )
    expect(app.run(dryRun!, environment)).toMatchObject({ status: 0 })
    expect(app.run(run!, environment)).toMatchObject({ status: 0 })
    const { endpoint } = dynamo
    expect(
      await contentsOf(await openDynamoDriver({ table, endpoint, collections: infos, prepare: 'verify' })),
    ).toEqual(moved)
  })

  it('gets other names by a script', async () => {
    const old = { 'a-1': { title: 'It smokes', is_closed: true, created_at: '2026-01-30T08:00:00.123456' } }
    const app = project({ ...files, 'old.json': JSON.stringify(old) })
    expect(app.run(commands('rename.ts')[0]!, { TZ: 'UTC' })).toMatchObject({ status: 0 })
    expect(app.run(commands('file:tickets.json')[1]!)).toMatchObject({ status: 0 })
    expect(await kept(app)).toEqual({
      'tickets/a-1': {
        version: 1,
        value: { subject: 'It smokes', status: 'closed', tags: [], createdAt: '2026-01-30T08:00:00.123Z' },
      },
    })
  })

  it.each([
    [
      'times without a zone are refused by the schema of the page',
      '"2026-01-30T08:00:00.123456"',
      'createdAt',
    ],
    ['NaN is refused with its place', 'NaN', 'at byte'],
  ])('%s', (_, createdAt, told) => {
    const app = project({
      ...files,
      'tickets.json': `{ "t-1": { "subject": "It smokes", "createdAt": ${createdAt} } }`,
    })
    const [dryRun] = commands('file:tickets.json')
    expect(app.run(dryRun!)).toMatchObject({ status: 3, stderr: expect.stringContaining(told) })
  })

  it('takes six digits of a second, and times without a zone when the schema says so', () => {
    const app = project({
      ...files,
      'tickets.ts': files['tickets.ts']!.replace('{ offset: true }', '{ local: true, offset: true }'),
      'tickets.json': JSON.stringify({
        a: { subject: 'It smokes', createdAt: '2026-01-30T08:00:00.123456+00:00' },
        b: { subject: 'It smokes', createdAt: '2026-01-30T08:00:00.123456' },
      }),
    })
    expect(app.run(commands('file:tickets.json')[0]!)).toMatchObject({ status: 0 })
  })

  it('has fields that nobody named listed with a strict schema, and dropped without', async () => {
    const old = JSON.stringify({
      a: { subject: 'It smokes', createdAt: '2026-01-30T08:00:00+00:00', mood: 'bad' },
    })
    const app = project({ ...files, 'tickets.json': old })
    const [dryRun, run] = commands('file:tickets.json')
    const strict = files['tickets.ts']!.replace(
      'const NewTicket = z.object',
      'const NewTicket = z.strictObject',
    )
    app.write({ 'tickets.ts': strict })
    expect(app.run(dryRun!)).toMatchObject({ status: 3, stderr: expect.stringContaining('mood') })
    app.write({ 'tickets.ts': files['tickets.ts']! })
    expect(app.run(run!)).toMatchObject({ status: 0 })
    expect(JSON.stringify(await kept(app))).not.toContain('mood')
  })
})

describe('a DynamoDB table of another program', () => {
  const fill = async (table: string, items: readonly Record<string, unknown>[]) => {
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
    const bare = new DynamoDBClient({ endpoint: dynamo.endpoint, region: 'us-east-1', credentials })
    const client = DynamoDBDocumentClient.from(bare)
    await bare.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'ticket_id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'ticket_id', KeyType: 'HASH' }],
      }),
    )
    for (const Item of items) await client.send(new PutCommand({ TableName: table, Item }))
    bare.destroy()
  }
  const { 'tickets.json': _, ...script } = files
  const exportCommand = (table: string) =>
    commands('export-table.ts')[0]!.map((arg) => (arg === 'old-tickets' ? table : arg))
  const old = { subject: 'It smokes', status: 'open', createdAt: '2026-01-30T08:00:00+00:00' }

  it('is written to a file by the script of the page, and taken over, page after page', async () => {
    const table = `old-${randomUUID()}`
    // More than the megabyte of one page.
    const many = Array.from({ length: 8 }, (_, at) => ({
      ...old,
      ticket_id: `t ${at} é"`,
      subject: 'x'.repeat(200_000),
    }))
    await fill(table, [...many, { ...old, ticket_id: 'set', tags: new Set(['lamp', 'smoke']) }])
    const app = project(script)
    expect(app.run(exportCommand(table), environment)).toMatchObject({ status: 0 })
    const again = app.run(exportCommand(table), environment)
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('EEXIST') })
    expect(app.run(commands('file:tickets.json')[1]!)).toMatchObject({ status: 0 })
    const documents = await kept(app)
    expect(Object.keys(documents)).toHaveLength(9)
    expect(documents['tickets/t 7 é"']).toMatchObject({ value: { subject: 'x'.repeat(200_000) } })
    const { tags } = (documents['tickets/set'] as { value: { tags: string[] } }).value
    expect(tags.toSorted()).toEqual(['lamp', 'smoke'])
  })

  it.each([
    ['bytes', { photo: new Uint8Array([1, 2]) }, 'has bytes'],
    ['integers beyond 2^53', { count: 2n ** 60n }, 'BigInt'],
  ])('stops at %s, and what it wrote until then is refused', async (_, more, told) => {
    const table = `old-${randomUUID()}`
    await fill(table, [{ ...old, ticket_id: 't', ...more }])
    const app = project(script)
    expect(app.run(exportCommand(table), environment)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(told),
    })
    expect(readFileSync(join(app.folder, 'tickets.json'), 'utf8')).not.toContain('}\n')
    expect(app.run(commands('file:tickets.json')[1]!)).toMatchObject({ status: 3 })
  })

  it('that is empty gives an empty file, which is refused with the reason', async () => {
    const table = `old-${randomUUID()}`
    await fill(table, [])
    const app = project(script)
    expect(app.run(exportCommand(table), environment)).toMatchObject({ status: 0 })
    expect(readFileSync(join(app.folder, 'tickets.json'), 'utf8')).toBe('{}\n')
    expect(app.run(commands('file:tickets.json')[0]!)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('there are no documents'),
    })
  })
})
