/** An app that is set up and does not listen: for scripts and for the prompt. */
import type { DestinationStream, Logger } from 'pino'
import { loadConfig, type LoadedConfig } from './config/load-config.ts'
import { FreedaError } from './errors.ts'
import { bootApp } from './lifecycle/boot-app.ts'
import { createLogger } from './observability/logger.ts'
import { planApp } from './plugins/plan-app.ts'
import type { Plan } from './plugins/plan.ts'
import type { Service } from './service.ts'
import { modeOf, type StartOptions } from './start.ts'
import type { Collection, CollectionDefinition, CollectionOf } from './storage.ts'
import { StorageDriver } from './storage.ts'

export interface OpenApp {
  readonly plan: Plan
  /** By their names in the store; {@link OpenApp.collection} knows their types too. */
  readonly collections: Readonly<Record<string, Collection>>
  /** By the keys under which plugins provide them, `plugin.key` where two use the same; {@link OpenApp.get} knows their types too. */
  readonly services: Readonly<Record<string, unknown>>
  readonly log: Logger
  /** @throws FREEDA_SERVICE_UNKNOWN when no plugin provides storage */
  collection<D extends CollectionDefinition>(definition: D): CollectionOf<D>
  /** A service by its token. @throws FREEDA_SERVICE_UNKNOWN */
  get<T>(token: Service<T>): T
  /** Stops the plugins, once. @throws FREEDA_STOP when something did not stop cleanly */
  stop(): Promise<void>
}

/** What the default export of a file gets that `freeda exec` runs. */
export interface ScriptContext extends Pick<
  OpenApp,
  'collections' | 'services' | 'collection' | 'get' | 'log'
> {
  readonly app: OpenApp
  /** What stood behind the file on the command line. */
  readonly args: readonly string[]
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
}

export interface OpenOptions extends Pick<StartOptions, 'cwd' | 'file' | 'mode' | 'environment'> {
  /** Where log lines go: stdout belongs to whoever opens the app. */
  readonly logTo: DestinationStream
  /** Done before anything of the app runs. */
  readonly before?: (loaded: LoadedConfig) => Promise<void>
}

/** @throws what {@link start} throws, but for FREEDA_LISTEN; whatever ran was stopped before */
export async function openApp({ logTo, before, ...options }: OpenOptions): Promise<OpenApp> {
  const { environment = process.env, mode = modeOf(environment['NODE_ENV']) } = options
  const loaded = await loadConfig({ ...options, mode })
  await before?.(loaded)
  const plan = await planApp(loaded, { mode, environment })
  const log = await createLogger({
    app: plan.name,
    level: plan.log.level,
    pretty: false,
    redact: plan.log.redact,
    secrets: plan.secrets,
    destination: logTo,
  })
  // Metrics for CloudWatch would go to stdout, and nobody asks for the others.
  const booted = await bootApp({ ...plan, metrics: false }, log)
  booted.health.setState('ready')
  const { storage, container } = booted
  let stopping: Promise<void> | undefined

  async function stop(): Promise<void> {
    booted.health.setState('draining')
    await booted.work.stop(plan.server.shutdown)
    const failures = await booted.stopPlugins(plan.server.shutdown)
    booted.health.setState('stopped')
    if (failures.length > 0) throw new FreedaError('FREEDA_STOP', { failures })
  }

  function collection<D extends CollectionDefinition>(definition: D): CollectionOf<D> {
    if (storage === undefined) throw new FreedaError('FREEDA_SERVICE_UNKNOWN', { service: StorageDriver.id })
    return storage.collection(definition)
  }

  const definitions = plan.plugins.flatMap((plugin) => Object.values(plugin.collections))
  return {
    plan,
    collections: Object.fromEntries(
      definitions.map((one) => [one.name!, collection(one) as unknown as Collection]),
    ),
    services: Object.fromEntries(
      serviceNames(plan).flatMap(([name, id]) => (container.has(id) ? [[name, container.find(id)]] : [])),
    ),
    log,
    collection,
    get: (token) => container.get(token),
    stop: () => (stopping ??= stop()),
  }
}

function serviceNames({ plugins }: Plan): [name: string, id: string][] {
  const all = plugins.flatMap(({ name, provides }) =>
    Object.entries(provides).map(([key, id]) => ({ plugin: name, key, id })),
  )
  return all.map(({ plugin, key, id }) => {
    const isAlone = all.filter((other) => other.key === key).length === 1
    return [isAlone ? key : `${plugin}.${key}`, id]
  })
}
