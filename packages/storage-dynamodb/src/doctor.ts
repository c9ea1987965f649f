/** What `freeda doctor` says of the table: without writing anything, and whatever `prepare` says. */
import type { Finding } from '@freeda/runtime'
import { isFreedaError } from '@freeda/runtime/driver'
import type { Connection } from './connection.ts'
import { openWriter, type DynamoDriverOptions } from './dynamo-driver.ts'
import { reasonOf } from './failures.ts'
import { silentLog } from './log.ts'
import { prepareTable, type PrepareMode } from './prepare.ts'

export interface ExamineOptions extends DynamoDriverOptions {
  /** What the app does at its start. */
  readonly prepare: PrepareMode
}

export async function examineTable(options: ExamineOptions): Promise<Finding[]> {
  const { table, collections = [] } = options
  let connection: Connection | undefined
  try {
    const { writer, callTimeoutMs } = openWriter({ ...options, maxAttempts: 2 })
    ;({ connection } = writer)
    const clock = watchClock(connection)
    const prepared = await settled(
      prepareTable(writer, { mode: 'verify', collections, callTimeoutMs, log: silentLog, readOnly: true }),
    )
    const found = prepared.map((error) => tableFindings(error, options)).flat()
    return [...(found.length > 0 ? found : [fine(table, collections.length)]), ...clockFindings(clock())]
  } catch (error) {
    return tableFindings(error, options)
  } finally {
    connection?.close()
  }
}

const fine = (table: string, count: number): Finding => ({
  id: 'table',
  severity: 'ok',
  message: `The table ${table} can be read, and holds what ${count === 1 ? 'the one collection' : `all ${count} collections`} of the app need.`,
})

/** The error that a promise was rejected with, if it was. */
const settled = (work: Promise<void>): Promise<unknown[]> =>
  work.then(
    () => [],
    (error: unknown) => [error],
  )

function tableFindings(error: unknown, { prepare, table }: ExamineOptions): Finding[] {
  if (isFreedaError(error, 'FREEDA_STORAGE_TABLE'))
    return error.data.problems.map(({ code, at, message, fix }) =>
      prepare === 'create' && madeAtStart.has(code)
        ? {
            id: `table.${code}`,
            severity: 'note',
            message: `${at}: ${message} The app mends that at its start.`,
          }
        : {
            id: `table.${code}`,
            severity: 'error',
            message: `${at}: ${message}`,
            ...(fix === undefined ? {} : { fix }),
          },
    )
  return [
    {
      id: 'table',
      severity: 'error',
      message: `The table ${table} cannot be looked at: ${reasonOf(error)}`,
      fix: 'Correct what it says; `aws sts get-caller-identity` tells which credentials are used here.',
    },
  ]
}

const madeAtStart: ReadonlySet<string> = new Set(['table_missing', 'index_not_built', 'ttl_changed'])

/**
 * Sees the `Date` of every answer.
 * @returns how far this machine is ahead of the last of them, in milliseconds; undefined when there was none
 */
function watchClock({ client }: Connection): () => number | undefined {
  let aheadMs: number | undefined
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { headers } = result.response as { headers?: Readonly<Record<string, string>> }
      const dateMs = Date.parse(headers?.['date'] ?? '')
      if (!Number.isNaN(dateMs)) aheadMs = Date.now() - dateMs
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'freedaClock' },
  )
  return () => aheadMs
}

/** AWS refuses what is signed five minutes off. The header counts whole seconds. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html */
const [noticeableMs, dangerousMs] = [5_000, 60_000]

function clockFindings(aheadMs: number | undefined): Finding[] {
  if (aheadMs === undefined) return []
  const seconds = Math.round(Math.abs(aheadMs) / 1_000)
  if (Math.abs(aheadMs) < noticeableMs)
    return [
      { id: 'clock', severity: 'ok', message: 'The clock of this machine agrees with that of DynamoDB.' },
    ]
  return [
    {
      id: 'clock',
      severity: Math.abs(aheadMs) < dangerousMs ? 'warning' : 'error',
      message: `The clock of this machine is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of DynamoDB, which refuses requests that are five minutes off; documents expire by it too.`,
      fix: 'Synchronise it, e.g. with chrony (`timedatectl set-ntp true`).',
    },
  ]
}
