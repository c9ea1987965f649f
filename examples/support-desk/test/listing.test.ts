import { describe, expect, it } from 'vitest'
import { Tickets } from '../src/tickets/contract.ts'
import { TicketRecord } from '../src/tickets/requests.ts'
import type { Channel, Status } from '../src/tickets/ticket.ts'
import { pageOf, StaffTicket } from '../src/tickets/views.ts'
import { openDesk } from './desk.ts'

type Desk = Awaited<ReturnType<typeof openDesk>>

/** Adopts a ticket for each hour of two days, from midnight on, each third one by SMS and each fourth one resolved. */
async function deskWithTickets(): Promise<Desk> {
  const desk = await openDesk()
  const tickets = desk.app.get(Tickets)
  const first = Date.parse('2026-03-14T00:00:00.000Z')
  for (let hour = 0; hour < 48; hour++) {
    const createdAt = new Date(first + hour * 3_600_000).toISOString()
    await tickets.adopt(
      recordOf(hour, createdAt, hour % 3 === 0 ? 'sms' : 'chat', hour % 4 === 0 ? 'resolved' : 'open'),
    )
  }
  return desk
}

const recordOf = (hour: number, createdAt: string, channel: Channel, status: Status) =>
  TicketRecord.parse({
    externalId: `T-${hour}`,
    channel,
    status,
    priority: 'normal',
    subject: `Ticket ${hour}`,
    customer: { name: 'Yuki Vance', phone: '+1 202 555 0143' },
    createdAt,
    messages: [{ kind: 'customer', text: 'Hello', createdAt }],
  })

/** Follows the cursors to the end. */
async function pagesOf(desk: Desk, path: string, query: Record<string, string>) {
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const search = new URLSearchParams({ ...query, ...(cursor && { cursor }) })
    const response = await desk.asStaff(`${path}?${search.toString()}`)
    expect(response.status).toBe(200)
    const page = pageOf(StaffTicket).parse(await response.json())
    pages.push(page.items.map((ticket) => ticket.externalId!))
    cursor = page.cursor
  } while (cursor)
  return pages
}

const hours = (keep: (hour: number) => boolean) =>
  Array.from({ length: 48 }, (_, hour) => hour)
    .filter(keep)
    .map((hour) => `T-${hour}`)

describe('listing tickets', () => {
  it('by status, newest first, over several pages', async () => {
    const desk = await deskWithTickets()
    const pages = await pagesOf(desk, '/staff/tickets', { status: 'open', limit: '10' })
    expect(pages.map((page) => page.length)).toEqual([10, 10, 10, 6])
    expect(pages.flat()).toEqual(hours((hour) => hour % 4 !== 0).toReversed())
  })

  it('by channel, oldest first', async () => {
    const desk = await deskWithTickets()
    const pages = await pagesOf(desk, '/staff/tickets', { channel: 'sms', order: 'asc', limit: '5' })
    expect(pages.flat()).toEqual(hours((hour) => hour % 3 === 0))
    expect(pages.length).toBeGreaterThan(3)
  })

  it('by day', async () => {
    const desk = await deskWithTickets()
    const pages = await pagesOf(desk, '/staff/tickets', { day: '2026-03-15', order: 'asc', limit: '7' })
    expect(pages.flat()).toEqual(hours((hour) => hour >= 24))
  })

  it('within a time, given in any zone', async () => {
    const desk = await deskWithTickets()
    const pages = await pagesOf(desk, '/staff/tickets', {
      status: 'resolved',
      from: '2026-03-14T09:00:00+01:00',
      to: '2026-03-14T20:00:00Z',
      order: 'asc',
    })
    expect(pages.flat()).toEqual(['T-8', 'T-12', 'T-16'])
  })

  it('all of them', async () => {
    const desk = await deskWithTickets()
    const pages = await pagesOf(desk, '/staff/tickets', { limit: '25' })
    expect(pages.map((page) => page.length)).toEqual([25, 23])
    expect(pages.flat().toSorted()).toEqual(hours(() => true).toSorted())
  })

  it('as a queue: running clocks only, the most overdue first, and stable between pages', async () => {
    const desk = await deskWithTickets()
    const pages = await pagesOf(desk, '/staff/queue', { limit: '20' })
    expect(pages.flat()).toEqual(hours((hour) => hour % 4 !== 0))
  })

  it('goes on after a cursor although the ticket that it stands on has left the listing', async () => {
    const desk = await deskWithTickets()
    const list = async (query: string) =>
      pageOf(StaffTicket).parse(
        await (await desk.asStaff(`/staff/tickets?status=open&order=asc&limit=2${query}`)).json(),
      )
    const page = await list('')
    for (const ticket of page.items) await desk.change(ticket.id, { status: 'closed' })
    const next = await list(`&cursor=${encodeURIComponent(page.cursor!)}`)
    expect(next.items.map((ticket) => ticket.externalId)).toEqual(['T-3', 'T-5'])
  })

  it.each([
    'status=open&channel=sms',
    'from=2026-03-14T00:00:00Z',
    'day=2026-02-30',
    'day=yesterday',
    'limit=0',
    'limit=101',
    'status=open&status=closed',
    'stauts=open',
  ])('refuses %s', async (query) => {
    const desk = await openDesk()
    expect((await desk.asStaff(`/staff/tickets?${query}`)).status).toBe(422)
  })

  it('refuses a cursor of another listing, and one that is made up', async () => {
    const desk = await deskWithTickets()
    const page = pageOf(StaffTicket).parse(
      await (await desk.asStaff('/staff/tickets?status=open&limit=2')).json(),
    )
    for (const query of [`status=resolved&limit=2&cursor=${page.cursor}`, 'status=open&cursor=AAAA'])
      expect((await desk.asStaff(`/staff/tickets?${query}`)).status).toBe(400)
  })
})
