/** The composition root: the five phases, in order. */
import type { DestinationStream, Logger } from 'pino'
import { loadConfig } from './config/load-config.ts'
import type { ConfigExport } from './config/define-config.ts'
import type { AppState } from './health.ts'
import { listen } from './http/listen.ts'
import { bootApp } from './lifecycle/boot-app.ts'
import { handleSignals, signalsWhileStarting } from './lifecycle/signals.ts'
import type { ServedRoute } from './lifecycle/served-routes.ts'
import { stopApp } from './lifecycle/stop-app.ts'
import { modeOf } from './mode-of.ts'
import { createLogger } from './observability/logger.ts'
import type { Mode } from './plugin.ts'
import { planApp } from './plugins/plan-app.ts'
import type { Plan } from './plugins/plan.ts'
import type { Service } from './service.ts'

export interface StartOptions {
  /** Where to look for the config file. Default: the working directory. */
  readonly cwd?: string
  /** The config file, instead of looking for one. */
  readonly file?: string
  /** The config itself, instead of a file. */
  readonly config?: ConfigExport
  /** Default: by `NODE_ENV`. */
  readonly mode?: Mode
  /** Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Whether SIGTERM and SIGINT stop the app and end the process. Default `true`. */
  readonly signals?: boolean
  /** Where log lines go. Default: stdout. */
  readonly logTo?: DestinationStream
}

/** A running app. */
export interface App {
  /** What was planned, to look at. */
  readonly plan: Plan
  /** `http://host:port`, to be called from this machine. */
  readonly url: string
  readonly port: number
  /** `http://host:port` of the port that metrics have for themselves, if any. */
  readonly opsUrl: string | undefined
  readonly state: AppState
  /** Setting its `level` changes what every logger of the app writes. */
  readonly log: Logger
  /** A service by its token. @throws FREEDA_SERVICE_UNKNOWN */
  get<T>(token: Service<T>): T
  /** Drains and stops, once; every call gives the same promise. @throws FREEDA_STOP when something did not stop cleanly */
  stop(): Promise<void>
}

/**
 * Starts an app: loads its config, plans it, sets up its plugins and listens.
 * @throws FREEDA_CONFIG_NOT_FOUND, FREEDA_CONFIG_LOAD, FREEDA_CONFIG_INVALID, FREEDA_PLUGIN_SETUP, FREEDA_PLUGIN_TIMEOUT,
 *   FREEDA_PLUGIN_PROVIDES, FREEDA_ROUTE_CONFLICT, FREEDA_LISTEN, or what a plugin threw; whatever ran was stopped before
 */
export async function start(options: StartOptions = {}): Promise<App> {
  const { environment = process.env, mode = modeOf(environment['NODE_ENV']) } = options
  const loaded = await loadConfig({ ...options, mode })
  const plan = await planApp(loaded, { mode, environment })
  return (await startPlan(plan, options)).app
}

export interface StartPlanOptions extends Pick<StartOptions, 'logTo'> {
  /** Which signals stop the app and end the process. Default: SIGTERM and SIGINT; `false`: none. */
  readonly signals?: boolean | readonly ('SIGTERM' | 'SIGINT')[]
  /** Whether the log says when the app is ready and when it stops. Default `true`. */
  readonly announced?: boolean
}

/** A running app, with what is known of it only now. */
export interface StartedApp {
  readonly app: App
  readonly routes: readonly ServedRoute[]
  /** How long each plugin took to be set up, in milliseconds, by its name. */
  readonly setupMs: ReadonlyMap<string, number>
}

/** Phases 3 to 5 of a plan. @throws what {@link start} throws, but for the errors of the config */
export async function startPlan(plan: Plan, options: StartPlanOptions = {}): Promise<StartedApp> {
  const log = await loggerOf(plan, options.logTo)
  const lifecycleLog = options.announced === false ? log.child({}, { level: 'error' }) : log
  if (isNodeOutdated()) lifecycleLog.warn(nodeAdvice)
  const { signals = true } = options
  const stopSignals = typeof signals === 'boolean' ? undefined : signals
  // In development nobody waits for a setup that is not wanted any more.
  const starting =
    signals === false || plan.mode !== 'production'
      ? undefined
      : signalsWhileStarting(lifecycleLog, stopSignals)
  const booted = await bootApp(plan, log).catch((error: unknown) => {
    starting?.end()
    throw error
  })
  if (starting?.asked !== undefined) await leave()
  const { listener, ops } = await listenOrUnwind()
  booted.health.setState('ready')
  booted.work.start()
  lifecycleLog.info(
    {
      url: listener.url,
      metrics: ops?.url,
      version: plan.version,
      build: plan.build,
      plugins: plan.plugins.map((plugin) => plugin.name),
    },
    'ready',
  )

  let stopping: Promise<void> | undefined
  const budget = { totalMs: plan.server.shutdown, drainMs: plan.server.drain }
  const app: App = {
    plan,
    url: listener.url,
    port: listener.port,
    opsUrl: ops?.url,
    get state() {
      return booted.health.state
    },
    log,
    get: (token) => booted.container.get(token),
    stop: () => (stopping ??= stopApp(booted, listener, budget, lifecycleLog)),
  }
  if (signals !== false) handleSignals({ log: lifecycleLog, stop: app.stop }, stopSignals)
  starting?.end()
  if (starting?.asked !== undefined) process.emit(starting.asked, starting.asked)
  return { app, routes: booted.routes(), setupMs: booted.setupMs }

  /** Ends the process, with nothing served. */
  async function leave(): Promise<never> {
    const failures = await booted.stopPlugins(plan.server.shutdown)
    lifecycleLog.info({ failures }, 'stopped before it was ready')
    log.flush()
    process.exit(failures.length === 0 ? 0 : 1)
  }

  async function listenOrUnwind() {
    const { port, host, requestTimeout, headersTimeout, keepAliveTimeout, maxHeaderBytes, maxConnections } =
      plan.server
    try {
      const ops = await booted.listenOps()
      const listener = await listen(booted.http, {
        port,
        host,
        requestTimeoutMs: requestTimeout,
        headersTimeoutMs: headersTimeout,
        keepAliveTimeoutMs: keepAliveTimeout,
        maxHeaderBytes,
        maxConnections,
      })
      return { listener, ops }
    } catch (error) {
      starting?.end()
      await booted.stopPlugins(plan.server.shutdown)
      throw error
    }
  }
}

const loggerOf = (plan: Plan, logTo: DestinationStream | undefined): Promise<Logger> =>
  createLogger({
    app: plan.name,
    level: plan.log.level,
    pretty:
      plan.log.pretty ?? (plan.mode !== 'production' && logTo === undefined && process.stdout.isTTY === true),
    redact: plan.log.redact,
    secrets: plan.secrets,
    destination: logTo,
    batched: plan.mode === 'production',
  })

/** Source: https://nodejs.org/en/about/previous-releases */
const oldestMaintainedNode = 22

const isNodeOutdated = () => Number.parseInt(process.versions.node) < oldestMaintainedNode
const nodeAdvice = `Node ${process.versions.node} no longer gets security fixes; Freeda runs best on Node 24`

export { modeOf }
