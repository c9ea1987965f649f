/** Makes the table, or checks that it is what the app needs. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  QueryCommand,
  UpdateTimeToLiveCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb'
import type { Problem } from '@freeda/runtime'
import { FreedaError, type CollectionInfo } from '@freeda/runtime/driver'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  catalogDrift,
  isSameRecord,
  newIndexes,
  onlyAddsIndexes,
  readRecord,
  recordOf,
  writeRecord,
} from './catalog.ts'
import type { Writer } from './commit.ts'
import { exchange, type Exchange } from './exchange.ts'
import { isNamed } from './failures.ts'
import { shardKey } from './layout.ts'
import type { Log } from './log.ts'
import { queryInput } from './query-input.ts'
import { reindexCollection } from './reindex.ts'
import { createTableInput, tableDrift, ttlAttribute, ttlDrift } from './table-shape.ts'

/**
 * - `create`: makes the table unless it is there, and brings documents in line with new indexes; for development.
 * - `verify`: changes no table and no document; for production. New indexes wait for a reindex.
 * - `none`: no request at all.
 */
export type PrepareMode = 'create' | 'verify' | 'none'

export interface PrepareOptions {
  readonly mode: PrepareMode
  readonly collections: readonly CollectionInfo[]
  readonly callTimeoutMs: number
  readonly log: Log
  /** Not even remembers which collections it has seen. With `verify` only. */
  readonly readOnly?: boolean
}

/** @throws FREEDA_STORAGE_TABLE with every difference. */
export async function prepareTable(writer: Writer, options: PrepareOptions): Promise<void> {
  const { mode, collections, callTimeoutMs, log } = options
  if (mode === 'none') return
  const within = <T>(work: (exchange: Exchange) => Promise<T>) =>
    exchange({}, { timeoutMs: callTimeoutMs, purpose: mode }, work)
  const description =
    mode === 'create'
      ? await within((each) => createdTable(writer, each, log))
      : await within((each) => describe(writer, each))
  if (description === undefined) throw drifted(writer.table, [missing(writer.table)])
  const problems = tableDrift(writer.table, description)
  problems.push(...(await within((each) => checkTtl(writer, each, options))))
  for (const collection of collections)
    problems.push(...(await checkCollection(writer, options, collection, within)))
  if (problems.length > 0) throw drifted(writer.table, problems)
}

const drifted = (table: string, problems: readonly Problem[]) =>
  new FreedaError('FREEDA_STORAGE_TABLE', { table, problems })

const missing = (table: string): Problem => ({
  code: 'table_missing',
  at: table,
  message: 'the table does not exist in this account and region.',
  fix: "Deploy the table, correct `table` and `region`, or use `prepare: 'create'`.",
})

async function describe({ connection, table }: Writer, exchange: Exchange) {
  try {
    const input = { TableName: table }
    const { Table } = await connection.send(exchange, input, (options) =>
      connection.client.send(new DescribeTableCommand(input), options),
    )
    return Table
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

const pollMs = 50

async function createdTable(
  writer: Writer,
  exchange: Exchange,
  log: Log,
): Promise<TableDescription | undefined> {
  const { connection, table } = writer
  let description = await describe(writer, exchange)
  if (description === undefined) {
    log.info({ table }, `creating the table ${table}`)
    try {
      const input = createTableInput(table)
      await connection.send(exchange, input, (options) =>
        connection.client.send(new CreateTableCommand(input), options),
      )
    } catch (error) {
      // Another process was faster.
      if (!isNamed(error, 'ResourceInUseException')) throw error
    }
    description = await describe(writer, exchange)
  }
  while (description?.TableStatus === 'CREATING') {
    await sleep(pollMs, undefined, { signal: exchange.signal })
    description = await describe(writer, exchange)
  }
  return description
}

async function checkTtl(
  { connection, table }: Writer,
  exchange: Exchange,
  { mode, log }: PrepareOptions,
): Promise<Problem[]> {
  try {
    const asked = { TableName: table }
    const { TimeToLiveDescription: found } = await connection.send(exchange, asked, (options) =>
      connection.client.send(new DescribeTimeToLiveCommand(asked), options),
    )
    const isOn = found?.TimeToLiveStatus === 'ENABLED' || found?.TimeToLiveStatus === 'ENABLING'
    const problems = ttlDrift(table, isOn ? found.AttributeName : undefined)
    if (mode === 'verify' || isOn || problems.length === 0) return problems
    const specification = { Enabled: true, AttributeName: ttlAttribute }
    const input = { TableName: table, TimeToLiveSpecification: specification }
    await connection.send(exchange, input, (options) =>
      connection.client.send(new UpdateTimeToLiveCommand(input), options),
    )
    return []
  } catch (error) {
    // Some emulators have no time to live. Expired documents are absent with or without it.
    if (!isNamed(error, 'UnknownOperationException')) throw error
    log.warn({ table }, 'the endpoint cannot remove expired documents')
    return []
  }
}

async function checkCollection(
  writer: Writer,
  { mode, log, readOnly = false }: PrepareOptions,
  collection: CollectionInfo,
  within: <T>(work: (exchange: Exchange) => Promise<T>) => Promise<T>,
): Promise<Problem[]> {
  const { name } = collection
  const next = recordOf(collection, writer.slotOf)
  const record = await within((each) => readRecord(writer, each, name))
  if (record !== undefined && isSameRecord(record, next)) return []
  // Documents without a record were written with `prepare: 'none'`: what they are in is not known.
  const before = record ?? { shards: next.shards, indexes: {}, life: null }
  const drift = catalogDrift(name, before, next)
  if (drift.length > 0 && !(await within((each) => isEmpty(writer, each, collection, before.shards)))) {
    const isBuildable = drift.every(({ code }) => code !== 'shards_changed')
    if (mode === 'verify' && !readOnly && record !== undefined && onlyAddsIndexes(record, next)) {
      const indexes = newIndexes(record, next)
      writer.unbuilt.add(name, indexes)
      log.warn({ collection: name, indexes }, `new indexes of ${name} are to be built: run freeda reindex`)
      return []
    }
    if (mode === 'verify' || !isBuildable) return drift
    log.info({ collection: name }, `bringing ${name} in line with its declaration`)
    return reindexCollection(writer, collection, within)
  }
  if (!readOnly) await within((each) => writeRecord(writer, each, name, next))
  return []
}

async function isEmpty(
  { connection, table }: Writer,
  exchange: Exchange,
  { name }: CollectionInfo,
  shards: number,
): Promise<boolean> {
  const counts = Array.from({ length: shards }, async (_, shard) => {
    const input = queryInput({ table, partition: shardKey(name, shard), order: 'asc' }, 1)
    const { Count = 0 } = await connection.send(exchange, input, (options) =>
      connection.client.send(new QueryCommand(input), options),
    )
    return Count
  })
  return (await Promise.all(counts)).every((count) => count === 0)
}
