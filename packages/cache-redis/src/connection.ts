/** A connection that comes back by itself, whose calls fail at once while it is away. */
import { setTimeout as delay } from 'node:timers/promises'
import { createClient, createCluster, type RedisClientOptions, type RedisClientType } from '@redis/client'
import type { Logger } from '@freeda/runtime'
import type { RedisOptions } from './options.ts'
import type { Script } from './scripts.ts'

/** The few commands that Freeda takes, the same on a server and on a cluster. */
export interface Commands {
  get(key: string): Promise<string | null>
  mGet(keys: string[]): Promise<(string | null)[]>
  unlink(keys: string[]): Promise<unknown>
  /** Sends the text of a script only when the server has not seen it. */
  run(script: Script, keys: string[], args: string[]): Promise<unknown>
  /** Resolves when the server takes writes of this app. @throws what the server says, or that there is no connection */
  probe(key: string): Promise<void>
}

export interface Connection {
  readonly commands: Commands
  /** Begins to connect, and goes on until {@link close}. Resolves when connected, never rejects. */
  connect(): Promise<void>
  /** Waits a moment for what is under way. Never throws. */
  close(): Promise<void>
}

const longestRetryMs = 2_000
const closeMs = 500
/** Notices a connection whose other end is gone without a word. */
const pingMs = 5_000
const silenceMs = 15_000
/** Calls that wait for a server that hangs; more fail at once. */
const maxWaiting = 10_000

/** Without the client's own time limit: the runtime has one, and a signal for each call costs half as much as the call. */
const commandOptions = { timeout: 0 }

const retryMs = (retries: number) =>
  Math.min(longestRetryMs, 50 * 2 ** Math.min(retries, 10)) * (0.75 + Math.random() / 4)

function clientOptions({ url, username, password, tls, timeLimitMs }: RedisOptions) {
  const parsed = new URL(url)
  const user = username ?? decodeURIComponent(parsed.username)
  const pass = password ?? decodeURIComponent(parsed.password)
  const timing = {
    connectTimeout: Math.max(1_000, timeLimitMs),
    reconnectStrategy: retryMs,
    socketTimeout: silenceMs,
  }
  return {
    ...(user === '' ? {} : { username: user }),
    ...(pass === '' ? {} : { password: pass }),
    socket:
      parsed.protocol === 'rediss:'
        ? {
            ...timing,
            tls: true as const,
            ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
          }
        : timing,
    disableOfflineQueue: true,
    pingInterval: pingMs,
    commandsQueueMaxLength: maxWaiting,
    commandOptions,
    maintNotifications: 'disabled',
  } satisfies RedisClientOptions
}

/** `url` without what {@link clientOptions} gives. */
function addressOf(url: string): string {
  const address = new URL(url)
  address.username = ''
  address.password = ''
  return address.href
}

export function createConnection(options: RedisOptions, log: Logger): Connection {
  const settings = clientOptions(options)
  const url = addressOf(options.url)
  const client = (
    options.cluster
      ? createCluster({ rootNodes: [{ ...settings, url }], defaults: settings, commandOptions })
      : createClient({ ...settings, url })
  ) as Client
  let isFailing = false
  let isClosed = false
  function fail(err: unknown): void {
    if (!isFailing && !isClosed)
      log.error({ err }, 'the connection to Redis failed; it is tried again until it works')
    isFailing = true
  }
  client.on('error', fail)
  if (options.cluster) client.on('node-error', fail)
  const connected = () => {
    if (isFailing) log.warn('the connection to Redis works again')
    isFailing = false
  }
  client.on(options.cluster ? 'node-ready' : 'ready', connected)

  return {
    commands: commandsOf(client),
    async connect() {
      // A client tries again by itself; a cluster that finds no node does not.
      for (let retries = 0; !isClosed; retries++)
        try {
          await client.connect()
          return
        } catch (error) {
          fail(error)
          await delay(retryMs(retries), undefined, { ref: false })
        }
    },
    async close() {
      isClosed = true
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

function commandsOf(client: Client): Commands {
  return {
    get: (key) => client.get(key),
    mGet: (keys) => client.mGet(keys),
    unlink: (keys) => client.unlink(keys),
    async run({ sha, text }, keys, args) {
      try {
        return await client.evalSha(sha, { keys, arguments: args })
      } catch (error) {
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
        return client.eval(text, { keys, arguments: args })
      }
    },
    async probe(key) {
      await client.set(key, '1', { expiration: { type: 'PX', value: 1_000 } })
    },
  }
}
