/** One plugin's bus, within the process or on a transport. */
import type { Logger } from 'pino'
import type { Bus, BusReceiver, BusTransport } from '../bus.ts'
import { checkName, refuseCall } from '../check-name.ts'
import { failed, type Guard } from '../circuit/guard.ts'
import type { BusMetrics } from './bus-metrics.ts'
import { deliveryQueue } from './delivery-queue.ts'
import { envelopeText, packMessage } from './message.ts'
import { createNumbering } from './numbering.ts'
import { openTopic, type Topic } from './open-topic.ts'

/** A transport, and what it is called through. */
export interface Carrier {
  readonly transport: BusTransport
  readonly guard: Guard
  /** Who this process is, for other instances. */
  readonly origin: string
}

export interface OpenBusOptions {
  readonly plugin: string
  /** Undefined: there are no other instances. */
  readonly carrier: Carrier | undefined
  readonly metrics: BusMetrics
  readonly log: Logger
  /** How long to wait until a subscription stands. Default 1,000. */
  readonly waitMs?: number
}

export interface OpenBus extends Bus {
  /** Ends all subscriptions. From then on nothing is published. */
  close(): void
}

const defaultWaitMs = 1_000
const what = 'The call of the bus'

export function openBus(options: OpenBusOptions): OpenBus {
  const { plugin, carrier, metrics, log, waitMs = defaultWaitMs } = options
  const topics = new Map<string, Topic>()
  const numbering = createNumbering()
  let isClosed = false

  function topicOf(name: string): Topic {
    const known = topics.get(name)
    if (known !== undefined) return known
    const receive =
      carrier &&
      ((receiver: BusReceiver) => carrier.transport.receive({ namespace: plugin, topic: name }, receiver))
    const topic = openTopic({ name, origin: carrier?.origin ?? '', receive, waitMs, log })
    topics.set(name, topic)
    return topic
  }

  async function handOn(topic: string, text: string): Promise<boolean> {
    if (carrier === undefined) return true
    // Taken even when it is not sent, so that subscribers learn from the next one that they missed it.
    const numbered = numbering.next(topic)
    const envelope = envelopeText({ origin: carrier.origin, ...numbered, text })
    const sent = await carrier.guard(() => carrier.transport.publish({ namespace: plugin, topic }, envelope))
    numbering.settle(topic, numbered, sent !== failed)
    return sent !== failed
  }

  return {
    async publish(topic, value) {
      checkName(what, 'topic', topic)
      const { message, text } = packMessage(topic, value)
      if (isClosed) return false
      topics.get(topic)?.deliver(message)
      const isHandedOn = await handOn(topic, text)
      metrics.published(isHandedOn)
      return isHandedOn
    },

    async subscribe(name, listener, { onGap } = {}) {
      checkName(what, 'topic', name)
      if (typeof listener !== 'function') throw refuseCall(what, 'listener', 'must be a function')
      if (isClosed) return { unsubscribe: () => undefined }
      const topic = topicOf(name)
      const queue = deliveryQueue({ topic: name, listener, onGap, metrics, log })
      await topic.add(queue)
      return {
        unsubscribe() {
          topic.remove(queue)
          if (topic.size > 0 || topics.get(name) !== topic) return
          topics.delete(name)
          topic.close()
        },
      }
    },

    close() {
      isClosed = true
      for (const topic of topics.values()) topic.close()
      topics.clear()
    },
  }
}
