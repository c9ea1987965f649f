import { describe, expect, it, vi } from 'vitest'
import { buses, createWire } from './buses.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

async function two() {
  const wire = createWire()
  const [a, b] = [await buses(['desk'], { transport: wire }), await buses(['desk'], { transport: wire })]
  return { wire, a, b }
}

describe('a bus on a transport', () => {
  it('reaches subscribers on all instances once, also where the message comes from', async () => {
    const { a, b } = await two()
    const [here, there] = [vi.fn(), vi.fn()]
    await a.desk.subscribe('x', here)
    await b.desk.subscribe('x', there)
    expect(await a.desk.publish('x', { at: new Date(0) })).toBe(true)
    await settled()
    expect(here.mock.calls).toEqual([[{ at: new Date(0) }]])
    expect(there.mock.calls).toEqual([[{ at: new Date(0) }]])
  })

  it('receives a topic once, for as long as somebody listens', async () => {
    const { wire, a } = await two()
    const subscriptions = [await a.desk.subscribe('x', vi.fn()), await a.desk.subscribe('x', vi.fn())]
    expect(wire.channels).toEqual(['desk x'])
    subscriptions[0]!.unsubscribe()
    subscriptions[0]!.unsubscribe()
    expect(wire.channels).toEqual(['desk x'])
    subscriptions[1]!.unsubscribe()
    expect(wire.channels).toEqual([])
    await a.desk.subscribe('x', vi.fn())
    await a.app.stop()
    expect(wire.channels).toEqual([])
  })

  it('that is away keeps nobody from publishing, and reaches those who are here', async () => {
    const { wire, a } = await two()
    const here = vi.fn()
    await a.desk.subscribe('x', here)
    wire.publishes = () => Promise.reject(new Error('no connection'))
    for (let i = 0; i < 5; i++) expect(await a.desk.publish('x', i)).toBe(false)
    expect(here).toHaveBeenCalledTimes(5)
    wire.publishes = undefined
    await vi.waitFor(async () => expect(await a.desk.publish('x', 5)).toBe(true), 10_000)
    expect(a.messages().filter((line) => line.includes('messages for'))).toEqual([
      'messages for the bus transport wire keep failing; they reach this instance alone, and one is tried every 1000 ms',
      'messages for the bus transport wire work again',
    ])
  })

  it('that hangs is waited for as long as it says, a few times', async () => {
    const { wire, a } = await two()
    const publishes = vi.fn(() => new Promise(() => {}))
    wire.publishes = publishes
    for (let i = 0; i < 20; i++) expect(await a.desk.publish('x', i)).toBe(false)
    // Three, and one a second.
    expect(publishes.mock.calls.length).toBeLessThan(10)
  })

  it('tells subscribers of a message that was lost on its way, before the next one', async () => {
    const { wire, a, b } = await two()
    const heard: unknown[] = []
    await b.desk.subscribe('x', (message) => heard.push(message), { onGap: () => heard.push('gap') })
    await a.desk.publish('x', 1)
    wire.publishes = async () => undefined
    expect(await a.desk.publish('x', 2)).toBe(true)
    wire.publishes = undefined
    await a.desk.publish('x', 3)
    await settled()
    expect(heard).toEqual([1, 'gap', 3])
  })

  it('tells subscribers of a message that a publisher could not hand on, whom they never heard before', async () => {
    const { wire, a, b } = await two()
    const heard: unknown[] = []
    await b.desk.subscribe('x', (message) => heard.push(message), { onGap: () => heard.push('gap') })
    wire.publishes = () => Promise.reject(new Error('no connection'))
    expect(await a.desk.publish('x', 1)).toBe(false)
    wire.publishes = undefined
    for (let i = 2; i < 4; i++) await a.desk.publish('x', i)
    await settled()
    expect(heard).toEqual(['gap', 2, 3])
  })

  it('tells subscribers of the time when nothing could come, once, when it is over', async () => {
    const { wire, a, b } = await two()
    const heard: unknown[] = []
    await b.desk.subscribe('x', (message) => heard.push(message), { onGap: () => heard.push('gap') })
    await b.desk.subscribe('without onGap', vi.fn())
    await a.desk.publish('x', 1)
    await settled()
    wire.cut()
    for (let i = 2; i < 5; i++) await a.desk.publish('x', i)
    await settled()
    expect(heard).toEqual([1])
    wire.heal()
    await settled()
    expect(heard).toEqual([1, 'gap'])
  })

  it('does not wait for long until a subscription stands, and tells of the gap when it does', async () => {
    const { wire, a, b } = await two()
    wire.stands = false
    const heard: unknown[] = []
    await b.desk.subscribe('x', (message) => heard.push(message), { onGap: () => heard.push('gap') })
    // Those of this process do not depend on it.
    await b.desk.publish('x', 0)
    wire.heal()
    await a.desk.publish('x', 1)
    await settled()
    expect(heard).toEqual([0, 'gap', 1])
  })

  it('resolves subscriptions as soon as they stand, without a gap', async () => {
    const { wire, a } = await two()
    wire.stands = false
    const onGap = vi.fn()
    const beganAt = performance.now()
    const subscribed = a.desk.subscribe('x', vi.fn(), { onGap })
    await settled()
    wire.heal()
    await subscribed
    await settled()
    expect(performance.now() - beganAt).toBeLessThan(900)
    expect(onGap).not.toHaveBeenCalled()
  })

  it('waits with messages until what `onGap` returned is settled', async () => {
    const { wire, a, b } = await two()
    const heard: unknown[] = []
    let reread = () => {}
    const onGap = () => new Promise<void>((resolve) => (reread = resolve))
    await b.desk.subscribe('x', (message) => heard.push(message), { onGap })
    wire.cut()
    wire.heal()
    await a.desk.publish('x', 1)
    await settled()
    expect(heard).toEqual([])
    reread()
    await settled()
    expect(heard).toEqual([1])
  })

  it('goes on when `onGap` fails', async () => {
    const { wire, a, b } = await two()
    const heard: unknown[] = []
    const onGap = () => Promise.reject(new Error('no'))
    await b.desk.subscribe('x', (message) => heard.push(message), { onGap })
    wire.cut()
    wire.heal()
    await a.desk.publish('x', 1)
    await settled()
    expect(heard).toEqual([1])
    expect(b.messages()).toContain('a listener of the bus failed in its onGap')
  })

  it.each(['', 'x', 'a b c', 'a 0 0 1', 'a -1 0 1', 'a 1 0 {', ' 1 0 1', 'a 1.5 0 1', 'a 1 x 1', 'a 1 1'])(
    'leaves out what somebody else sent: %j',
    async (text) => {
      const { wire, a, b } = await two()
      const heard = vi.fn()
      await b.desk.subscribe('x', heard)
      wire.send('desk x', text)
      await a.desk.publish('x', 'ours')
      await settled()
      expect(heard.mock.calls).toEqual([['ours']])
      expect(b.messages()).toContain('a message on the bus cannot be read, and is left out')
    },
  )

  it('tells of a loss that the publisher knew of only when it had published again, once', async () => {
    const { wire, b } = await two()
    const heard: unknown[] = []
    await b.desk.subscribe('x', (message) => heard.push(message), { onGap: () => heard.push('gap') })
    for (const text of ['other 2 0 2', 'other 3 1 3', 'other 4 1 4']) wire.send('desk x', text)
    await settled()
    expect(heard).toEqual([2, 'gap', 3, 4])
  })

  it('gives what comes twice once, and what comes too late not at all', async () => {
    const { wire, b } = await two()
    const heard = vi.fn()
    await b.desk.subscribe('x', heard)
    for (const text of ['other 7 0 1', 'other 7 0 1', 'other 9 0 3', 'other 8 0 2']) wire.send('desk x', text)
    await settled()
    expect(heard.mock.calls.flat()).toEqual([1, 3])
  })
})
