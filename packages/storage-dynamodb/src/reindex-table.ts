/** Builds indexes from a script. */
import { FreedaError } from '@freeda/runtime/driver'
import { openWriter, type DynamoDriverOptions } from './dynamo-driver.ts'
import { exchange, type Exchange } from './exchange.ts'
import { reindexCollection } from './reindex.ts'

export type ReindexOptions = Omit<DynamoDriverOptions, 'prepare'>

/** See `on-demand.ts`. */
export async function reindexDynamo(options: ReindexOptions): Promise<void> {
  const { collections = [], table } = options
  const { writer, callTimeoutMs } = openWriter(options)
  const within = <T>(work: (exchange: Exchange) => Promise<T>) =>
    exchange({}, { timeoutMs: callTimeoutMs, purpose: 'reindex' }, work)
  try {
    const problems = []
    for (const collection of collections)
      problems.push(...(await reindexCollection(writer, collection, within)))
    if (problems.length > 0) throw new FreedaError('FREEDA_STORAGE_TABLE', { table, problems })
  } finally {
    writer.connection.close()
  }
}
