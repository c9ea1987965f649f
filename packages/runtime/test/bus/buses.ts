/** Apps whose plugins have a bus each, alone or on a transport that a test has in its hand. */
import { onTestFinished } from 'vitest'
import { Bus, BusTransport, definePlugin, type BusReceiver } from '../../src/index.ts'
import { testApp, type TestAppOptions } from '../../src/testing.ts'

/** One instance of an app whose plugins `names` have a bus each. */
export async function buses<const N extends string>(
  names: readonly N[],
  options: Partial<TestAppOptions> & { readonly transport?: BusTransport } = {},
) {
  const { transport, ...config } = options
  const found = {} as Record<N, Bus>
  const plugins = names.map((name) =>
    definePlugin({
      name,
      freeda: '^1.0.0',
      needs: { bus: Bus },
      setup: ({ needs }) => void (found[name] = needs.bus),
    })(),
  )
  const wire = definePlugin({
    name: 'wire',
    freeda: '^1.0.0',
    provides: { transport: BusTransport },
    setup: () => ({ transport: transport! }),
  })
  const app = await testApp({ plugins: transport === undefined ? plugins : [...plugins, wire()], ...config })
  onTestFinished(() => app.stop())
  const messages = () => app.logs.map(({ msg }) => String(msg))
  return { app, messages, ...found }
}

export interface Wire extends BusTransport {
  /** Publishing does this instead. */
  publishes: ((text: string) => Promise<unknown>) | undefined
  /** Whether subscriptions stand at once. */
  stands: boolean
  readonly channels: readonly string[]
  /** Texts are lost, and receivers know; or they do not know. */
  cut(): void
  heal(): void
  /** As an instance of somebody else. */
  send(channel: string, text: string): void
}

type Entry = readonly [channel: string, receiver: BusReceiver, isCut: () => boolean]
/** What wires of one network lead to. */
export type Network = Set<Entry>

/** What connects instances in one process; texts arrive later, and also where they came from. */
export function createWire(network: Network = new Set()): Wire {
  const own = new Set<Entry>()
  let isCut = false
  const send = (channel: string, text: string) => {
    for (const [name, receiver, isCut] of network)
      if (name === channel) queueMicrotask(() => !isCut() && receiver.message(text))
  }
  const wire: Wire = {
    name: 'wire',
    timeLimitMs: 50,
    publishes: undefined,
    stands: true,
    get channels() {
      return [...own].map(([channel]) => channel)
    },
    async publish({ namespace, topic }, text) {
      if (wire.publishes !== undefined) {
        await wire.publishes(text)
        return
      }
      send(`${namespace} ${topic}`, text)
    },
    receive({ namespace, topic }, receiver) {
      const entry: Entry = [`${namespace} ${topic}`, receiver, () => isCut]
      network.add(entry)
      own.add(entry)
      if (wire.stands && !isCut) queueMicrotask(() => receiver.stands())
      return () => {
        network.delete(entry)
        own.delete(entry)
      }
    },
    cut() {
      isCut = true
      for (const [, receiver] of own) receiver.lost()
    },
    heal() {
      isCut = false
      wire.stands = true
      for (const [, receiver] of own) receiver.stands()
    },
    send,
  }
  return wire
}
