import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { extended, pausedClock, remainingMs, runningClock, setRunning } from '../src/tickets/sla-clock.ts'
import { openDesk } from './desk.ts'

const minute = 60_000

describe('an SLA clock', () => {
  it('runs out when its time is up', () => {
    const clock = runningClock(60 * minute, 0)
    expect(clock.dueAt).toBe('1970-01-01T01:00:00.000Z')
    expect(remainingMs(clock, 59 * minute)).toBe(minute)
    expect(remainingMs(clock, 61 * minute)).toBe(-minute)
  })

  it('keeps what is left while it is paused', () => {
    const paused = setRunning(runningClock(60 * minute, 0), false, 20 * minute)
    expect(remainingMs(paused, 1_000 * minute)).toBe(40 * minute)
    expect(setRunning(paused, true, 1_000 * minute)).toEqual(runningClock(40 * minute, 1_000 * minute))
  })

  it('does not mind being told twice', () => {
    const running = runningClock(60 * minute, 0)
    expect(setRunning(running, true, 10 * minute)).toEqual(running)
    expect(setRunning(pausedClock(minute), false, 10 * minute)).toEqual(pausedClock(minute))
  })

  it('stays late when it was late', () => {
    const paused = setRunning(runningClock(minute, 0), false, 3 * minute)
    expect(remainingMs(setRunning(paused, true, 9 * minute), 9 * minute)).toBe(-2 * minute)
  })

  it('can be given more time, running or paused', () => {
    expect(extended(runningClock(minute, 0), minute, 0)).toEqual(runningClock(2 * minute, 0))
    expect(extended(pausedClock(minute), -3 * minute, 0)).toEqual(pausedClock(-2 * minute))
  })
})

describe('the SLA of a ticket', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-14T09:00:00.000Z') })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const wait = (minutes: number) => vi.setSystemTime(Date.now() + minutes * minute)
  const slaMinutes = { low: 300, normal: 100, high: 50, urgent: 10 }

  it('is due by its priority and then breached', async () => {
    const desk = await openDesk({ tickets: { slaMinutes } })
    const id = await desk.open()
    expect((await desk.look(id)).sla).toEqual({
      state: 'running',
      dueAt: '2026-03-14T10:40:00.000Z',
      remainingMinutes: 100,
      breached: false,
    })
    wait(101)
    expect((await desk.look(id)).sla).toMatchObject({ remainingMinutes: -1, breached: true })
  })

  it('does not count the time spent waiting for the customer', async () => {
    const desk = await openDesk({ tickets: { slaMinutes } })
    const id = await desk.open()
    wait(30)
    await desk.change(id, { status: 'waiting_customer' })
    wait(10_000)
    expect((await desk.look(id)).sla).toEqual({ state: 'paused', remainingMinutes: 70, breached: false })
    await desk.asCustomer(`/tickets/${id}/messages`, { method: 'POST', json: { text: 'Here I am.' } })
    wait(60)
    expect((await desk.look(id)).sla).toMatchObject({ state: 'running', remainingMinutes: 10 })
  })

  it('follows the priority', async () => {
    const desk = await openDesk({ tickets: { slaMinutes } })
    const id = await desk.open()
    wait(30)
    await desk.change(id, { priority: 'urgent' })
    expect((await desk.look(id)).sla).toMatchObject({ remainingMinutes: -20, breached: true })
  })

  it('leaves the queue when the ball is with the customer', async () => {
    const desk = await openDesk({ tickets: { slaMinutes } })
    const [first, second] = [await desk.open(), await desk.open()]
    const queue = async () => {
      const page = (await (await desk.asStaff('/staff/queue')).json()) as { items: { id: string }[] }
      return page.items.map((ticket) => ticket.id)
    }
    expect(await queue()).toEqual([first, second])
    await desk.change(first, { status: 'waiting_customer' })
    expect(await queue()).toEqual([second])
  })
})
