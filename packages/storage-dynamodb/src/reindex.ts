/** Brings documents into the indexes that are declared now, while others may read and write them. */
import type { Problem } from '@freeda/runtime'
import { FreedaError, type CollectionInfo } from '@freeda/runtime/driver'
import { recordOf, writeRecord } from './catalog.ts'
import type { Writer } from './commit.ts'
import { exchange, type Exchange } from './exchange.ts'
import { shardKey, type Item } from './layout.ts'
import { reindexDocument } from './reindex-document.ts'
import { walk } from './sections.ts'

type Within = <T>(work: (exchange: Exchange) => Promise<T>) => Promise<T>

const pageSize = 100
const maxDocumentsAtOnce = 8
const maxProblems = 20

export interface ReindexTableOptions {
  readonly collections: readonly CollectionInfo[]
  readonly callTimeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Told of documents that were looked at. */
  readonly advance?: ((documents: number) => void) | undefined
}

/** @throws FREEDA_STORAGE_TABLE naming documents that cannot be in an index. */
export async function reindexTable(writer: Writer, options: ReindexTableOptions): Promise<void> {
  const { collections, callTimeoutMs, signal, advance } = options
  const within: Within = (work) =>
    exchange({ signal }, { timeoutMs: callTimeoutMs, purpose: 'reindex' }, work)
  const problems: Problem[] = []
  for (const collection of collections)
    problems.push(...(await reindexCollection(writer, collection, within, advance)))
  if (problems.length > 0) throw new FreedaError('FREEDA_STORAGE_TABLE', { table: writer.table, problems })
}

/**
 * @param advance told of documents that were looked at.
 * @returns the documents that cannot be in the declared indexes; the collection counts as built when there are none.
 */
export async function reindexCollection(
  writer: Writer,
  collection: CollectionInfo,
  within: Within,
  advance: (documents: number) => void = () => {},
): Promise<Problem[]> {
  const problems: Problem[] = []
  for (let shard = 0; shard < collection.shards; shard++) {
    let from: string | undefined
    do {
      const page = await within((each) => readPage(writer, each, collection, shard, from))
      const items = page.slice(0, pageSize)
      problems.push(...(await reindexItems(writer, within, collection, items)))
      if (problems.length >= maxProblems) return problems.slice(0, maxProblems)
      advance(items.length)
      from = page[pageSize]?.['sk']?.S
    } while (from !== undefined)
  }
  if (problems.length === 0)
    await within((each) => writeRecord(writer, each, collection.name, recordOf(collection, writer.slotOf)))
  return problems
}

async function reindexItems(
  writer: Writer,
  within: Within,
  collection: CollectionInfo,
  items: readonly Item[],
): Promise<Problem[]> {
  const left = [...items]
  const problems: Problem[] = []
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      const looked = item
      const problem = await within((each) => reindexDocument(writer, each, collection, looked))
      if (problem !== undefined) problems.push(problem)
    }
  }
  await Promise.all(Array.from({ length: maxDocumentsAtOnce }, lane))
  return problems
}

async function readPage(
  writer: Writer,
  exchange: Exchange,
  { name }: CollectionInfo,
  shard: number,
  from: string | undefined,
): Promise<Item[]> {
  const section = { table: writer.table, partition: shardKey(name, shard), from, order: 'asc' as const }
  const items = walk(writer, exchange, section, { pageSize: pageSize + 1, nowMs: Date.now() })
  const page: Item[] = []
  for (
    let item = await items.peek();
    item !== undefined && page.length <= pageSize;
    item = await items.peek()
  ) {
    page.push(item)
    items.take()
  }
  return page
}
