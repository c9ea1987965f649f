/** What staff may do, each route behind {@link StaffOnly}. */
import type { PluginRouter } from '@freeda/runtime'
import type { StaffOnly } from '../staff/contract.ts'
import type { Tickets } from './contract.ts'
import { PageQuery, StaffMessage, TicketChange, TicketQuery } from './requests.ts'
import { staffMessage, staffTicket } from './views.ts'

export function staffRoutes(router: PluginRouter, staffOnly: StaffOnly, tickets: Tickets): void {
  router.get('/staff/tickets', staffOnly, async (ctx) => {
    const page = await tickets.list(await ctx.readQuery(TicketQuery))
    ctx.body = { items: page.items.map((ticket) => staffTicket(ticket, Date.now())), cursor: page.cursor }
  })

  router.get('/staff/queue', staffOnly, async (ctx) => {
    const page = await tickets.queue(await ctx.readQuery(PageQuery))
    ctx.body = { items: page.items.map((ticket) => staffTicket(ticket, Date.now())), cursor: page.cursor }
  })

  router.get('/staff/tickets/:id', staffOnly, async (ctx) => {
    ctx.body = staffTicket(await tickets.get(ctx.params.id!), Date.now())
  })

  router.patch('/staff/tickets/:id', staffOnly, async (ctx) => {
    const change = await ctx.readBody(TicketChange)
    ctx.body = staffTicket(await tickets.change(ctx.params.id!, change), Date.now())
  })

  router.get('/staff/tickets/:id/messages', staffOnly, async (ctx) => {
    const page = await tickets.messages(ctx.params.id!, 'staff', await ctx.readQuery(PageQuery))
    ctx.body = { items: page.items.map(staffMessage), cursor: page.cursor }
  })

  router.post('/staff/tickets/:id/messages', staffOnly, async (ctx) => {
    const message = await ctx.readBody(StaffMessage)
    ctx.status = 201
    ctx.body = staffMessage(await tickets.addStaffMessage(ctx.params.id!, message))
  })
}
