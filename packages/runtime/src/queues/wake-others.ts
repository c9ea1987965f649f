/**
 * Instances tell each other of jobs that they do not begin themselves, so that an idle one need not find them by looking.
 * A message that is lost costs seconds, not jobs.
 */
import { randomUUID } from 'node:crypto'
import type { Bus } from '../bus.ts'
import type { Clock } from '../leases/clock.ts'

export interface Waking {
  /** There are jobs in this queue. */
  tell(queue: string): void
  /** From now on `wake` is called for what others tell; without a name for all queues. */
  listen(wake: (queue?: string) => void): void
}

interface Told {
  readonly queue: string
  readonly from: string
}

const topic = 'added'
/**
 * How long nothing more is told of a queue: thousands of jobs a second need no message each. A job that comes in this time is found by
 * whoever was woken: after a look in vain it looks again within 400 ms, and sooner after one that found something.
 */
const quietMs = 100

export function wakeOthers(bus: Bus, clock: Clock): Waking {
  const self = randomUUID()
  const toldMs = new Map<string, number>()
  return {
    tell(queue) {
      const nowMs = clock.monotonicMs()
      if (nowMs - (toldMs.get(queue) ?? -Infinity) < quietMs) return
      toldMs.set(queue, nowMs)
      void bus.publish(topic, { queue, from: self } satisfies Told)
    },
    listen(wake) {
      const listener = ({ queue, from }: Told) => {
        if (from !== self) wake(queue)
      }
      void bus.subscribe<Told>(topic, listener, { onGap: () => wake() })
    },
  }
}
