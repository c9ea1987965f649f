/** What the parts of a plugin stand on: one connection, and the prefix of their keys. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Health, HealthRegistrar, Hook, Logger } from '@freeda/runtime'
import { createConnection, type Commands } from './connection.ts'
import type { RedisOptions } from './options.ts'
import { createSubscriber, type Subscriber } from './subscriber.ts'

export interface Redis {
  readonly commands: Commands
  /** On a connection of its own, which is there when somebody subscribes. */
  readonly subscriber: Subscriber
  /** Before every key. */
  readonly prefix: string
  /** The number that the URL says. */
  readonly database: number
  /** How long one call may take. */
  readonly timeLimitMs: number
}

/** What is taken of the context of a setup. */
export interface Surroundings {
  readonly name: string
  readonly options: RedisOptions
  readonly needs: { readonly app: Pick<Health, 'app'> }
  readonly health: HealthRegistrar
  readonly log: Logger
  onStart(hook: Hook): void
  onStop(hook: Hook): void
}

/** An app starts without its server, but not because the server needed a moment. */
const patienceMs = 1_000

/** Connects when the app starts, and closes when it stops. */
export function openRedis({ name, options, needs, health, log, onStart, onStop }: Surroundings): Redis {
  const prefix = options.prefix ?? `${needs.app.app.name.replaceAll(/[{}]/g, '-')}:`
  const connection = createConnection(options, log)
  const subscriber = createSubscriber(connection.newSubscriber, connection.ask, log)
  onStart(async () => {
    await Promise.race([connection.connect(), delay(patienceMs, undefined, { ref: false })])
  })
  onStop(() => {
    subscriber.close()
    return connection.close()
  })
  // Never critical: without the server the app is slower and counts for itself, and its answers are as right as before.
  const check = async () => {
    await connection.commands.probe(`${prefix}health`)
    subscriber.check()
  }
  health.ready(name, check, { critical: false })
  const database = Number(new URL(options.url).pathname.slice(1))
  return { commands: connection.commands, subscriber, prefix, database, timeLimitMs: options.timeLimitMs }
}
