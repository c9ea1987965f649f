import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { examineTable } from '../src/doctor.ts'
import { openDynamoDriver } from '../src/dynamo-driver.ts'
import { freshTable, startDynamo } from './start-dynamo.ts'
import { collections } from './support.ts'

const dynamo = await startDynamo()
const { endpoint } = dynamo
const client = new DynamoDBClient({
  endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})
afterAll(() => dynamo.stop())

const look = async (options: Partial<Parameters<typeof examineTable>[0]> & { table: string }) =>
  (await examineTable({ endpoint, collections, prepare: 'verify', ...options }))
    .filter(({ id }) => id !== 'clock')
    .map(({ id, severity }) => `${severity} ${id}`)

describe('the doctor, of a table', () => {
  it('says that it is missing, and in development that the start makes it', async () => {
    const table = freshTable()
    expect(await look({ table })).toEqual(['error table.table_missing'])
    expect(await look({ table, prepare: 'create' })).toEqual(['note table.table_missing'])
  })

  it('compares it with what the app declares, and writes nothing', async () => {
    const table = freshTable()
    const driver = await openDynamoDriver({ endpoint, table })
    await driver.close()
    const items = async () => (await client.send(new ScanCommand({ TableName: table }))).Count
    const before = await items()
    expect(await look({ table })).toEqual(['ok table'])
    expect(await items()).toBe(before)
  })

  it('says why it cannot be looked at', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    expect(await look({ table: 'desk', endpoint: `http://127.0.0.1:${port}` })).toEqual(['error table'])
  })

  it('compares the clock with that of the answers, when they tell it', async () => {
    const skewed = createServer((socket) =>
      socket.on('data', () =>
        socket.end(
          `HTTP/1.1 400 Bad Request\r\ndate: ${new Date(Date.now() - 120_000).toUTCString()}\r\ncontent-type: application/x-amz-json-1.0\r\n\r\n{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no"}`,
        ),
      ),
    )
    await new Promise<void>((resolve) => skewed.listen(0, '127.0.0.1', resolve))
    const { port } = skewed.address() as AddressInfo
    const found = await examineTable({
      endpoint: `http://127.0.0.1:${port}`,
      table: 'desk',
      collections,
      prepare: 'verify',
    })
    skewed.close()
    expect(found.find(({ id }) => id === 'clock')).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/12\d s ahead of/),
    })
  })
})
