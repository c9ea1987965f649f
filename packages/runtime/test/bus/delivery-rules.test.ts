/** The rules of delivery, over random histories of instances whose network fails in every way that it can. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bus, BusSubscription } from '../../src/index.ts'
import { createGuard } from '../../src/circuit/guard.ts'
import { timeLimit } from '../../src/circuit/time-limit.ts'
import { openBus, type OpenBus } from '../../src/bus/open-bus.ts'
import { logger } from '../http/serve.ts'
import { createWire, type Network, type Wire } from './buses.ts'

const instances = 2
const topics = ['x', 'y']

const instance = fc.nat({ max: instances - 1 })
const topic = fc.constantFrom(...topics)
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      instance,
      topic,
      waits: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('subscribe' as const), instance, topic }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), which: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      // Of one instance: nothing comes, until it heals; nothing goes, and it knows, or does not know, until it is mended.
      do: fc.constantFrom(
        'cut' as const,
        'heal' as const,
        'refuse' as const,
        'swallow' as const,
        'mend' as const,
      ),
      instance,
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'settle' as const }) },
)

const histories = fc.array(step, { minLength: 10, maxLength: 80, size: 'max' })

interface Message {
  readonly by: number
  readonly at: number
}

interface Published extends Message {
  readonly topic: string
  /** What `publish` resolved to, and when. */
  answer?: boolean
  answeredAt: number
}

interface Subscriber {
  readonly instance: number
  readonly topic: string
  readonly from: number
  until: number
  subscription?: BusSubscription
  /** When its instance was connected again. */
  readonly healedAt: number[]
  /** Messages, and gaps with the time at which they were told. */
  readonly heard: (Message | { readonly gapAt: number })[]
}

const isMessage = (one: Subscriber['heard'][number]): one is Message => 'by' in one

function open(network: Network): { bus: OpenBus; wire: Wire } {
  const wire = createWire(network)
  const { log } = logger()
  const ignore = () => undefined
  return {
    wire,
    bus: openBus({
      plugin: 'desk',
      carrier: {
        transport: wire,
        origin: Math.random().toString(36),
        // Here the circuit would only hide what the transport does.
        guard: createGuard({ what: '', meanwhile: '', within: timeLimit(1_000), log, restMs: 0 }),
      },
      metrics: { published: ignore, delivered: ignore, dropped: ignore, gap: ignore },
      log,
      waitMs: 1,
    }),
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

async function run(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) {
  const network: Network = new Set()
  const all = Array.from({ length: instances }, () => open(network))
  const published: Published[] = []
  const subscribers: Subscriber[] = []
  const cut = new Set<number>()
  let now = 0

  async function subscribe(instance: number, topic: string): Promise<void> {
    const subscriber: Subscriber = { instance, topic, from: now, until: Infinity, healedAt: [], heard: [] }
    subscribers.push(subscriber)
    subscriber.subscription = await all[instance]!.bus.subscribe<Message>(
      topic,
      (message) => subscriber.heard.push(message),
      { onGap: () => subscriber.heard.push({ gapAt: now }) },
    )
  }

  async function publish(bus: Bus, message: Published): Promise<void> {
    published.push(message)
    message.answer = await bus.publish(message.topic, { by: message.by, at: message.at })
    message.answeredAt = now
  }

  for (const one of steps) {
    now++
    // Who subscribes may hear what is on its way, and who leaves hears nothing more: neither is a question here.
    if (one.do === 'subscribe' || one.do === 'unsubscribe') await settled()
    if (one.do === 'settle') await settled()
    else if (one.do === 'subscribe') await subscribe(one.instance, one.topic)
    else if (one.do === 'publish') {
      const message = { by: one.instance, at: now, topic: one.topic, answeredAt: Infinity }
      const publishing = publish(all[one.instance]!.bus, message)
      if (one.waits) await publishing
    } else if (one.do === 'unsubscribe') {
      const left = subscribers[one.which % Math.max(1, subscribers.length)]
      left?.subscription?.unsubscribe()
      if (left !== undefined) left.until = Math.min(left.until, now)
    } else {
      const { wire } = all[one.instance]!
      if (one.do === 'cut' && !cut.has(one.instance)) {
        wire.cut()
        cut.add(one.instance)
      } else if (one.do === 'heal' && cut.delete(one.instance)) {
        wire.heal()
        for (const subscriber of subscribers)
          if (subscriber.instance === one.instance) subscriber.healedAt.push(now)
      }
      if (one.do === 'refuse') wire.publishes = () => Promise.reject(new Error('refused'))
      else if (one.do === 'swallow') wire.publishes = async () => undefined
      else if (one.do === 'mend') wire.publishes = undefined
    }
  }
  now++
  await settled()
  for (const { bus } of all) bus.close()
  return { published, subscribers }
}

describe('the bus', () => {
  it('gives each message at most once and in order, all of its own process, and tells of what it lost', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const { published, subscribers } = await run(steps)
        for (const { instance, topic, from, until, healedAt, heard } of subscribers) {
          const gaps = heard.flatMap((one) => (isMessage(one) ? [] : [one.gapAt]))
          for (const time of healedAt.filter((time) => time < until))
            expect(gaps.some((gapAt) => gapAt >= time)).toBe(true)
          for (let by = 0; by < instances; by++) {
            const got = heard.filter(isMessage).filter((message) => message.by === by)
            const times = got.map(({ at }) => at)
            const due = published.filter(
              (message) =>
                message.by === by && message.topic === topic && message.at > from && message.at < until,
            )
            // At most once, in order, nothing else.
            expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
            expect(times.every((time) => due.some(({ at }) => at === time))).toBe(true)
            if (by === instance) expect(times).toEqual(due.map(({ at }) => at))
            for (const missed of due.filter(({ at }) => !times.includes(at))) {
              const knew = times.some((time) => time < missed.at)
              // Others learn of what its publisher lost from the first message after it knew.
              const since = knew ? missed.at : missed.answeredAt
              const next = heard.findIndex((one) => isMessage(one) && one.by === by && one.at > since)
              // What vanished without anybody knowing shows only to those who heard the publisher before; so does what vanished
              // after that would have told them.
              const vanished = due.some(
                ({ at, answer }) => at >= missed.at && answer === true && !times.includes(at),
              )
              if (next < 0 || (vanished && !knew)) continue
              const told = heard.slice(0, next).some((one) => !isMessage(one) && one.gapAt >= missed.at)
              expect(told, `${by} at ${missed.at}`).toBe(true)
            }
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
