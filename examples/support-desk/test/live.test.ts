import { fake } from '@freeda/runtime/testing'
import type { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { MessageFeed, type Follower } from '../src/live/contract.ts'
import { followMessages } from '../src/live/follow-messages.ts'
import type { Message, StoredMessage } from '../src/tickets/message.ts'
import type { PublicMessage, StaffMessageView } from '../src/tickets/views.ts'
import { newTicket, openDesk } from './desk.ts'
import { count, readEvents, type LiveEvent } from './read-events.ts'

type Shown = z.infer<typeof PublicMessage>
const eventStream = { accept: 'text/event-stream' }

async function openLive(options: Parameters<typeof openDesk>[0] = {}) {
  const desk = await openDesk(options)
  const id = await desk.open()
  const write = (text: string) =>
    desk.asCustomer(`/tickets/${id}/messages`, { method: 'POST', json: { text } })
  const staffWrites = (kind: 'reply' | 'note', text: string) =>
    desk.asStaff(`/staff/tickets/${id}/messages`, { method: 'POST', json: { kind, agent: 'Claire', text } })
  const listen = (after?: string) =>
    desk.asCustomer(`/tickets/${id}/events`, {
      headers: { ...eventStream, ...(after === undefined ? {} : { 'last-event-id': after }) },
    })
  return { ...desk, id, write, staffWrites, listen }
}
const texts = (events: readonly LiveEvent<{ readonly text: string }>[]) => events.map(({ data }) => data.text)

describe('following a ticket', () => {
  it('gives the conversation so far, then every new message as it comes', async () => {
    const desk = await openLive()
    await desk.staffWrites('reply', 'We are looking.')
    const response = await desk.listen()
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reading = readEvents<Shown>(response, count(4))
    await desk.write('Any news?')
    await desk.staffWrites('reply', 'It is on its way.')
    const events = await reading
    expect(texts(events)).toEqual([newTicket.text, 'We are looking.', 'Any news?', 'It is on its way.'])
    expect(Object.keys(events[1]!.data).toSorted()).toEqual(['createdAt', 'from', 'id', 'text'])
  })

  it('shows customers no notes, and is not even woken by them', async () => {
    const desk = await openLive()
    const reading = readEvents<Shown>(await desk.listen(), count(2))
    await desk.staffWrites('note', 'A difficult one.')
    await desk.staffWrites('reply', 'Hello.')
    expect(texts(await reading)).toEqual([newTicket.text, 'Hello.'])
  })

  it('shows staff everything', async () => {
    const desk = await openLive()
    const response = await desk.asStaff(`/staff/tickets/${desk.id}/events`, { headers: eventStream })
    const reading = readEvents<z.infer<typeof StaffMessageView>>(response, count(2))
    await desk.staffWrites('note', 'A difficult one.')
    expect((await reading)[1]!.data).toMatchObject({
      kind: 'note',
      agent: 'Claire',
      text: 'A difficult one.',
    })
  })

  it('is for staff only where notes are, and needs a ticket that is there', async () => {
    const desk = await openLive()
    expect((await desk.asCustomer(`/staff/tickets/${desk.id}/events`)).status).toBe(401)
    const missing = await desk.asCustomer('/tickets/nowhere/events', { headers: eventStream })
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ code: 'ticket_not_found' })
  })

  it('goes on behind the message that was seen last', async () => {
    const desk = await openLive()
    for (const text of ['one', 'two', 'three']) await desk.write(text)
    const seen = await readEvents<Shown>(await desk.listen(), count(3))
    expect(texts(seen)).toEqual([newTicket.text, 'one', 'two'])
    const reading = readEvents<Shown>(await desk.listen(seen.at(-1)!.id), count(2))
    await desk.write('four')
    expect(texts(await reading)).toEqual(['three', 'four'])
  })

  it('begins anew when it is told nonsense', async () => {
    const desk = await openLive()
    await desk.write('one')
    for (const after of ['x', '2026-01-01T00:00:00.000Z', '__proto__'])
      expect(texts(await readEvents<Shown>(await desk.listen(after), count(2)))).toHaveLength(2)
  })

  it('gives long conversations whole, over several pages', async () => {
    const desk = await openLive()
    const expected = [newTicket.text]
    for (let n = 0; n < 230; n++) {
      expected.push(`message ${n}`)
      await desk.write(`message ${n}`)
    }
    expect(texts(await readEvents<Shown>(await desk.listen(), count(231)))).toEqual(expected)
  })

  it('ends with the app', async () => {
    const desk = await openLive()
    let shown = 0
    const reading = readEvents<Shown>(await desk.listen(), (events) => {
      shown = events.length
      return false
    })
    await expect.poll(() => shown).toBe(1)
    await desk.app.stop()
    expect(texts(await reading)).toEqual([newTicket.text])
  })

  it('leaves nothing behind when the client has left', async () => {
    let following = 0
    const counted: MessageFeed = {
      publish: () => Promise.resolve(),
      follow() {
        following++
        return Promise.resolve(() => void following--)
      },
    }
    const desk = await openLive({ override: [fake(MessageFeed, counted)] })
    await readEvents<Shown>(await desk.listen(), count(1))
    await expect.poll(() => following).toBe(0)
  })

  it('finds by itself what it was not told of, after a gap', async () => {
    let follower: Follower | undefined
    const silent: MessageFeed = {
      publish: () => Promise.resolve(),
      follow(_, one) {
        follower = one
        return Promise.resolve(() => undefined)
      },
    }
    const desk = await openLive({ override: [fake(MessageFeed, silent)] })
    const reading = readEvents<Shown>(await desk.listen(), count(2))
    await expect.poll(() => follower).toBeDefined()
    await desk.write('Is anybody there?')
    follower!.gap()
    expect(texts(await reading)).toEqual([newTicket.text, 'Is anybody there?'])
  })
})

