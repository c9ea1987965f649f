/** What the config says, as the client takes it. */
import type { RedisClientOptions } from '@redis/client'
import type { RedisOptions } from './options.ts'

const longestRetryMs = 2_000
/** Of a server that takes a connection and does not greet. Later there is a heartbeat. */
const silenceMs = 15_000
/** Calls that wait for a server that hangs; more fail at once. */
const maxWaiting = 10_000

/** Without the client's own time limit: the runtime has one, and a signal for each call costs half as much as the call. */
export const commandOptions = { timeout: 0 }

export const retryMs = (retries: number) =>
  Math.min(longestRetryMs, 50 * 2 ** Math.min(retries, 10)) * (0.75 + Math.random() / 4)

export function clientOptions({ url, username, password, tls, timeLimitMs }: RedisOptions) {
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
    commandsQueueMaxLength: maxWaiting,
    commandOptions,
    maintNotifications: 'disabled',
  } satisfies RedisClientOptions
}

/** `url` without what {@link clientOptions} gives. */
export function addressOf(url: string): string {
  const address = new URL(url)
  address.username = ''
  address.password = ''
  return address.href
}
