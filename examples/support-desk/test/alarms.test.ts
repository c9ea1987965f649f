import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pageOf, StaffMessageView } from '../src/tickets/views.ts'
import { openDesk } from './desk.ts'

const minute = 60_000
const slaMinutes = { low: 300, normal: 100, high: 50, urgent: 10 }

async function openLate() {
  const desk = await openDesk({ tickets: { slaMinutes } })
  const id = await desk.open()
  const run = () => desk.app.runSchedule('slaAlarms')
  const notes = async () => {
    const response = await desk.asStaff(`/staff/tickets/${id}/messages`)
    const { items } = pageOf(StaffMessageView).parse(await response.json())
    return items.filter(({ kind }) => kind === 'note').map(({ agent, text }) => `${agent}: ${text}`)
  }
  return { ...desk, id, run, notes }
}

describe('the alarm of an overdue ticket', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-14T09:00:00.000Z') })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const wait = (minutes: number) => vi.setSystemTime(Date.now() + minutes * minute)

  it('is a note of the desk, written once', async () => {
    const desk = await openLate()
    expect(await desk.run()).toMatchObject({ outcome: 'ok' })
    expect(await desk.notes()).toEqual([])
    wait(101)
    for (let n = 0; n < 3; n++) expect(await desk.run()).toMatchObject({ outcome: 'ok' })
    expect(await desk.notes()).toEqual(['Desk: This ticket was due at 2026-03-14T10:40:00.000Z.'])
    expect(desk.app.logs).toContainEqual(
      expect.objectContaining({ msg: 'a ticket is overdue', ticketId: desk.id }),
    )
    expect(await desk.app.work()).toMatchObject({ done: 1 })
  })

  it('comes again when the ticket was given time and is overdue again', async () => {
    const desk = await openLate()
    wait(101)
    await desk.run()
    await desk.change(desk.id, { priority: 'low' })
    await desk.run()
    expect(await desk.notes()).toHaveLength(1)
    wait(200)
    await desk.run()
    expect(await desk.notes()).toEqual([
      'Desk: This ticket was due at 2026-03-14T10:40:00.000Z.',
      'Desk: This ticket was due at 2026-03-14T14:00:00.000Z.',
    ])
  })

  it('spares tickets that wait for their customer, and keeps their status', async () => {
    const desk = await openLate()
    await desk.change(desk.id, { status: 'waiting_customer' })
    wait(1_000)
    await desk.run()
    expect(await desk.notes()).toEqual([])
    expect(await desk.look(desk.id)).toMatchObject({ status: 'waiting_customer' })
  })
})
