/**
 * Asks connections every few seconds whether they are alive. The client's own time limit for a silent socket begins anew with
 * each command that is written, so that an app which goes on asking would never learn that nobody is there any more.
 */
import type { RedisClientType } from '@redis/client'

export interface Heartbeat {
  stop(): void
}

/** How often they are asked, and how long they may take. */
const beatMs = 5_000

type Alive = Pick<RedisClientType, 'isReady' | 'ping'>

/**
 * @param clients those that are there now; one that is not connected is left alone
 * @param onSilence told of each that did not answer
 */
export function heartbeat<C extends Alive>(
  clients: () => readonly C[],
  onSilence: (client: C, reason: Error) => void,
): Heartbeat {
  const asked = new WeakSet<C>()

  function beat(client: C): void {
    if (asked.delete(client)) return onSilence(client, new Error(`no answer within ${beatMs} ms`))
    if (!client.isReady) return
    asked.add(client)
    // What fails is known to whoever holds the connection.
    const settled = () => asked.delete(client)
    client.ping().then(settled, settled)
  }

  const timer = setInterval(() => clients().forEach(beat), beatMs).unref()
  return { stop: () => clearInterval(timer) }
}
