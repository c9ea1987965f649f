import { describe, expect, it, vi } from 'vitest'
import { Statistics } from '../src/statistics/count-tickets.ts'
import { Tickets } from '../src/tickets/contract.ts'
import { TicketRecord } from '../src/tickets/requests.ts'
import { openDesk } from './desk.ts'

const statisticsOf = async (desk: Awaited<ReturnType<typeof openDesk>>, query = '') => {
  const response = await desk.asStaff(`/staff/statistics${query}`)
  expect(response.status).toBe(200)
  return Statistics.parse(await response.json())
}

describe('statistics', () => {
  it('count what was opened today, what is at work, and what is overdue', async () => {
    const desk = await openDesk()
    const ids = [
      await desk.open(),
      await desk.open({ channel: 'chat', subject: 'Invoice', text: 'I was charged twice, refund please.' }),
      await desk.open(),
    ]
    await desk.change(ids[0]!, { status: 'in_progress' })
    await desk.change(ids[1]!, { status: 'resolved' })
    await desk.app.get(Tickets).adopt(
      TicketRecord.parse({
        externalId: 'T-1',
        channel: 'sms',
        status: 'open',
        subject: 'Long ago',
        customer: { name: 'Yuki Vance', phone: '+1 202 555 0143' },
        createdAt: '2026-03-14T09:00:00.000Z',
        messages: [{ kind: 'customer', text: 'Hello', createdAt: '2026-03-14T09:00:00.000Z' }],
      }),
    )
    expect(await statisticsOf(desk)).toMatchObject({
      day: new Date().toISOString().slice(0, 10),
      opened: { total: 3, byChannel: { email: 2, chat: 1 }, byCategory: { delivery: 2, billing: 1 } },
      atWork: { open: 2, in_progress: 1, waiting_customer: 0 },
      overdue: 1,
    })
    expect(await statisticsOf(desk, '?day=2026-03-14')).toMatchObject({
      opened: { total: 1, byChannel: { sms: 1 } },
    })
  })

  it('count everything, over several pages', async () => {
    const desk = await openDesk()
    for (let n = 0; n < 130; n++) await desk.open()
    expect(await statisticsOf(desk)).toMatchObject({ opened: { total: 130 }, atWork: { open: 130 } })
  })

  it('are counted once however many ask, and again when they are too old', async () => {
    const desk = await openDesk({ statistics: { maxAgeSeconds: 0.2 } })
    await desk.open()
    const asked = await Promise.all(Array.from({ length: 20 }, () => statisticsOf(desk)))
    expect(new Set(asked.map(({ countedAt }) => countedAt)).size).toBe(1)
    await desk.open()
    await vi.waitFor(
      async () => expect(await statisticsOf(desk)).toMatchObject({ opened: { total: 2 } }),
      5_000,
    )
  })

  it('are for staff', async () => {
    const desk = await openDesk()
    expect((await desk.asCustomer('/staff/statistics')).status).toBe(401)
    expect((await desk.asStaff('/staff/statistics?day=yesterday')).status).toBe(422)
  })
})
