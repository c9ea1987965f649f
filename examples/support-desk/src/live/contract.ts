/** How what happens to tickets reaches those who follow them, on whatever instance they are: a token. */
import { service } from '@freeda/runtime'
import type { StoredMessage } from '../tickets/message.ts'

export interface Follower {
  /** A message was stored. Not every message is told of, and some are told of twice. */
  message(message: StoredMessage): void
  /** Some were not told of: look for yourself. */
  gap(): void
}

export interface MessageFeed {
  /** Tells of a message that is stored. Never rejects: who is not told of it finds it in storage. */
  publish(message: StoredMessage): Promise<void>
  /** Resolves when every message from now on is told of, to what ends it. */
  follow(ticketId: string, follower: Follower): Promise<() => void>
}

export const MessageFeed = service<MessageFeed>('support.message-feed')
