import { setTimeout as wait } from 'node:timers/promises'
import type { StoredMessage } from '../tickets/message.ts'
import type { Tickets } from '../tickets/contract.ts'
import type { MessageFeed } from './contract.ts'
import { isAfter, type Position } from './position.ts'

export interface Following {
  readonly ticketId: string
  /** Customers do not see notes. */
  readonly reader: 'customer' | 'staff'
  /** The last message that is known already; everything, without it. */
  readonly after: Position | undefined
  /** Ends it. */
  readonly signal: AbortSignal
}

interface Sources {
  readonly tickets: Pick<Tickets, 'messages'>
  readonly feed: MessageFeed
}

/**
 * The messages of a ticket, and then every new one as it comes. The feed only says that there is something new; what it
 * is is read from storage, behind the last message that was given. So there is one order, without a gap or a duplicate,
 * whatever is written while a client connects. That holds because messages of a ticket get later and later times: see
 * `changeTickets`.
 */
export async function* followMessages(sources: Sources, following: Following): AsyncGenerator<StoredMessage> {
  const { ticketId, reader, signal } = following
  const news = watchNews(sources.feed, ticketId, reader, signal)
  let last = following.after
  let misses = 0
  try {
    while (!signal.aborted) {
      const newest = news.take()
      for await (const message of messagesAfter(sources.tickets, following, last)) {
        last = message
        yield message
      }
      if (newest === undefined || (last !== undefined && !isAfter(newest, last))) misses = 0
      else if (++misses <= maxMisses) {
        // An index may lag behind what is stored.
        await wait(lagMs, undefined, { signal }).catch(() => undefined)
        news.putBack(newest)
      }
      await news.come()
    }
  } finally {
    news.stop()
  }
}

const lagMs = 100
/** Together five seconds; then the next news is waited for. */
const maxMisses = 50

async function* messagesAfter(
  tickets: Sources['tickets'],
  { ticketId, reader }: Following,
  after: Position | undefined,
): AsyncGenerator<StoredMessage> {
  let cursor: string | undefined
  do {
    const page = await tickets.messages(ticketId, reader, { limit: 100, cursor, from: after?.createdAt })
    for (const message of page.items) if (after === undefined || isAfter(message, after)) yield message
    ;({ cursor } = page)
  } while (cursor !== undefined)
}

/** Remembers the newest message that was told of, until somebody takes it. */
function watchNews(feed: MessageFeed, ticketId: string, reader: Following['reader'], signal: AbortSignal) {
  let newest: StoredMessage | undefined
  let wake: (() => void) | undefined
  const tell = (message: StoredMessage) => {
    if (newest === undefined || isAfter(message, newest)) newest = message
    wake?.()
  }
  const unfollow = feed.follow(ticketId, (message) => {
    if (reader === 'staff' || message.kind !== 'note') tell(message)
  })
  const onAbort = () => wake?.()
  signal.addEventListener('abort', onAbort)
  return {
    take() {
      const taken = newest
      newest = undefined
      return taken
    },
    putBack: tell,
    /** Resolves when there is news, or no more need of any. */
    async come() {
      while (newest === undefined && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
    },
    stop() {
      unfollow()
      signal.removeEventListener('abort', onAbort)
    },
  }
}
