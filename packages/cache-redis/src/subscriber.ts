/**
 * Receives what is published on channels, on a connection of its own: made when somebody listens, and made anew, with all its
 * subscriptions, until it works. Each connection is a client of its own, so that nobody has to know how a client resumes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { RedisClientType } from '@redis/client'
import type { BusReceiver, Logger } from '@freeda/runtime'
import { retryMs } from './client-options.ts'
import { heartbeat, type Ask } from './heartbeat.ts'
import { troubleLog } from './trouble-log.ts'

/** A client that does not reconnect. */
export type SubscriberClient = Pick<
  RedisClientType,
  'on' | 'isReady' | 'connect' | 'destroy' | 'hello' | 'ping' | 'subscribe' | 'unsubscribe'
>

export interface Subscriber {
  /** Each channel once. @returns what ends it */
  receive(channel: string, receiver: BusReceiver): () => void
  /** @throws while somebody listens and the connection is away */
  check(): void
  close(): void
}

export function createSubscriber(newClient: () => SubscriberClient, ask: Ask, log: Logger): Subscriber {
  const receivers = new Map<string, BusReceiver>()
  const trouble = troubleLog('the connection to Redis for subscriptions', log)
  let session: Session | undefined
  let stands = false
  let isRunning = false
  let isClosed = false

  async function run(): Promise<void> {
    isRunning = true
    for (let retries = 0; !isClosed && receivers.size > 0; retries++) {
      try {
        session = openSession(newClient(), ask, receivers)
        await session.connect()
        session.subscribe(receivers)
        await session.subscribed()
        stands = true
        trouble.works()
        retries = 0
        await session.over
      } catch (error) {
        trouble.failed(error)
      } finally {
        stands = false
        session?.end()
        session = undefined
        for (const receiver of receivers.values()) receiver.lost()
      }
      if (!isClosed && receivers.size > 0) await delay(retryMs(retries), undefined, { ref: false })
    }
    isRunning = false
  }

  return {
    receive(channel, receiver) {
      receivers.set(channel, receiver)
      session?.subscribe(new Map([[channel, receiver]]))
      if (!isRunning && !isClosed) void run()
      return () => {
        if (receivers.get(channel) !== receiver) return
        receivers.delete(channel)
        session?.unsubscribe(channel)
      }
    },
    check() {
      if (receivers.size > 0 && !stands) throw new Error('the subscriptions do not stand')
    },
    close() {
      isClosed = true
      trouble.close()
      session?.end()
    },
  }
}

/** One connection, from its making to its end. */
interface Session {
  connect(): Promise<void>
  /** Tells receivers that they stand as soon as they do. Does nothing before it is connected. */
  subscribe(channels: ReadonlyMap<string, BusReceiver>): void
  unsubscribe(channel: string): void
  /** Resolves when what was subscribed to so far stands. */
  subscribed(): Promise<void>
  /** Rejects when the connection is over, with the reason. */
  readonly over: Promise<never>
  end(): void
}

function openSession(
  client: SubscriberClient,
  ask: Ask,
  receivers: ReadonlyMap<string, BusReceiver>,
): Session {
  let fail!: (reason: unknown) => void
  const over = new Promise<never>((_, reject) => (fail = reject))
  over.catch(() => undefined)
  client.on('error', fail)
  client.on('end', () => fail(new Error('the connection was closed')))
  const onMessage = (text: string, channel: string) => receivers.get(channel)?.message(text)

  const heart = heartbeat(
    () => [client],
    ask,
    (_, reason) => fail(reason),
  )
  let isConnected = false
  let isEnded = false
  /** Subscriptions of one moment go in one command. */
  let added = new Map<string, BusReceiver>()
  let removed = new Set<string>()
  let flushing: Promise<void> | undefined

  async function flush(): Promise<void> {
    await Promise.resolve()
    flushing = undefined
    const [subscribing, unsubscribing] = [added, removed]
    added = new Map()
    removed = new Set()
    // First, since a channel that is in both was left and is wanted again.
    if (unsubscribing.size > 0) client.unsubscribe([...unsubscribing], onMessage).catch(fail)
    if (subscribing.size === 0) return
    await client.subscribe([...subscribing.keys()], onMessage)
    for (const [channel, receiver] of subscribing) if (receivers.get(channel) === receiver) receiver.stands()
  }

  function soon(): void {
    if (!isConnected || flushing !== undefined) return
    flushing = flush()
    flushing.catch(fail)
  }

  return {
    over,
    async connect() {
      const connecting = client.connect()
      // A client that is destroyed while it connects does so all the same.
      connecting.then(
        () => isEnded && client.destroy(),
        () => undefined,
      )
      await Promise.race([connecting, over])
      const reason = await Promise.race([ask(client), over])
      if (reason !== undefined) throw reason
      isConnected = true
    },
    subscribe(channels) {
      for (const [channel, receiver] of channels) added.set(channel, receiver)
      soon()
    },
    unsubscribe(channel) {
      added.delete(channel)
      removed.add(channel)
      soon()
    },
    async subscribed() {
      await Promise.race([flushing, over])
    },
    end() {
      isEnded = true
      heart.stop()
      fail(new Error('the connection was closed'))
      client.destroy()
    },
  }
}
