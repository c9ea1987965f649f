/** Walks sections of the table, one or several merged into one order. */
import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { byteOrdered } from '@freeda/runtime/driver'
import type { Exchange } from './exchange.ts'
import { isAlive } from './item.ts'
import type { Item } from './layout.ts'
import { queryInput, sortName, type Section } from './query-input.ts'
import type { Reader } from './read.ts'

/** Living items of a section, in order; expired ones are passed over. */
export interface Walk {
  /** The next item, which stays the next until it is taken. */
  peek(): Promise<Item | undefined>
  take(): void
  /** Where the next item stands, as `<` compares it. */
  place(item: Item): string
}

/**
 * Walks one section.
 * @param pageSize items asked for at a time.
 */
export function walk(
  { connection }: Reader,
  exchange: Exchange,
  section: Section,
  { pageSize, nowMs }: { pageSize: number; nowMs: number },
): Walk {
  const sort = sortName(section)
  let page: Item[] = []
  let at = 0
  let startKey: Item | undefined
  let isEnd = false

  const nextPage = async () => {
    const input = { ...queryInput(section, pageSize), ExclusiveStartKey: startKey }
    const { Items = [], LastEvaluatedKey } = await connection.send(exchange, input, (options) =>
      connection.client.send(new QueryCommand(input), options),
    )
    page = Items.filter((item) => isAlive(item, nowMs) && item[sort]?.S !== section.to)
    at = 0
    startKey = LastEvaluatedKey
    isEnd = LastEvaluatedKey === undefined
  }
  return {
    async peek() {
      while (at === page.length && !isEnd) await nextPage()
      return page[at]
    },
    take: () => void at++,
    place: (item) => byteOrdered(item[sort]?.S ?? ''),
  }
}

/** The first `count` items of all walks together, in one order. */
export async function merge(walks: readonly Walk[], order: Section['order'], count: number): Promise<Item[]> {
  const items: Item[] = []
  // All begin at once; from then on only the one that is at its end is waited for.
  const heads = await Promise.all(walks.map((each) => each.peek()))
  while (items.length < count) {
    let next = -1
    for (const [at, head] of heads.entries()) {
      if (head === undefined) continue
      if (next === -1 || isBefore(walks[at]!.place(head), walks[next]!.place(heads[next]!), order)) next = at
    }
    if (next === -1) break
    items.push(heads[next]!)
    walks[next]!.take()
    if (items.length < count) heads[next] = await walks[next]!.peek()
  }
  return items
}

const isBefore = (a: string, b: string, order: Section['order']) => (order === 'asc' ? a < b : a > b)
