import { start } from '@freeda/runtime'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { freshStore } from '../../../test/support/store.ts'
import { analysis } from '../src/analysis/plugin.ts'
import { feed, live } from '../src/live/plugin.ts'
import { staff } from '../src/staff/plugin.ts'
import { Tickets } from '../src/tickets/contract.ts'
import { tickets } from '../src/tickets/plugin.ts'
import { newTicket, staffToken } from './desk.ts'
import { count, readEvents } from './read-events.ts'

async function startDesk(store = freshStore()) {
  const app = await start({
    config: {
      name: 'desk',
      plugins: [store.plugin, analysis(), staff({ token: staffToken }), tickets(), feed(), live()],
      server: { port: 0 },
      log: { level: 'silent' },
    },
    mode: 'test',
    environment: {},
    signals: false,
  })
  onTestFinished(() => app.stop())
  return { app, tickets: app.get(Tickets) }
}

interface Event {
  readonly type: string
  readonly ticket: string
  readonly id?: string
  readonly code?: string
  readonly message?: { readonly text: string; readonly kind: string }
}

async function connect(url: string, token = staffToken) {
  // Node's own client; browsers cannot set headers.
  const socket = new WebSocket(`${url.replace('http', 'ws')}/staff/live`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const received: Event[] = []
  socket.addEventListener('message', ({ data }) => received.push(JSON.parse(data as string) as Event))
  const closed = once(socket, 'close') as Promise<[{ readonly code: number }]>
  onTestFinished(() => socket.close())
  await Promise.race([once(socket, 'open'), once(socket, 'error')])
  return { socket, received, closed, send: (command: unknown) => socket.send(JSON.stringify(command)) }
}
const texts = (events: readonly Event[]) => events.map(({ message }) => message?.text)

describe('the socket of staff', () => {
  it('brings the messages of every ticket that is followed, notes too', async () => {
    const { app, tickets } = await startDesk()
    const [a, b] = [await tickets.open(newTicket), await tickets.open(newTicket)]
    const client = await connect(app.url)
    client.send({ type: 'follow', ticket: a.id })
    client.send({ type: 'follow', ticket: b.id })
    await expect.poll(() => client.received.length).toBe(2)
    await tickets.addCustomerMessage(a.id, 'from a')
    await tickets.addStaffMessage(b.id, { kind: 'note', agent: 'Hugo', text: 'note on b' })
    await expect.poll(() => texts(client.received).slice(2).toSorted()).toEqual(['from a', 'note on b'])
    expect(client.received.find(({ message }) => message?.kind === 'note')?.ticket).toBe(b.id)
  })

  it('stops when it is told to, and goes on behind what is known', async () => {
    const { app, tickets } = await startDesk()
    const { id } = await tickets.open(newTicket)
    const client = await connect(app.url)
    client.send({ type: 'follow', ticket: id })
    await expect.poll(() => client.received.length).toBe(1)
    client.send({ type: 'unfollow', ticket: id })
    await tickets.addCustomerMessage(id, 'while away')
    client.send({ type: 'follow', ticket: id, after: client.received[0]!.id })
    await tickets.addCustomerMessage(id, 'back again')
    await expect.poll(() => texts(client.received)).toEqual([newTicket.text, 'while away', 'back again'])
  })

  it('goes on with what is followed again when the first time fails late', async () => {
    const { app, tickets } = await startDesk()
    const { id } = await tickets.open(newTicket)
    const client = await connect(app.url)
    let fail!: (reason: Error) => void
    const hangs = new Promise<never>((_, reject) => (fail = reject))
    const looks = vi.spyOn(tickets, 'get').mockReturnValueOnce(hangs)
    client.send({ type: 'follow', ticket: id })
    client.send({ type: 'unfollow', ticket: id })
    client.send({ type: 'follow', ticket: id })
    await expect.poll(() => texts(client.received)).toEqual([newTicket.text])
    expect(looks).toHaveBeenCalledTimes(2)
    fail(new Error('the store was away'))
    client.send({ type: 'follow', ticket: id })
    await expect.poll(() => client.received.slice(1)).toMatchObject([{ code: 'followed_already' }])
    client.send({ type: 'unfollow', ticket: id })
    client.send({ type: 'follow', ticket: 'nowhere' })
    await expect.poll(() => client.received.at(-1)).toMatchObject({ code: 'ticket_not_found' })
    await tickets.addCustomerMessage(id, 'unheard')
    client.send({ type: 'follow', ticket: id })
    await expect.poll(() => texts(client.received.slice(3))).toEqual([newTicket.text, 'unheard'])
  })

  it('says what it cannot follow', async () => {
    const { app, tickets } = await startDesk()
    const { id } = await tickets.open(newTicket)
    const client = await connect(app.url)
    client.send({ type: 'follow', ticket: 'nowhere' })
    await expect
      .poll(() => client.received)
      .toEqual([{ type: 'refused', ticket: 'nowhere', code: 'ticket_not_found' }])
    client.send({ type: 'follow', ticket: id })
    client.send({ type: 'follow', ticket: id })
    await expect
      .poll(() => client.received.at(-1)?.code ?? client.received.at(-2)?.code)
      .toBe('followed_already')
  })

  it('is closed for a command that nobody knows', async () => {
    const { app } = await startDesk()
    const client = await connect(app.url)
    client.send({ type: 'delete', ticket: 'x' })
    const [event] = await client.closed
    expect(event.code).toBe(1007)
  })

  it('is for staff only', async () => {
    const { app } = await startDesk()
    const client = await connect(app.url, 'another-token-altogether')
    expect(client.socket.readyState).toBe(WebSocket.CLOSED)
    expect((await fetch(`${app.url}/staff/live`)).status).toBe(401)
  })
})

describe('a restart', () => {
  it('loses nothing for a client that comes back to the new process', async () => {
    const store = freshStore()
    const before = await startDesk(store)
    const { id } = await before.tickets.open(newTicket)
    const response = await fetch(`${before.app.url}/tickets/${id}/events`)
    const reading = readEvents<{ text: string }>(response, () => false)
    await before.tickets.addCustomerMessage(id, 'one')
    await before.app.stop()
    // Whether the first process still told of it or not.
    const seen = await reading

    const after = await startDesk(store)
    await after.tickets.addCustomerMessage(id, 'two')
    const headers = { 'last-event-id': seen.at(-1)!.id }
    const again = await fetch(`${after.app.url}/tickets/${id}/events`, { headers })
    const rest = await readEvents<{ text: string }>(again, count(3 - seen.length))
    expect([...seen, ...rest].map(({ data }) => data.text)).toEqual([newTicket.text, 'one', 'two'])
  })
})
