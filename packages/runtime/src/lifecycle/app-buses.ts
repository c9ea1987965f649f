/** The buses of an app: one for each plugin, on the transport that a plugin provides, else within the process. */
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { Bus, BusTransport } from '../bus.ts'
import { busMetrics } from '../bus/bus-metrics.ts'
import { openBus, type Carrier } from '../bus/open-bus.ts'
import { createGuard } from '../circuit/guard.ts'
import { timeLimit } from '../circuit/time-limit.ts'
import type { Container } from '../container/create-container.ts'
import type { Observers } from './observe-app.ts'
import type { StopHooks } from './stop-hooks.ts'

/** Opens the bus of a plugin, once; what stands in for the token, as in a test, is for all of them. */
export type OpenBusOf = (plugin: string) => Bus

interface Surroundings {
  readonly container: Container
  readonly hooks: StopHooks
  readonly observers: Observers
  readonly log: Logger
}

/** @param isRehearsal nobody else is to hear of it */
export function appBuses({ container, hooks, observers, log }: Surroundings, isRehearsal = false): OpenBusOf {
  const opened = new Map<string, Bus>()
  let metricsOf: ReturnType<typeof busMetrics> | undefined
  let carrier: Carrier | undefined

  function open(plugin: string): Bus {
    // Not before: the plugin that provides the transport is set up before those that need a bus.
    const transport = isRehearsal ? undefined : (container.find(BusTransport.id) as BusTransport | undefined)
    carrier ??= transport && carrierOf(transport, log)
    metricsOf ??= busMetrics(observers.registrar('bus'))
    const bus = openBus({ plugin, carrier, metrics: metricsOf(plugin), log: log.child({ plugin }) })
    // Before the plugin has any, and so run after all of its own.
    hooks.add(plugin, bus.close)
    opened.set(plugin, bus)
    return bus
  }

  return (plugin) => (container.has(Bus.id) ? container.get(Bus) : (opened.get(plugin) ?? open(plugin)))
}

const carrierOf = (transport: BusTransport, log: Logger): Carrier => ({
  transport,
  origin: randomBytes(12).toString('base64url'),
  guard: createGuard({
    what: `messages for the bus transport ${transport.name}`,
    meanwhile: 'they reach this instance alone',
    within: timeLimit(transport.timeLimitMs),
    log,
  }),
})
