import type { Tickets } from '../tickets/contract.ts'
import type { MessageFeed } from './contract.ts'

/**
 * The same tickets, with every message announced once it is stored: at once, for those who watch. A process that ends in
 * between announces nothing; the job that was stored with the message does it then, see `../tickets/read-messages.ts`.
 */
export const announced = (tickets: Tickets, feed: MessageFeed): Tickets => ({
  ...tickets,
  async addCustomerMessage(ticketId, text) {
    const message = await tickets.addCustomerMessage(ticketId, text)
    void feed.publish(message)
    return message
  },
  async addStaffMessage(ticketId, request) {
    const message = await tickets.addStaffMessage(ticketId, request)
    void feed.publish(message)
    return message
  },
})
