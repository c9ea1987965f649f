/** Builds indexes from a script. */
import { FreedaError } from '@freeda/runtime/driver'
import { openWriter, type DynamoDriverOptions } from './dynamo-driver.ts'
import { exchange, type Exchange } from './exchange.ts'
import { reindexCollection } from './reindex.ts'

export type ReindexOptions = Omit<DynamoDriverOptions, 'prepare'>

/**
 * Brings every document of `collections` into the indexes that are declared now. Documents may be read and written
 * meanwhile, by an app that declares the same indexes. Can be run again.
 * @throws FREEDA_STORAGE_TABLE naming documents that cannot be in an index.
 */
export async function reindexDynamo(options: ReindexOptions): Promise<void> {
  const { collections = [], table } = options
  const { writer, callTimeoutMs } = openWriter(options)
  const within = <T>(work: (exchange: Exchange) => Promise<T>) => exchange({}, callTimeoutMs, work)
  try {
    const problems = []
    for (const collection of collections)
      problems.push(...(await reindexCollection(writer, collection, within)))
    if (problems.length > 0) throw new FreedaError('FREEDA_STORAGE_TABLE', { table, problems })
  } finally {
    writer.connection.close()
  }
}
