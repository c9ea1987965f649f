import type { Tickets } from '../tickets/contract.ts'
import type { MessageFeed } from './contract.ts'

/** The same tickets, with every message announced once it is stored. */
export const announced = (tickets: Tickets, feed: MessageFeed): Tickets => ({
  ...tickets,
  async addCustomerMessage(ticketId, text) {
    const message = await tickets.addCustomerMessage(ticketId, text)
    feed.publish(message)
    return message
  },
  async addStaffMessage(ticketId, request) {
    const message = await tickets.addStaffMessage(ticketId, request)
    feed.publish(message)
    return message
  },
})
