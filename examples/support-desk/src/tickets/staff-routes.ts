/** What staff may do: everything below `/staff` is behind {@link StaffOnly}. */
import type { PluginRouter } from '@freeda/runtime'
import type { StaffOnly } from '../staff/contract.ts'
import type { Tickets } from './contract.ts'
import { PageQuery, StaffMessage, TicketChange, TicketId, TicketQuery } from './requests.ts'
import { pageOf, staffMessage, StaffMessageView, staffTicket, StaffTicket } from './views.ts'

export function staffRoutes(router: PluginRouter, staffOnly: StaffOnly, tickets: Tickets): void {
  router.use('/staff', staffOnly)

  router.get(
    '/staff/tickets',
    { query: TicketQuery, response: pageOf(StaffTicket), summary: 'All, or by status, channel or day' },
    async ({ query }) => {
      const { items, cursor } = await tickets.list(query)
      return { items: items.map((ticket) => staffTicket(ticket, Date.now())), cursor }
    },
  )

  router.get(
    '/staff/queue',
    { query: PageQuery, response: pageOf(StaffTicket), summary: 'What is due first' },
    async ({ query }) => {
      const { items, cursor } = await tickets.queue(query)
      return { items: items.map((ticket) => staffTicket(ticket, Date.now())), cursor }
    },
  )

  router.get(
    '/staff/tickets/:id',
    { params: TicketId, response: StaffTicket, summary: 'Everything about one' },
    async ({ params }) => staffTicket(await tickets.get(params.id), Date.now()),
  )

  router.patch(
    '/staff/tickets/:id',
    {
      params: TicketId,
      body: TicketChange,
      response: StaffTicket,
      summary: 'Change it; with `If-Match` or `version`, only if nobody else did',
    },
    async ({ params, body, ifVersion }) => {
      const ticket = await tickets.change(params.id, { ...body, version: ifVersion ?? body.version })
      return staffTicket(ticket, Date.now())
    },
  )

  router.get(
    '/staff/tickets/:id/messages',
    { params: TicketId, query: PageQuery, response: pageOf(StaffMessageView), summary: 'The conversation' },
    async ({ params, query }) => {
      const { items, cursor } = await tickets.messages(params.id, 'staff', query)
      return { items: items.map(staffMessage), cursor }
    },
  )

  router.post(
    '/staff/tickets/:id/messages',
    {
      params: TicketId,
      body: StaffMessage,
      response: { 201: StaffMessageView },
      idempotent: true,
      summary: 'Reply, or leave a note',
    },
    async ({ params, body }) => staffMessage(await tickets.addStaffMessage(params.id, body)),
  )
}
