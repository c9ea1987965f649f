/** Reading: every listing is a query on one index. */
import type { Page } from '@freeda/runtime'
import type { TicketStore } from './collections.ts'
import type { Tickets } from './contract.ts'
import { ticketNotFound } from './problems.ts'
import type { TicketQuery } from './requests.ts'
import type { Ticket } from './ticket.ts'

export function listTickets({ tickets, messages }: TicketStore) {
  const get: Tickets['get'] = async (id) => {
    const ticket = await tickets.get(id)
    if (ticket === undefined) throw ticketNotFound(id)
    return ticket
  }

  return {
    get,

    list({ status, channel, day, from, to, ...page }: TicketQuery): Promise<Page<Ticket>> {
      const range = { ...(from && { gte: from }), ...(to && { lt: to }) }
      if (status) return tickets.query({ index: 'byStatus', partition: status, range, ...page })
      if (channel) return tickets.query({ index: 'byChannel', partition: channel, range, ...page })
      if (day) return tickets.query({ index: 'byDay', partition: day, ...page })
      return tickets.query(page)
    },

    queue: (page) => tickets.query({ index: 'byDue', partition: 'running', ...page }),

    async messages(ticketId, reader, { from, ...page }) {
      await get(ticketId)
      const query = { partition: ticketId, range: from === undefined ? {} : { gte: from }, ...page }
      return reader === 'staff'
        ? messages.query({ index: 'byTicket', ...query })
        : messages.query({ index: 'publicByTicket', ...query })
    },
  } satisfies Partial<Tickets>
}
