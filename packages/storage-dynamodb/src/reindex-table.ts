/** Builds indexes from a script. */
import { openWriter, type DynamoDriverOptions } from './dynamo-driver.ts'
import { reindexTable } from './reindex.ts'

export type ReindexOptions = Omit<DynamoDriverOptions, 'prepare'>

/** See `on-demand.ts`. */
export async function reindexDynamo(options: ReindexOptions): Promise<void> {
  const { writer, callTimeoutMs } = openWriter(options)
  try {
    await reindexTable(writer, { collections: options.collections ?? [], callTimeoutMs })
  } finally {
    writer.connection.close()
  }
}
