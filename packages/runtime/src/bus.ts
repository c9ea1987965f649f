/** Bus: tells all instances of an app what happened, at most once. */
import { service, type Service } from './service.ts'

export interface BusSubscribeOptions {
  /**
   * Called when messages may have been missed: the connection was lost and is back, the subscription stands only now, or
   * the listener was so slow that what waited for it was dropped. Read again what the messages are about. Messages that
   * come meanwhile wait until what it returns is settled.
   */
  readonly onGap?: () => unknown
}

export interface BusSubscription {
  /** From now on the listener is not called. May be called more than once. */
  unsubscribe(): void
}

/**
 * A plugin's own topics: nobody else publishes or hears them. Topics are texts of 1 to 512 bytes; messages are what
 * collections can keep (JSON, Date, bigint, Uint8Array), at most 256 KiB as JSON. What listeners get is frozen.
 *
 * Each message reaches each subscriber **at most once**, and those of one publisher on one topic in the order of their
 * publishing. Nothing is kept: who was not there has missed it.
 */
export interface Bus {
  /**
   * Tells every subscriber, on every instance. Resolves to whether it was handed on to the other instances; `false`: they
   * may have missed it, and the subscribers of this process get it all the same. Does not wait for listeners.
   * @throws FREEDA_VALIDATION for a topic or a message that cannot be, FREEDA_ITEM_TOO_LARGE
   */
  publish(topic: string, message: unknown): Promise<boolean>
  /**
   * Calls `listener` with each message from now on, one after the other: the next one waits until what it returns is
   * settled. Resolves once the subscription stands on every instance; after a second in any case, and then `onGap` is
   * called when it does. Ends with the plugin.
   * @throws FREEDA_VALIDATION for a topic that cannot be
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as with a cache, the plugin says what it publishes
  subscribe<T = unknown>(
    topic: string,
    listener: (message: T) => unknown,
    options?: BusSubscribeOptions,
  ): Promise<BusSubscription>
}

/** Provided by the runtime: within the process, or on the {@link BusTransport} that a plugin provides. */
export const Bus: Service<Bus> = service<Bus>('freeda.bus')

export interface BusChannel {
  /** The plugin. */
  readonly namespace: string
  readonly topic: string
}

export interface BusReceiver {
  /** A text that was published, maybe by this process. Those of one publisher come in the order of their publishing. */
  message(text: string): void
  /** From now on it gets what is published. Called again whenever that is so again. */
  stands(): void
  /** From now on it may miss something. */
  lost(): void
}

/**
 * What carries messages from instance to instance. The runtime encodes them, numbers them so that a loss is noticed, bounds
 * waits, leaves a transport that fails alone for a while, and receives each channel once in a process.
 */
export interface BusTransport {
  /** For messages, e.g. `redis`. */
  readonly name: string
  /** How long `publish` may take, in milliseconds. */
  readonly timeLimitMs: number
  /** May throw; then the text is lost, and not tried again. Keeps the order of calls. */
  publish(channel: BusChannel, text: string): Promise<unknown>
  /** Begins to receive, at once or as soon as it can, and goes on until what it returns is called. Does not throw. */
  receive(channel: BusChannel, receiver: BusReceiver): () => void
}

export const BusTransport: Service<BusTransport> = service<BusTransport>('freeda.bus-transport')
