import { describe, expect, it, vi } from 'vitest'
import { describeApp } from '../../src/describe-app.ts'
import { Bus, BusTransport, definePlugin } from '../../src/index.ts'
import { fake, testApp } from '../../src/testing.ts'
import { deferred } from '../deferred.ts'
import { readMetrics } from '../observability/read-metrics.ts'
import { buses, createWire } from './buses.ts'

/** Everything that was published has been given to listeners that do not wait. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a bus within the process', () => {
  it('gives each subscriber of a topic each message once, in order', async () => {
    const { desk } = await buses(['desk'])
    const [first, second, other] = [vi.fn(), vi.fn(), vi.fn()]
    await desk.subscribe('tickets', first)
    await desk.subscribe('tickets', second)
    await desk.subscribe('people', other)
    for (let i = 0; i < 10; i++) expect(await desk.publish('tickets', i)).toBe(true)
    expect(first.mock.calls.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(second.mock.calls).toEqual(first.mock.calls)
    expect(other).not.toHaveBeenCalled()
  })

  it('keeps plugins apart', async () => {
    const { desk, shop } = await buses(['desk', 'shop'])
    const heard = vi.fn()
    await shop.subscribe('tickets', heard)
    await desk.publish('tickets', 1)
    await settled()
    expect(heard).not.toHaveBeenCalled()
  })

  it.each([
    ['null', null],
    ['a number', 0],
    ['a text', ''],
    ['a date', new Date(5)],
    ['a bigint', 12n],
    ['bytes', new Uint8Array([0, 255])],
    ['an object of them', { at: new Date(0), list: [1n, 'é💥', null] }],
  ])('carries %s', async (_, message) => {
    const { desk } = await buses(['desk'])
    const heard: unknown[] = []
    await desk.subscribe('x', (got) => heard.push(got))
    await desk.publish('x', message)
    expect(heard).toStrictEqual([message])
  })

  it('gives what nobody can change, and nobody else sees changed', async () => {
    const { desk } = await buses(['desk'])
    const heard: { list: number[]; at: Date }[] = []
    for (let i = 0; i < 2; i++)
      await desk.subscribe<(typeof heard)[0]>('x', (message) => {
        heard.push(message)
        message.at.setTime(0)
      })
    const message = { list: [1], at: new Date(5) }
    const published = desk.publish('x', message)
    message.list.push(2)
    await published
    expect(heard.map(({ list }) => list)).toEqual([[1], [1]])
    expect(Object.isFrozen(heard[0]!.list)).toBe(true)
    expect(heard[0]!.at).not.toBe(heard[1]!.at)
    expect(message.at.getTime()).toBe(5)
  })

  it('does not call listeners before `publish` has returned', async () => {
    const { desk } = await buses(['desk'])
    const heard = vi.fn()
    await desk.subscribe('x', heard)
    const published = desk.publish('x', 1)
    expect(heard).not.toHaveBeenCalled()
    await published
    expect(heard).toHaveBeenCalledTimes(1)
  })

  it('calls nobody who has unsubscribed, not even with what waits already', async () => {
    const { desk } = await buses(['desk'])
    const heard = vi.fn()
    const subscription = await desk.subscribe('x', heard)
    const published = desk.publish('x', 1)
    subscription.unsubscribe()
    subscription.unsubscribe()
    await published
    await desk.publish('x', 2)
    await settled()
    expect(heard).not.toHaveBeenCalled()
  })

  it('is not disturbed by a listener that throws or rejects, and says so in the log', async () => {
    const { desk, app } = await buses(['desk'])
    const heard = vi.fn()
    await desk.subscribe('x', () => {
      throw new Error('thrown')
    })
    await desk.subscribe('x', () => Promise.reject(new Error('rejected')))
    await desk.subscribe('x', heard)
    await desk.publish('x', 1)
    await desk.publish('x', 2)
    await settled()
    expect(heard).toHaveBeenCalledTimes(2)
    const lines = app.logs.filter(({ msg }) => msg === 'a listener of the bus failed')
    expect(lines).toHaveLength(4)
    expect(lines[0]).toMatchObject({ plugin: 'desk', topic: 'x', err: { message: 'thrown' } })
  })

  it('keeps the order when a listener publishes', async () => {
    const { desk } = await buses(['desk'])
    const heard: unknown[] = []
    await desk.subscribe<number>('x', (message) => {
      if (message === 1) void desk.publish('x', 2)
    })
    await desk.subscribe('x', (message) => heard.push(message))
    await desk.publish('x', 1)
    await settled()
    expect(heard).toEqual([1, 2])
  })

  it.each([
    ['an empty topic', '', 1, 'topic: must be a text that is not empty'],
    ['a topic of more than 512 bytes', 'é'.repeat(257), 1, 'topic: has more than 512 bytes'],
    ['a lone surrogate', '\ud800', 1, 'lone surrogate'],
    ['undefined', 'x', undefined, 'The message on the topic "x"'],
    ['a function', 'x', { f: () => 1 }, 'The message on the topic "x"'],
    ['more than 256 KiB', 'x', 'a'.repeat(262_143), 'has 262145 bytes; at most 262144 are allowed'],
  ])('refuses %s', async (_, topic, message, reason) => {
    const { desk } = await buses(['desk'])
    await expect(desk.publish(topic, message)).rejects.toThrow(reason)
  })

  it('takes a message of 256 KiB', async () => {
    const { desk } = await buses(['desk'])
    expect(await desk.publish('x', 'a'.repeat(262_142))).toBe(true)
  })

  it('ends with its plugin, after the hooks of the plugin ran', async () => {
    const { desk, app } = await buses(['desk'])
    const heard = vi.fn()
    await desk.subscribe('x', heard)
    await app.stop()
    expect(await desk.publish('x', 1)).toBe(false)
    ;(await desk.subscribe('x', heard)).unsubscribe()
    await settled()
    expect(heard).not.toHaveBeenCalled()
  })
})

describe('the bus of a plugin', () => {
  it('works until the last hook of the plugin has run', async () => {
    const heard: unknown[] = []
    const desk = definePlugin({
      name: 'desk',
      freeda: '^1.0.0',
      needs: { bus: Bus },
      setup({ needs: { bus }, onStart, onStop }) {
        onStart(() => bus.subscribe('x', (message) => heard.push(message)))
        onStop(async () => heard.push(await bus.publish('x', 'going')))
      },
    })
    const app = await testApp({ plugins: [desk()] })
    await app.stop()
    expect(heard).toEqual(['going', true])
  })

  it('works alone when what should carry it failed, and may', async () => {
    const broken = definePlugin({
      name: 'broken',
      freeda: '^1.0.0',
      critical: false,
      provides: { transport: BusTransport },
      setup() {
        throw new Error('no')
      },
    })
    const heard: unknown[] = []
    const desk = definePlugin({
      name: 'desk',
      freeda: '^1.0.0',
      needs: { bus: Bus },
      setup({ needs: { bus }, onStart }) {
        onStart(() => bus.subscribe('x', (message) => heard.push(message)))
      },
    })
    await using app = await testApp({ plugins: [desk(), broken()] })
    expect(await app.bus('desk').publish('x', 1)).toBe(true)
    expect(heard).toEqual([1])
  })

  it('reaches nobody in a rehearsal', async () => {
    const wire = createWire()
    const receive = vi.fn(wire.receive)
    const carrier = definePlugin({
      name: 'carrier',
      freeda: '^1.0.0',
      provides: { transport: BusTransport },
      setup: () => ({ transport: { ...wire, receive } }),
    })
    const desk = definePlugin({
      name: 'desk',
      freeda: '^1.0.0',
      needs: { bus: Bus },
      async setup({ needs: { bus } }) {
        await bus.subscribe('x', () => undefined)
      },
    })
    const { failures } = await describeApp({
      config: { name: 'desk', plugins: [desk(), carrier()] },
      environment: {},
      mode: 'development',
    })
    expect(failures).toEqual([])
    expect(receive).not.toHaveBeenCalled()
  })
})

describe('a listener of the bus', () => {
  it('gets the next message when what it returned is settled', async () => {
    const { desk } = await buses(['desk'])
    const held = [deferred(), deferred()]
    const heard: number[] = []
    await desk.subscribe<number>('x', (message) => {
      heard.push(message)
      return held[message]?.promise
    })
    for (let i = 0; i < 3; i++) await desk.publish('x', i)
    await settled()
    expect(heard).toEqual([0])
    held[0]!.resolve()
    await settled()
    expect(heard).toEqual([0, 1])
    held[1]!.reject(new Error('no'))
    await settled()
    expect(heard).toEqual([0, 1, 2])
  })

  it('that is too slow loses what waits for it, is told of the gap, and disturbs nobody', async () => {
    const { desk, messages } = await buses(['desk'])
    const held = deferred()
    const slow: unknown[] = []
    const fast = vi.fn()
    await desk.subscribe<number>(
      'x',
      (message) => {
        slow.push(message)
        return message === 0 ? held.promise : undefined
      },
      { onGap: () => slow.push('gap') },
    )
    await desk.subscribe('x', fast)
    for (let i = 0; i <= 2_500; i++) await desk.publish('x', i)
    expect(fast).toHaveBeenCalledTimes(2_501)
    held.resolve()
    await settled()
    // 1,000 wait at most: 1 to 1,000 are dropped for 1,001, which waits behind the gap with those up to 1,999, and so forth.
    expect(slow.slice(0, 3)).toEqual([0, 'gap', 2_000])
    expect(slow.at(-1)).toBe(2_500)
    expect(slow).toHaveLength(2 + 501)
    expect(messages().filter((line) => line.includes('too slow'))).toHaveLength(1)
  })

  it('loses nothing because somebody publishes in a loop without waiting', async () => {
    const { desk } = await buses(['desk'])
    const [heard, onGap] = [vi.fn(), vi.fn()]
    await desk.subscribe('x', heard, { onGap })
    const published = Array.from({ length: 5_000 }, (_, at) => desk.publish('x', at))
    await Promise.all(published)
    expect(heard.mock.calls.flat()).toEqual(Array.from({ length: 5_000 }, (_, at) => at))
    expect(onGap).not.toHaveBeenCalled()
  })

  it('takes no more than some megabytes of what waits', async () => {
    const { desk } = await buses(['desk'])
    const held = deferred()
    const heard: string[] = []
    await desk.subscribe<string>('x', (message) => {
      heard.push(message)
      return held.promise
    })
    for (let i = 0; i < 100; i++) await desk.publish('x', `${i} ${'a'.repeat(200_000)}`)
    held.resolve()
    await vi.waitFor(() => expect(heard.at(-1)).toMatch(/^99 /))
    expect(heard.length).toBeLessThan(25)
  })
})

describe('the bus of an app', () => {
  it('can be replaced in a test, for all plugins', async () => {
    const publish = vi.fn(async () => true)
    const stand: Bus = { publish, subscribe: async () => ({ unsubscribe() {} }) }
    const { desk } = await buses(['desk'], { override: [fake(Bus, stand)] })
    await desk.publish('x', 1)
    expect(publish).toHaveBeenCalledWith('x', 1)
  })

  it('can be published on by a test', async () => {
    const { desk, app } = await buses(['desk'])
    const heard = vi.fn()
    await desk.subscribe('x', heard)
    await app.bus('desk').publish('x', 'from the test')
    expect(heard.mock.calls).toEqual([['from the test']])
    expect(() => app.bus('nobody')).toThrow('freeda.bus of a plugin "nobody"')
  })

  it('counts what it did, by plugin', async () => {
    const { desk, app } = await buses(['desk'], { metrics: true })
    const held = deferred()
    await desk.subscribe('x', () => {
      throw new Error('no')
    })
    await desk.subscribe('y', () => held.promise)
    await desk.publish('x', 1)
    for (let i = 0; i < 1_500; i++) await desk.publish('y', i)
    held.resolve()
    await settled()
    const samples = readMetrics(await (await app.request('/metrics')).text())
    const found = samples.filter(({ name }) => name.startsWith('bus_'))
    expect(found.map(({ name, labels, value }) => [name, labels['outcome'] ?? '', value])).toEqual([
      ['bus_published_total', 'ok', 1_501],
      ['bus_delivered_total', 'error', 1],
      ['bus_delivered_total', 'ok', 500],
      ['bus_dropped_total', '', 1_000],
      ['bus_gaps_total', '', 1],
    ])
    expect(found.every(({ labels }) => labels['plugin'] === 'desk')).toBe(true)
  })

  it('has no metrics in an app without one', async () => {
    const { app } = await buses([], { metrics: true })
    expect(await (await app.request('/metrics')).text()).not.toContain('bus_')
  })
})
