/** What customers may do. They have no account: the id of a ticket, hard to guess, is the key to it. */
import type { PluginRouter } from '@freeda/runtime'
import type { Tickets } from './contract.ts'
import { CustomerMessage, NewTicket, PageQuery } from './requests.ts'
import { publicMessage, publicTicket } from './views.ts'

export function publicRoutes(router: PluginRouter, tickets: Tickets): void {
  router.post('/tickets', async (ctx) => {
    const ticket = await tickets.open(await ctx.readBody(NewTicket))
    ctx.status = 201
    ctx.set('location', `/tickets/${ticket.id}`)
    ctx.body = publicTicket(ticket)
  })

  router.get('/tickets/:id', async (ctx) => {
    ctx.body = publicTicket(await tickets.get(ctx.params.id!))
  })

  router.get('/tickets/:id/messages', async (ctx) => {
    const page = await tickets.messages(ctx.params.id!, 'customer', await ctx.readQuery(PageQuery))
    ctx.body = { items: page.items.map(publicMessage), cursor: page.cursor }
  })

  router.post('/tickets/:id/messages', async (ctx) => {
    const { text } = await ctx.readBody(CustomerMessage)
    ctx.status = 201
    ctx.body = publicMessage(await tickets.addCustomerMessage(ctx.params.id!, text))
  })
}
