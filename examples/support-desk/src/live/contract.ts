/** How what happens to tickets reaches those who follow them: a token. In this process or between many is up to the config. */
import { service } from '@freeda/runtime'
import type { StoredMessage } from '../tickets/message.ts'

export interface MessageFeed {
  /** Tells of a message that is stored. */
  publish(message: StoredMessage): void
  /** Calls `listener` with every message published from now on; gives back how to stop that. */
  follow(ticketId: string, listener: (message: StoredMessage) => void): () => void
}

export const MessageFeed = service<MessageFeed>('support.message-feed')
