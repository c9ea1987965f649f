/** What staff may do. */
import type { PluginRouter } from '@freeda/runtime'
import { staffOnly } from '../staff/contract.ts'
import type { Tickets } from './contract.ts'
import { PageQuery, StaffMessage, TicketChange, TicketId, TicketQuery } from './requests.ts'
import { pageOf, staffMessage, StaffMessageView, staffTicket, StaffTicket } from './views.ts'

export function staffRoutes(router: PluginRouter, tickets: Tickets): void {
  router.get(
    '/staff/tickets',
    {
      query: TicketQuery,
      response: pageOf(StaffTicket),
      summary: 'All, or by status, channel or day',
      security: staffOnly,
    },
    async ({ query }) => {
      const { items, cursor } = await tickets.list(query)
      return { items: items.map((ticket) => staffTicket(ticket, Date.now())), cursor }
    },
  )

  router.get(
    '/staff/queue',
    { query: PageQuery, response: pageOf(StaffTicket), summary: 'What is due first', security: staffOnly },
    async ({ query }) => {
      const { items, cursor } = await tickets.queue(query)
      return { items: items.map((ticket) => staffTicket(ticket, Date.now())), cursor }
    },
  )

  router.get(
    '/staff/tickets/:id',
    { params: TicketId, response: StaffTicket, summary: 'Everything about one', security: staffOnly },
    async ({ params }) => staffTicket(await tickets.get(params.id), Date.now()),
  )

  router.patch(
    '/staff/tickets/:id',
    {
      params: TicketId,
      body: TicketChange,
      response: StaffTicket,
      summary: 'Change it; with `If-Match` or `version`, only if nobody else did',
      security: staffOnly,
    },
    async ({ params, body, ifVersion }) => {
      const ticket = await tickets.change(params.id, { ...body, version: ifVersion ?? body.version })
      return staffTicket(ticket, Date.now())
    },
  )

  router.get(
    '/staff/tickets/:id/messages',
    {
      params: TicketId,
      query: PageQuery,
      response: pageOf(StaffMessageView),
      summary: 'The conversation',
      security: staffOnly,
    },
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
      security: staffOnly,
    },
    async ({ params, body }) => staffMessage(await tickets.addStaffMessage(params.id, body)),
  )
}
