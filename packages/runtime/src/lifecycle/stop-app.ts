/** Phase 5: readiness first, then the listener and the work, then the plugins in reverse; once, within one budget. */
import type { Logger } from 'pino'
import { setTimeout as wait } from 'node:timers/promises'
import { FreedaError } from '../errors.ts'
import type { Listener } from '../http/listen.ts'
import type { BootedApp } from './boot-app.ts'

export interface ShutdownBudget {
  /** Of everything. */
  readonly totalMs: number
  /** To serve on with readiness red; part of the total. */
  readonly drainMs: number
}

/** What requests and work under way may use of the time, draining included; the rest belongs to the plugins. */
const underWayShare = 2 / 3

/** @throws FREEDA_STOP after everything was stopped, when something did not stop cleanly */
export async function stopApp(
  app: BootedApp,
  listener: Listener,
  { totalMs, drainMs }: ShutdownBudget,
  log: Logger,
): Promise<void> {
  const endMs = performance.now() + totalMs
  app.health.setState('draining')
  app.http.drain()
  log.info({ drainMs, inFlight: app.http.inFlight, live: app.http.live }, 'draining')
  // Nothing new is begun from now on; what runs has the time that requests have, and ends beside them.
  const worked = app.work.stop(drainMs + (totalMs - drainMs) * underWayShare)
  if (drainMs > 0) await wait(drainMs)
  const { cut } = await listener.close((endMs - performance.now()) * underWayShare)
  await worked
  const failures = cut === 0 ? [] : [`${cut} requests were cut off`]
  failures.push(...(await app.stopPlugins(Math.max(0, endMs - performance.now()))))
  app.health.setState('stopped')
  log.info({ failures }, failures.length === 0 ? 'stopped' : 'stopped, but not cleanly')
  if (failures.length > 0) throw new FreedaError('FREEDA_STOP', { failures })
}
