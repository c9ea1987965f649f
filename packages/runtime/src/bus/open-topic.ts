/** A topic that somebody in this process listens to. */
import type { Logger } from 'pino'
import type { BusReceiver } from '../bus.ts'
import type { DeliveryQueue } from './delivery-queue.ts'
import { openText, parseEnvelope, type Message } from './message.ts'
import { createHearing } from './numbering.ts'

export interface Topic {
  readonly size: number
  deliver(message: Message): void
  /** Resolves when the subscription stands, or when it is late; then the queue is told of the gap when it does. */
  add(queue: DeliveryQueue): Promise<void>
  remove(queue: DeliveryQueue): void
  close(): void
}

export interface TopicOptions {
  readonly name: string
  /** Who this process is: it gave its own messages to its subscribers already. */
  readonly origin: string
  /** Begins to receive from other instances; undefined when there are none. @returns what ends it */
  readonly receive: ((receiver: BusReceiver) => () => void) | undefined
  /** How long to wait until a subscription stands. */
  readonly waitMs: number
  readonly log: Logger
}

export function openTopic({ name, origin, receive, waitMs, log }: TopicOptions): Topic {
  const queues = new Set<DeliveryQueue>()
  /** Those whose subscribers still wait for the subscription to stand. */
  const waiting = new Map<DeliveryQueue, () => void>()
  const hear = createHearing()
  let stands = receive === undefined

  function deliver(message: Message): void {
    for (const queue of queues) queue.makeRoom(message)
    for (const queue of queues) queue.push(message)
  }

  const tellGap = () => {
    for (const queue of queues) if (!waiting.has(queue)) queue.gap()
  }

  function message(received: string): void {
    const envelope = parseEnvelope(received)
    if (envelope === undefined) return refuse('it is not of an instance of this app')
    if (envelope.origin === origin) return
    const heard = hear(envelope.origin, envelope)
    if (heard === 'late') return
    if (heard === 'after a loss') tellGap()
    try {
      deliver(openText(envelope.text))
    } catch (error) {
      refuse((error as Error).message)
    }
  }

  const refuse = (reason: string) =>
    log.warn({ topic: name, reason }, 'a message on the bus cannot be read, and is left out')

  const end = receive?.({
    message,
    stands() {
      tellGap()
      for (const resolve of waiting.values()) resolve()
      stands = true
    },
    lost() {
      stands = false
    },
  })

  function untilItStands(queue: DeliveryQueue): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        waiting.delete(queue)
        resolve()
      }
      const timer = setTimeout(settle, waitMs)
      waiting.set(queue, settle)
    })
  }

  return {
    get size() {
      return queues.size
    },
    deliver,
    async add(queue) {
      queues.add(queue)
      if (!stands) await untilItStands(queue)
    },
    remove(queue) {
      queues.delete(queue)
      queue.close()
    },
    close() {
      end?.()
      for (const resolve of waiting.values()) resolve()
      for (const queue of queues) queue.close()
      queues.clear()
    },
  }
}
