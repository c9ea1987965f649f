import type { Bus } from '@freeda/runtime'
import type { StoredMessage } from '../tickets/message.ts'
import type { MessageFeed } from './contract.ts'

/** A feed that reaches as far as the bus of the app: this process, or all instances. */
export const busFeed = (bus: Bus): MessageFeed => ({
  async publish(message) {
    await bus.publish(topicOf(message.ticketId), message)
  },
  async follow(ticketId, follower) {
    const subscription = await bus.subscribe<StoredMessage>(topicOf(ticketId), follower.message, {
      onGap: follower.gap,
    })
    return subscription.unsubscribe
  },
})

const topicOf = (ticketId: string) => `ticket ${ticketId}`
