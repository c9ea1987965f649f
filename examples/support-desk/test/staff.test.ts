import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Tickets } from '../src/tickets/contract.ts'
import { pageOf, StaffMessageView, StaffTicket } from '../src/tickets/views.ts'
import { openDesk, staffToken } from './desk.ts'

const Problem = z.looseObject({ code: z.string() })
const problemOf = async (response: Response) => Problem.parse(await response.json())

describe('the staff routes', () => {
  const routes: [method: string, path: string][] = [
    ['GET', '/staff/tickets'],
    ['GET', '/staff/queue'],
    ['GET', '/staff/tickets/x'],
    ['PATCH', '/staff/tickets/x'],
    ['GET', '/staff/tickets/x/messages'],
    ['POST', '/staff/tickets/x/messages'],
    ['POST', '/imports'],
  ]

  it.each(routes)('refuse %s %s to strangers', async (method, path) => {
    const desk = await openDesk()
    for (const authorization of [
      '',
      'Bearer ',
      'Bearer wrong',
      `Basic ${staffToken}`,
      `Bearer ${staffToken}x`,
    ]) {
      const response = await desk.app.request(path, { method, headers: { authorization } })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect((await problemOf(response)).code).toBe('FREEDA_UNAUTHENTICATED')
    }
  })
})

describe('an agent', () => {
  it('sees the whole ticket, with what it may become', async () => {
    const desk = await openDesk()
    const ticket = await desk.look(await desk.open())
    expect(ticket).toMatchObject({
      version: 1,
      status: 'open',
      nextStatuses: ['in_progress', 'waiting_customer', 'resolved', 'closed'],
      customer: { email: 'niamh.brennan@example.com' },
      analysis: { language: 'en', category: 'delivery' },
    })
  })

  it('takes a ticket, changes its priority and gives it back', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    const response = await desk.change(id, { status: 'in_progress', priority: 'high', assignee: 'Maud' })
    expect(StaffTicket.parse(await response.json())).toMatchObject({
      version: 2,
      status: 'in_progress',
      priority: 'high',
      assignee: 'Maud',
    })
    await desk.change(id, { status: 'open', assignee: null })
    expect((await desk.look(id)).assignee).toBeUndefined()
  })

  it.each([
    [['resolved'], 'in_progress'],
    [['in_progress'], 'closed'],
    [['closed'], 'open'],
    [['resolved', 'closed'], 'waiting_customer'],
  ])('cannot go from %j to %s', async (path, refused) => {
    const desk = await openDesk()
    const id = await desk.open()
    for (const status of path) expect((await desk.change(id, { status })).status).toBe(200)
    const before = await desk.look(id)
    const response = await desk.change(id, { status: refused })
    expect(response.status).toBe(409)
    expect(await problemOf(response)).toMatchObject({
      code: 'transition_refused',
      from: path.at(-1),
      to: refused,
      allowed: before.nextStatuses,
    })
    expect(await desk.look(id)).toMatchObject({ status: path.at(-1), version: before.version })
  })

  it('is refused a change that was made for an older version', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    await desk.change(id, { priority: 'low', version: 1 })
    const response = await desk.change(id, { priority: 'urgent', version: 1 })
    expect(response.status).toBe(409)
    expect(await desk.look(id)).toMatchObject({ priority: 'low', version: 2 })
  })

  it('may say with the entity tag of a ticket which version it means', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    const tag = (await desk.asStaff(`/staff/tickets/${id}`)).headers.get('etag')!
    const close = () =>
      desk.asStaff(`/staff/tickets/${id}`, {
        method: 'PATCH',
        headers: { 'if-match': tag },
        json: { priority: 'low' },
      })
    expect((await close()).status).toBe(200)
    expect((await close()).status).toBe(412)
  })

  it.each([{}, { version: 1 }, { state: 'open' }, { status: 'done' }])(
    'cannot change nothing or nonsense: %j',
    async (json) => {
      const desk = await openDesk()
      expect((await desk.change(await desk.open(), json)).status).toBe(422)
    },
  )

  it('answers and moves the ticket in one step', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    const response = await desk.asStaff(`/staff/tickets/${id}/messages`, {
      method: 'POST',
      json: { kind: 'reply', agent: 'Karim', text: 'Could you send a photo?', status: 'waiting_customer' },
    })
    expect(response.status).toBe(201)
    expect(StaffMessageView.parse(await response.json())).toMatchObject({ kind: 'reply', agent: 'Karim' })
    expect(await desk.look(id)).toMatchObject({ status: 'waiting_customer' })
  })

  it('leaves no message behind when the move that comes with it is refused', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    await desk.change(id, { status: 'resolved' })
    const response = await desk.asStaff(`/staff/tickets/${id}/messages`, {
      method: 'POST',
      json: { kind: 'note', agent: 'Karim', text: 'Looking again.', status: 'in_progress' },
    })
    expect(response.status).toBe(409)
    const messages = await (await desk.asStaff(`/staff/tickets/${id}/messages`)).json()
    expect(pageOf(StaffMessageView).parse(messages).items).toHaveLength(1)
  })

  it('may still leave a note on a closed ticket, but not answer', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    await desk.change(id, { status: 'closed' })
    const write = (kind: string) =>
      desk.asStaff(`/staff/tickets/${id}/messages`, {
        method: 'POST',
        json: { kind, agent: 'Inès', text: 'Spam.' },
      })
    expect((await write('note')).status).toBe(201)
    expect((await problemOf(await write('reply'))).code).toBe('ticket_closed')
  })

  it('loses no message when many people write to one ticket at once', async () => {
    const desk = await openDesk()
    const id = await desk.open()
    const tickets = desk.app.get(Tickets)
    const texts = ['one', 'two', 'three', 'four']
    await Promise.all(texts.map((text) => tickets.addCustomerMessage(id, text)))
    const { items } = await tickets.messages(id, 'staff', { limit: 20, cursor: undefined })
    expect(
      items
        .map((message) => message.text)
        .slice(1)
        .toSorted(),
    ).toEqual(texts.toSorted())
    expect((await desk.look(id)).version).toBe(5)
  })
})
