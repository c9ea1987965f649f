/** What carries messages of the bus from instance to instance: publish/subscribe of a Redis server. */
import type { BusChannel, BusTransport } from '@freeda/runtime'
import type { Redis } from './open-redis.ts'

/** Throws what the client throws; the runtime tells who published. */
export function busTransport({ commands, subscriber, prefix, database, timeLimitMs }: Redis): BusTransport {
  // Other than keys, channels belong to no database: whoever tells stages apart by that would hear the others.
  const channelOf = ({ namespace, topic }: BusChannel) => `${prefix}bus:${database}:${namespace}:${topic}`
  return {
    name: 'redis',
    timeLimitMs,
    publish: (channel, text) => commands.publish(channelOf(channel), text),
    receive: (channel, receiver) => subscriber.receive(channelOf(channel), receiver),
  }
}
