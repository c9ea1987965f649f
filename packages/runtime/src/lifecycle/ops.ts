/** Where operators reach metrics and the log level: among the app's routes, or on a port of their own. */
import type { Logger } from 'pino'
import { createHttp, type HttpOptions } from '../http/create-http.ts'
import type { Mount } from '../routing/mount.ts'
import { listen, type Listener } from '../http/listen.ts'
import type { Mode } from '../plugin.ts'
import type { Plan } from '../plugins/plan.ts'
import type { Observers } from './observe-app.ts'
import { opsRoutes } from './ops-routes.ts'
import type { StopHooks } from './stop-hooks.ts'

export interface Ops {
  readonly routes: Mount
  /** Undefined: they belong to the app's port. */
  readonly port: number | undefined
  readonly host: string
}

/** Undefined when the config has no metrics. */
export function opsOf({ metrics: settings }: Plan, { metrics, logLevel }: Observers): Ops | undefined {
  if (settings === false || metrics === undefined) return undefined
  return { routes: opsRoutes(settings, metrics, logLevel), port: settings.port, host: settings.host }
}

/**
 * Opens the port of their own, if they have one; it closes with the app.
 * @throws FREEDA_LISTEN
 */
export async function listenOps(
  ops: Ops | undefined,
  { mode }: Plan,
  hooks: StopHooks,
  log: Logger,
): Promise<Listener | undefined> {
  if (ops?.port === undefined) return undefined
  // Scrapes come every few seconds: only failures are worth a line.
  const http = createHttp([ops.routes], httpOptions(mode), log.child({}, { level: 'error' }))
  const { port, host } = ops
  const listener = await listen(http, { port, host, ...timeouts })
  hooks.add('freeda', () => listener.close(closeMs))
  return listener
}

const closeMs = 500
const timeouts = { requestTimeoutMs: 10_000, headersTimeoutMs: 5_000, keepAliveTimeoutMs: 65_000 }

const httpOptions = (mode: Mode): HttpOptions => ({
  mode,
  bodyLimitBytes: 1_024,
  handlerTimeoutMs: 10_000,
  cors: false,
  securityHeaders: true,
  responses: 'trust',
})
