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
 * whatever is written while a client connects, and whatever the feed loses. That holds because messages of a ticket get
 * later and later times: see `changeTickets`.
 */
export async function* followMessages(sources: Sources, following: Following): AsyncGenerator<StoredMessage> {
  const { ticketId, reader, signal } = following
  const news = await watchNews(sources.feed, ticketId, reader, signal)
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
/** After a gap nobody says which message to look for, so what an index shows late is looked for once more. */
const secondLookMs = 2_000

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

/** Remembers the newest message that was told of, until somebody takes it, and whether some may not have been told of. */
async function watchNews(
  feed: MessageFeed,
  ticketId: string,
  reader: Following['reader'],
  signal: AbortSignal,
) {
  let newest: StoredMessage | undefined
  let isLookDue = false
  let secondLook: NodeJS.Timeout | undefined
  let wake: (() => void) | undefined
  const tell = (message: StoredMessage) => {
    if (newest === undefined || isAfter(message, newest)) newest = message
    wake?.()
  }
  const look = () => {
    isLookDue = true
    wake?.()
  }
  const unfollow = await feed.follow(ticketId, {
    message(message) {
      if (reader === 'staff' || message.kind !== 'note') tell(message)
    },
    gap() {
      look()
      clearTimeout(secondLook)
      secondLook = setTimeout(look, secondLookMs).unref()
    },
  })
  const onAbort = () => wake?.()
  signal.addEventListener('abort', onAbort)
  return {
    take() {
      const taken = newest
      newest = undefined
      isLookDue = false
      return taken
    },
    putBack: tell,
    /** Resolves when there is something to look for, or no more need to. */
    async come() {
      while (newest === undefined && !isLookDue && !signal.aborted)
        await new Promise<void>((resolve) => (wake = resolve))
    },
    stop() {
      unfollow()
      clearTimeout(secondLook)
      signal.removeEventListener('abort', onAbort)
    },
  }
}
