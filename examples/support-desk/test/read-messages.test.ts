import { fake } from '@freeda/runtime/testing'
import { describe, expect, it } from 'vitest'
import { Analysis } from '../src/analysis/contract.ts'
import { MessageFeed } from '../src/live/contract.ts'
import { openDesk } from './desk.ts'

const unhappy = 'I am disappointed: the invoice is wrong, I want a refund.'

async function openRead(options: Parameters<typeof openDesk>[0] = {}) {
  const desk = await openDesk(options)
  const id = await desk.open()
  const write = (text: string) =>
    desk.asCustomer(`/tickets/${id}/messages`, { method: 'POST', json: { text } })
  return { ...desk, id, write }
}

describe('a new message', () => {
  it('of a customer is read, and the ticket says what it is about now', async () => {
    const desk = await openRead()
    expect((await desk.look(desk.id)).analysis).toMatchObject({ category: 'delivery' })
    await desk.write(unhappy)
    expect(await desk.app.work()).toMatchObject({ done: 1 })
    expect((await desk.look(desk.id)).analysis).toMatchObject({ category: 'billing', sentiment: 'negative' })
  })

  it('of staff is announced, and not read', async () => {
    const desk = await openRead()
    const { analysis } = await desk.look(desk.id)
    const json = { kind: 'reply', agent: 'Claire', text: unhappy }
    await desk.asStaff(`/staff/tickets/${desk.id}/messages`, { method: 'POST', json })
    expect(await desk.app.work()).toMatchObject({ done: 1 })
    expect((await desk.look(desk.id)).analysis).toEqual(analysis)
  })

  it('that was read late does not undo what a later one said', async () => {
    let isDown = false
    const seen: string[] = []
    const analysis: Analysis = {
      analyse(text) {
        seen.push(text)
        if (isDown && text === 'first') return Promise.reject(new Error('away'))
        const category = text === 'second' ? 'technical' : 'account'
        return Promise.resolve({ language: 'en', sentiment: 'neutral', category, urgency: 'normal' })
      },
    }
    const desk = await openRead({ override: [fake(Analysis, analysis)] })
    isDown = true
    await desk.write('first')
    await desk.write('second')
    expect(await desk.app.work()).toMatchObject({ done: 1, failed: 1 })
    isDown = false
    expect(await desk.app.work({ aheadMs: 600_000 })).toMatchObject({ done: 1 })
    expect(seen.slice(-1)).toEqual(['first'])
    expect((await desk.look(desk.id)).analysis).toMatchObject({ category: 'technical' })
  })

  it('waits for an analysis that is away, and is read when it is back', async () => {
    let isDown = false
    const analysis: Analysis = {
      analyse: () =>
        isDown
          ? Promise.reject(new Error('away'))
          : Promise.resolve({ language: 'fr', sentiment: 'positive', category: 'other', urgency: 'low' }),
    }
    const desk = await openRead({ override: [fake(Analysis, analysis)] })
    isDown = true
    expect((await desk.write(unhappy)).status).toBe(201)
    expect(await desk.app.work()).toMatchObject({ failed: 1, done: 0 })
    isDown = false
    expect(await desk.app.work({ aheadMs: 600_000 })).toMatchObject({ done: 1 })
    expect((await desk.look(desk.id)).analysis).toMatchObject({ language: 'fr' })
  })

  it('is announced by its job when whoever stored it did not', async () => {
    const announced: string[] = []
    let isLost = true
    const feed: MessageFeed = {
      publish({ text }) {
        if (!isLost) announced.push(text)
        return Promise.resolve()
      },
      follow: () => Promise.resolve(() => undefined),
    }
    const desk = await openRead({ override: [fake(MessageFeed, feed)] })
    await desk.write('Hello?')
    isLost = false
    await desk.app.work()
    expect(announced).toEqual(['Hello?'])
  })
})