describe('resuming while others write', () => {
  it('misses nothing and repeats nothing, however often clients come and go', async () => {
    const desk = await openLive()
    const total = 150
    let written = 0
    const writing = (async () => {
      while (written < total) {
        // Several at once: they contend for the ticket, and some notes are in between.
        const batch = [0, 1, 2].map((n) =>
          n === 2 ? desk.staffWrites('note', 'not for you') : desk.write(`message ${written++}`),
        )
        for (const response of await Promise.all(batch)) expect(response.status).toBe(201)
      }
    })()
    const clients = [1, 3, 7, 20].map(async (atOnce) => {
      const seen: LiveEvent<Shown>[] = []
      while (seen.length < total + 1) {
        const left = Math.min(atOnce, total + 1 - seen.length)
        seen.push(...(await readEvents<Shown>(await desk.listen(seen.at(-1)?.id), count(left))))
      }
      return seen
    })
    await writing
    const stored = await readEvents<Shown>(await desk.listen(), count(total + 1))
    expect(new Set(texts(stored)).size).toBe(total + 1)
    for (const client of clients)
      expect((await client).map(({ id }) => id)).toEqual(stored.map(({ id }) => id))
  })
})

describe('a store whose indexes lag behind', () => {
  it('is asked again until what was announced is there', async () => {
    let follower: Follower | undefined
    const feed: MessageFeed = {
      publish: () => Promise.resolve(),
      follow(_, one) {
        follower = one
        return Promise.resolve(() => undefined)
      },
    }
    const stored: StoredMessage[] = []
    let asked = 0
    const tickets = {
      messages: () => {
        asked++
        return Promise.resolve({ items: asked < 4 ? [] : [...stored] })
      },
    }
    const controller = new AbortController()
    const messages = followMessages(
      { tickets, feed },
      { ticketId: 't', reader: 'customer', after: undefined, signal: controller.signal },
    )
    const next = messages.next()
    await expect.poll(() => asked).toBe(1)
    const value: Message = {
      ticketId: 't',
      kind: 'customer',
      text: 'hi',
      createdAt: '2026-01-01T00:00:00.000Z',
    }
    stored.push({ ...value, id: '1', version: 1 })
    follower!.message(stored[0]!)
    expect((await next).value).toMatchObject({ text: 'hi' })
    expect(asked).toBe(4)
    controller.abort()
    expect(await messages.next()).toMatchObject({ done: true })
  })
})
