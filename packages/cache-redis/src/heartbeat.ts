/**
 * Asks connections every few seconds whether they are of use. The client's own time limit for a silent socket begins anew with
 * each command that is written, so that an app which goes on asking would never learn that nobody is there any more.
 */
import type { RedisClientType } from '@redis/client'

export interface Heartbeat {
  stop(): void
}

/** Resolves with the reason when a connection that answers is of no use all the same. Never rejects. */
export type Ask = (client: Pick<RedisClientType, 'hello' | 'ping'>) => Promise<Error | undefined>

/** How often they are asked, and how long they may take. */
const beatMs = 5_000

type Alive = Pick<RedisClientType, 'isReady' | 'hello' | 'ping'>

/**
 * @param clients those that are there now; one that is not connected is left alone
 * @param onUseless told of each that did not answer, or is of no use
 */
export function heartbeat<C extends Alive>(
  clients: () => readonly C[],
  ask: Ask,
  onUseless: (client: C, reason: Error) => void,
): Heartbeat {
  const asked = new WeakSet<C>()

  async function beat(client: C): Promise<void> {
    if (asked.delete(client)) return onUseless(client, new Error(`no answer within ${beatMs} ms`))
    if (!client.isReady) return
    asked.add(client)
    const reason = await ask(client)
    // Later it has been left already.
    if (asked.delete(client) && reason !== undefined && client.isReady) onUseless(client, reason)
  }

  const timer = setInterval(() => clients().forEach((client) => void beat(client)), beatMs).unref()
  return { stop: () => clearInterval(timer) }
}

/** Of a cluster any node that answers: it says itself where a key is now, and hands on to all what is published. */
export async function askAnyNode(client: Parameters<Ask>[0]): Promise<undefined> {
  // What fails is known to whoever holds the connection.
  await client.ping().catch(() => undefined)
}

/**
 * After a failover the same connection may lead to a replica. It answers, refuses to write, and keeps what is published to itself.
 * HELLO tells, and is allowed to whoever may connect; ROLE and INFO are not.
 */
export async function askPrimary(client: Parameters<Ask>[0]): Promise<Error | undefined> {
  const hello = await client.hello().catch(() => undefined)
  return hello === undefined || hello.role === 'master' ? undefined : notPrimary()
}

export const notPrimary = (cause?: unknown) =>
  new Error('the server is a replica, which takes no writes; the address must lead to the primary', { cause })
