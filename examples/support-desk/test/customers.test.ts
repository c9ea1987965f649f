import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pageOf, PublicMessage, PublicTicket } from '../src/tickets/views.ts'
import { newTicket, openDesk } from './desk.ts'

const Problem = z.object({ code: z.string(), errors: z.array(z.object({ path: z.string() })).optional() })

describe('a customer', () => {
  it('opens a ticket and is told where it is', async () => {
    const desk = await openDesk()
    const response = await desk.asCustomer('/tickets', { method: 'POST', json: newTicket })
    const ticket = PublicTicket.parse(await response.json())

    expect(response.status).toBe(201)
    expect(response.headers.get('location')).toBe(`/tickets/${ticket.id}`)
    expect(ticket).toMatchObject({ channel: 'email', status: 'open', subject: 'Where is my lamp?' })

    const again = await desk.asCustomer(`/tickets/${ticket.id}`)
    expect(await again.json()).toEqual(ticket)
  })

  it('opens one ticket with a form that is sent twice', async () => {
    const desk = await openDesk()
    const send = () =>
      desk.asCustomer('/tickets', {
        method: 'POST',
        headers: { 'idempotency-key': 'form-1' },
        json: newTicket,
      })
    const [first, second] = [await send(), await send()]
    expect(await second.json()).toEqual(await first.json())
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    const { items } = z
      .object({ items: z.array(z.unknown()) })
      .parse(await (await desk.asStaff('/staff/tickets')).json())
    expect(items).toHaveLength(1)
  })

  it('finds the first message in the conversation of a new ticket', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    const response = await desk.asCustomer(`/tickets/${id}/messages`)
    const { items } = pageOf(PublicMessage).parse(await response.json())
    expect(items).toMatchObject([{ from: 'customer', text: newTicket.text }])
  })

  it('sees no internals: no notes, no names of agents, no analysis, no contact data', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    for (const kind of ['note', 'reply'])
      await desk.asStaff(`/staff/tickets/${id}/messages`, {
        method: 'POST',
        json: { kind, agent: 'Claire', text: `This is a ${kind}.` },
      })
    await desk.change(id, { assignee: 'Claire' })

    const ticket = await (await desk.asCustomer(`/tickets/${id}`)).text()
    const messages = await (await desk.asCustomer(`/tickets/${id}/messages`)).text()
    expect(Object.keys(JSON.parse(ticket) as object).toSorted()).toEqual(
      Object.keys(PublicTicket.shape).toSorted(),
    )
    expect(messages).toContain('This is a reply.')
    for (const internal of ['This is a note.', 'Claire', 'sentiment', 'example.com'])
      expect(ticket + messages).not.toContain(internal)
  })

  it('gets full pages of a conversation however many notes are in between', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    for (let round = 1; round <= 3; round++)
      for (const kind of ['note', 'note', 'reply'])
        await desk.asStaff(`/staff/tickets/${id}/messages`, {
          method: 'POST',
          json: { kind, agent: 'Hugo', text: `${kind} ${round}` },
        })

    const pages: string[][] = []
    let cursor: string | undefined
    do {
      const query = new URLSearchParams({ limit: '2', ...(cursor && { cursor }) })
      const response = await desk.asCustomer(`/tickets/${id}/messages?${query.toString()}`)
      const page = pageOf(PublicMessage).parse(await response.json())
      pages.push(page.items.map((message) => message.text))
      cursor = page.cursor
    } while (cursor)
    expect(pages.flat()).toEqual([newTicket.text, 'reply 1', 'reply 2', 'reply 3'])
    expect(pages[0]).toHaveLength(2)
  })

  it('brings a ticket that waits for them back to the staff by writing', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    await desk.change(id, { status: 'waiting_customer' })
    const response = await desk.asCustomer(`/tickets/${id}/messages`, {
      method: 'POST',
      json: { text: 'Here is the photo.' },
    })
    expect(response.status).toBe(201)
    expect(await desk.look(id)).toMatchObject({ status: 'open', sla: { state: 'running' } })
  })

  it('cannot write to a closed ticket, and nothing is kept of the attempt', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    await desk.change(id, { status: 'closed' })
    const response = await desk.asCustomer(`/tickets/${id}/messages`, {
      method: 'POST',
      json: { text: 'Hello?' },
    })
    expect(response.status).toBe(409)
    expect(Problem.parse(await response.json()).code).toBe('ticket_closed')
    const messages = await (await desk.asCustomer(`/tickets/${id}/messages`)).json()
    expect(pageOf(PublicMessage).parse(messages).items).toHaveLength(1)
  })

  it.each([
    ['no subject', { subject: ' ' }, 'body.subject'],
    ['an unknown channel', { channel: 'pigeon' }, 'body.channel'],
    ['a channel that cannot reach them', { channel: 'sms' }, 'body.customer'],
    ['a field that does not exist', { priority: 'urgent' }, 'body'],
  ])('is told what is wrong with %s', async (_, change, path) => {
    const desk = await openDesk()
    const response = await desk.asCustomer('/tickets', { method: 'POST', json: { ...newTicket, ...change } })
    expect(response.status).toBe(422)
    expect(Problem.parse(await response.json()).errors).toContainEqual(expect.objectContaining({ path }))
  })

  it('gets a 404 for a ticket that does not exist, for its messages too', async () => {
    const desk = await openDesk()
    for (const path of ['/tickets/nope', '/tickets/nope/messages']) {
      const response = await desk.asCustomer(path)
      expect(response.status).toBe(404)
      expect(Problem.parse(await response.json()).code).toBe('ticket_not_found')
    }
  })
})
