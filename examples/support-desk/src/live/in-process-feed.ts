import type { MessageFeed } from './contract.ts'

type Listener = Parameters<MessageFeed['follow']>[1]

/** A feed that ends at the border of the process: for an app that runs once. */
export function inProcessFeed(): MessageFeed {
  const listeners = new Map<string, Set<Listener>>()
  return {
    publish(message) {
      for (const listener of listeners.get(message.ticketId) ?? []) listener(message)
    },
    follow(ticketId, listener) {
      const own = listeners.get(ticketId) ?? new Set()
      listeners.set(ticketId, own.add(listener))
      return () => {
        own.delete(listener)
        if (own.size === 0 && listeners.get(ticketId) === own) listeners.delete(ticketId)
      }
    },
  }
}
