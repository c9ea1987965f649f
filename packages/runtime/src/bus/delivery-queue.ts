/** Calls one listener with one message after the other. */
import type { Logger } from 'pino'
import type { BusMetrics } from './bus-metrics.ts'
import type { Message } from './message.ts'

export interface DeliveryQueue {
  /** Before a message is pushed to any queue, so that all get it at the same place among others. */
  makeRoom(message: Message): void
  push(message: Message): void
  /** Messages may have been missed between what was pushed and what will be. */
  gap(): void
  /** The listener is not called any more. */
  close(): void
}

export interface DeliveryOptions {
  readonly topic: string
  readonly listener: (message: never) => unknown
  readonly onGap: (() => unknown) | undefined
  readonly metrics: BusMetrics
  readonly log: Logger
}

/** What may wait for a listener. Above that all of it is dropped: who has to read again has no use for a part. */
const maxWaiting = 1_000
const maxWaitingBytes = 4_194_304

const gap = Symbol('gap')

export function deliveryQueue({ topic, listener, onGap, metrics, log }: DeliveryOptions): DeliveryQueue {
  let waiting: (Message | typeof gap)[] = []
  let bytes = 0
  /** The listener was called and has not settled. */
  let isBusy = false
  let isScheduled = false
  let isClosed = false
  let isTold = false

  function take(): Message | typeof gap | undefined {
    const next = waiting.shift()
    if (typeof next === 'object') bytes -= next.bytes
    return next
  }

  function done(next: Message | typeof gap): void {
    isBusy = false
    if (next !== gap) metrics.delivered(true)
  }

  function fail(next: Message | typeof gap, err: unknown): void {
    isBusy = false
    log.error({ err, topic }, `a listener of the bus failed${next === gap ? ' in its onGap' : ''}`)
    if (next !== gap) metrics.delivered(false)
  }

  function call(next: Message | typeof gap): void {
    isBusy = true
    try {
      const result = next === gap ? onGap?.() : listener(next.read() as never)
      if (!isThenable(result)) return done(next)
      void Promise.resolve(result)
        .then(
          () => done(next),
          (error) => fail(next, error),
        )
        .then(drain)
    } catch (error) {
      fail(next, error)
    }
  }

  /** Until nothing waits, or until the listener has to be waited for. */
  function drain(): void {
    isScheduled = false
    while (!isBusy) {
      const next = take()
      if (next === undefined) return
      call(next)
    }
  }

  // Not at once: whoever publishes goes on first, as when the message comes from another instance.
  function schedule(): void {
    if (isBusy || isScheduled) return
    isScheduled = true
    queueMicrotask(drain)
  }

  const isFull = (message: Message) => waiting.length >= maxWaiting || bytes + message.bytes > maxWaitingBytes

  function gapNow(): void {
    // One reading does for gaps that nothing came between.
    if (waiting.at(-1) === gap) return
    metrics.gap()
    waiting.push(gap)
  }

  function overflow(): void {
    const dropped = waiting.filter((one) => one !== gap).length
    metrics.dropped(dropped)
    if (!isTold)
      log.warn(
        { topic, dropped },
        'a listener of the bus is too slow; what waited for it is dropped, and further messages are only counted',
      )
    isTold = true
    waiting = []
    bytes = 0
    gapNow()
  }

  return {
    makeRoom(message) {
      // The listener is not slow when it had no chance: somebody publishes in a loop without waiting.
      if (isFull(message) && !isBusy) drain()
      if (isFull(message)) overflow()
    },
    push(message) {
      if (isClosed) return
      waiting.push(message)
      bytes += message.bytes
      schedule()
    },
    gap() {
      if (isClosed) return
      gapNow()
      schedule()
    },
    close() {
      isClosed = true
      waiting = []
    },
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
