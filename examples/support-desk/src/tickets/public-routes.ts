/** What customers may do. They have no account: the id of a ticket, hard to guess, is the key to it. */
import { reply, type PluginRouter } from '@freeda/runtime'
import type { Tickets } from './contract.ts'
import { CustomerMessage, NewTicket, PageQuery, TicketId } from './requests.ts'
import { pageOf, publicMessage, PublicMessage, publicTicket, PublicTicket } from './views.ts'

export function publicRoutes(router: PluginRouter, tickets: Tickets): void {
  router.post(
    '/tickets',
    { body: NewTicket, response: { 201: PublicTicket }, idempotent: true, summary: 'Open a ticket' },
    async ({ body }) => {
      const ticket = await tickets.open(body)
      return reply(201, publicTicket(ticket), { location: `/tickets/${ticket.id}` })
    },
  )

  router.get(
    '/tickets/:id',
    { params: TicketId, response: PublicTicket, summary: 'How a ticket stands' },
    async ({ params }) => publicTicket(await tickets.get(params.id)),
  )

  router.get(
    '/tickets/:id/messages',
    {
      params: TicketId,
      query: PageQuery,
      response: pageOf(PublicMessage),
      summary: 'The conversation, without notes',
    },
    async ({ params, query }) => {
      const { items, cursor } = await tickets.messages(params.id, 'customer', query)
      return { items: items.map(publicMessage), cursor }
    },
  )

  router.post(
    '/tickets/:id/messages',
    {
      params: TicketId,
      body: CustomerMessage,
      response: { 201: PublicMessage },
      idempotent: true,
      summary: 'Write; brings the ticket back to the staff',
    },
    async ({ params, body }) => publicMessage(await tickets.addCustomerMessage(params.id, body.text)),
  )
}
