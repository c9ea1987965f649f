/** A connection that comes back by itself, whose calls fail at once while it is away. */
import { setTimeout as delay } from 'node:timers/promises'
import { createClient, createCluster, type RedisClientType } from '@redis/client'
import type { Logger } from '@freeda/runtime'
import type { RedisOptions } from './options.ts'
import { addressOf, clientOptions, commandOptions, retryMs } from './client-options.ts'
import { askAnyNode, askPrimary, heartbeat, notPrimary, type Ask } from './heartbeat.ts'
import type { Script } from './scripts.ts'
import type { SubscriberClient } from './subscriber.ts'
import { troubleLog } from './trouble-log.ts'

/** The few commands that Freeda takes, the same on a server and on a cluster. */
export interface Commands {
  get(key: string): Promise<string | null>
  mGet(keys: string[]): Promise<(string | null)[]>
  unlink(keys: string[]): Promise<unknown>
  /** Sends the text of a script only when the server has not seen it. */
  run(script: Script, keys: string[], args: string[]): Promise<unknown>
  publish(channel: string, text: string): Promise<unknown>
  /** Resolves when the server takes writes of this app. @throws what the server says, or that there is no connection */
  probe(key: string): Promise<void>
}

export interface Connection {
  readonly commands: Commands
  /** A client to subscribe with, which does not reconnect. */
  newSubscriber(): SubscriberClient
  /** What to ask such a client. */
  readonly ask: Ask
  /** Begins to connect, and goes on until {@link close}. Resolves when connected, never rejects. */
  connect(): Promise<void>
  /** Waits a moment for what is under way. Never throws. */
  close(): Promise<void>
}

const closeMs = 500
/** How soon a server that turned out to be a replica may be left again for that. */
const leaveAgainMs = 1_000

export function createConnection(options: RedisOptions, log: Logger): Connection {
  const { client, clients, publish, nodes, ask } = options.cluster ? clusterOf(options) : serverOf(options)
  const trouble = troubleLog('the connection to Redis', log)
  let isClosed = false

  // A client tries again by itself; a cluster that finds no node does not.
  async function connect(): Promise<void> {
    for (let retries = 0; !isClosed; retries++)
      try {
        await client.connect()
        return
      } catch (error) {
        trouble.failed(error)
        await delay(retryMs(retries), undefined, { ref: false })
      }
  }

  function leave(useless: Connected, reason: Error): void {
    trouble.failed(reason)
    useless.destroy()
    // It tries again by itself, until it is closed.
    useless.connect().catch(() => undefined)
  }

  let leftMs = -Infinity
  // A cluster says where a key is now, and its client goes there.
  function onReadOnly(error: Error): void {
    const nowMs = performance.now()
    if (options.cluster || nowMs - leftMs < leaveAgainMs) return
    leftMs = nowMs
    for (const one of clients()) if (one.isReady) leave(one, notPrimary(error))
  }

  async function greet(connected: Connected): Promise<void> {
    const reason = await ask(connected)
    if (reason !== undefined) trouble.failed(reason)
    else if (connected.isReady) trouble.works()
  }

  const heart = heartbeat(clients, ask, leave)
  client.on('error', trouble.failed)
  if (options.cluster) client.on('node-error', trouble.failed).on('node-ready', trouble.works)
  else client.on('ready', () => clients().forEach((one) => void greet(one)))

  return {
    commands: commandsOf(client, publish, onReadOnly),
    newSubscriber: () => subscriberOf(options, nodes()),
    ask,
    connect,
    async close() {
      isClosed = true
      trouble.close()
      heart.stop()
      if (!client.isOpen) return
      let timer: NodeJS.Timeout | undefined
      const late = new Promise((resolve) => (timer = setTimeout(resolve, closeMs)))
      await Promise.race([Promise.resolve(client.close()).catch(() => undefined), late])
      clearTimeout(timer)
      try {
        client.destroy()
      } catch {
        // It was closed in time.
      }
    },
  }
}

/** What the clients of a server and of a cluster have in common. */
type Client = Pick<
  RedisClientType,
  'on' | 'isOpen' | 'connect' | 'close' | 'destroy' | 'get' | 'mGet' | 'unlink' | 'evalSha' | 'eval' | 'set'
>

/** A client of one server. */
type Connected = Pick<RedisClientType, 'isReady' | 'hello' | 'ping' | 'connect' | 'destroy'>

interface Differences {
  readonly client: Client
  /** Those that have a connection each. */
  readonly clients: () => readonly Connected[]
  readonly publish: Commands['publish']
  readonly nodes: () => string[]
  readonly ask: Ask
}

function serverOf(options: RedisOptions): Differences {
  const url = addressOf(options.url)
  const client = createClient({ ...clientOptions(options), url })
  return {
    client,
    clients: () => [client],
    publish: (channel, text) => client.publish(channel, text),
    nodes: () => [url],
    ask: askPrimary,
  }
}

function clusterOf(options: RedisOptions): Differences {
  const url = addressOf(options.url)
  const settings = clientOptions(options)
  const cluster = createCluster({ rootNodes: [{ ...settings, url }], defaults: settings, commandOptions })
  let chosen: (typeof cluster.masters)[number] | undefined

  /**
   * By itself the client takes any node for each message, and on the way from two nodes one could overtake the other. So it is
   * one node as long as there is a connection to it; any will do, since each hands messages on to all.
   */
  function publishing() {
    if (chosen?.client?.isReady !== true) {
      const ready = cluster.masters.filter(({ client }) => client?.isReady === true)
      chosen = ready[Math.floor(Math.random() * ready.length)]
    }
    if (chosen?.client === undefined) throw new Error('there is no connection to a node of the cluster')
    return chosen.client
  }

  return {
    client: cluster as unknown as Client,
    clients: () => [...cluster.masters, ...cluster.replicas].flatMap(({ client }) => client ?? []),
    publish: (channel, text) => publishing().publish(channel, text),
    nodes() {
      const known = [...cluster.masters, ...cluster.replicas].map((node) => {
        const at = new URL(url)
        // A node without a name is where the others were asked for.
        if (node.host !== '') at.hostname = node.host.includes(':') ? `[${node.host}]` : node.host
        at.port = String(node.port)
        return at.href
      })
      return known.length === 0 ? [url] : known
    },
    ask: askAnyNode,
  }
}

/** Of a cluster any node does: each hears what is published on any of them. */
function subscriberOf(options: RedisOptions, nodes: readonly string[]): SubscriberClient {
  const { socket, ...settings } = clientOptions(options)
  const url = nodes[Math.floor(Math.random() * nodes.length)]!
  return createClient({ ...settings, url, socket: { ...socket, reconnectStrategy: false } })
}

function commandsOf(
  client: Client,
  publish: Commands['publish'],
  onReadOnly: (error: Error) => void,
): Commands {
  async function writing<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write()
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('READONLY')) onReadOnly(error)
      throw error
    }
  }

  return {
    get: (key) => client.get(key),
    mGet: (keys) => client.mGet(keys),
    unlink: (keys) => writing(() => client.unlink(keys)),
    run: ({ sha, text }, keys, args) =>
      writing(async () => {
        try {
          return await client.evalSha(sha, { keys, arguments: args })
        } catch (error) {
          if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
          return client.eval(text, { keys, arguments: args })
        }
      }),
    publish,
    async probe(key) {
      await writing(() => client.set(key, '1', { expiration: { type: 'PX', value: 1_000 } }))
    },
  }
}
