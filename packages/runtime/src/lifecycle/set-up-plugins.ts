/** Phase 3: runs the setup of every plugin in order of needs; unwinds what ran when a critical one fails. */
import type { Logger } from 'pino'
import type { Container } from '../container/create-container.ts'
import { FreedaError, isFreedaError, reasonOf } from '../errors.ts'
import type { Mount } from '../routing/mount.ts'
import { pluginRouter } from '../routing/plugin-router.ts'
import type { Hook, SetupContext } from '../plugin.ts'
import type { Queue } from '../queue.ts'
import type { Plan, PlannedPlugin } from '../plugins/plan.ts'
import {
  DeclaredCollections,
  StorageDriver,
  type Collection,
  type CollectionInfo,
  type Storage,
} from '../storage.ts'
import { collectionInfo } from '../storage/collection-info.ts'
import { openStorage } from '../storage/open-storage.ts'
import { Queues } from '../queues/queue-registry.ts'
import type { AuthRegistry } from './auth-registry.ts'
import { withDeadline } from './deadline.ts'
import type { HealthRegistry } from './health-registry.ts'
import type { Observers } from './observe-app.ts'
import { ownServices, type OwnServices } from './own-services.ts'
import { pluginSchedules, removeSchedules } from './plugin-schedules.ts'
import type { StopHooks } from './stop-hooks.ts'

export interface SetUp {
  /** Routers of the plugins that are up. */
  readonly mounts: readonly Mount[]
  /** What collections stand on; undefined when no plugin provides storage. */
  readonly storage: () => Storage | undefined
  readonly own: OwnServices
  /** How long `setup` and `onStart` of each plugin took, in milliseconds, by its name. */
  readonly setupMs: ReadonlyMap<string, number>
}

export interface SetUpTools {
  readonly plan: Plan
  readonly container: Container
  readonly health: HealthRegistry
  readonly auth: AuthRegistry
  readonly hooks: StopHooks
  readonly observers: Observers
  readonly log: Logger
}

/** What all plugins stand on. */
export interface SharedParts {
  readonly storage: () => Storage | undefined
  readonly own: OwnServices
}

type AnySetup = (context: SetupContext<undefined, never, never, never>) => unknown
interface StartHook {
  readonly plugin: PlannedPlugin
  readonly hook: Hook
}

/** @throws FREEDA_PLUGIN_SETUP, FREEDA_PLUGIN_TIMEOUT, FREEDA_PLUGIN_PROVIDES, or a plugin's own FreedaError */
export async function setUpPlugins(tools: SetUpTools): Promise<SetUp> {
  const { plan, container, health } = tools
  const shared: SharedParts = {
    storage: lazyStorage(container, tools.observers),
    own: ownServices(tools),
  }
  container.register(DeclaredCollections.id, declaredCollections(plan), 'freeda')
  const mounts: Mount[] = []
  const starts: StartHook[] = []
  const setupMs = new Map<string, number>()
  const timed = async (plugin: PlannedPlugin, task: () => Promise<unknown>) => {
    const beganAt = performance.now()
    await guarded(plugin, tools, task)
    setupMs.set(plugin.name, (setupMs.get(plugin.name) ?? 0) + performance.now() - beganAt)
  }
  for (const plugin of plan.plugins) {
    if (isBlocked(plugin, container, shared.own)) {
      tellSkipped(plugin, tools)
      continue
    }
    await timed(plugin, async () => {
      mounts.push(await setUpPlugin(plugin, tools, shared, (hook) => starts.push({ plugin, hook })))
      health.setPlugin({ ...stateOf(plugin), state: 'ready' })
    })
  }
  for (const { plugin, hook } of starts)
    if (isUp(plugin, health)) {
      await timed(plugin, () => runHook(plugin, 'onStart', plan.setupTimeoutMs, (signal) => hook({ signal })))
      if (!isUp(plugin, health)) await leaveOutUsers(plugin, tools)
    }
  return {
    mounts: mounts.filter((mount) =>
      plan.plugins.some((plugin) => plugin.name === mount.plugin && isUp(plugin, health)),
    ),
    storage: shared.storage,
    own: shared.own,
    setupMs,
  }
}

export const declaredCollections = ({ plugins }: Pick<Plan, 'plugins'>): readonly CollectionInfo[] =>
  plugins.flatMap((plugin) => Object.values(plugin.collections).map(collectionInfo))

const stateOf = ({ name, version, critical }: PlannedPlugin) => ({
  name,
  critical,
  ...(version === undefined ? {} : { version }),
})

const isUp = (plugin: PlannedPlugin, health: HealthRegistry) =>
  health.plugins.some((state) => state.name === plugin.name && state.state === 'ready')

const isBlocked = (plugin: PlannedPlugin, container: Container, own: OwnServices) =>
  plugin.needs.some(({ optional, service }) => !optional && !own.has(service) && !container.has(service))

/** The failure of a plugin that may fail is logged and shown, its hooks are run, and the boot goes on. */
async function guarded(plugin: PlannedPlugin, tools: SetUpTools, task: () => unknown): Promise<void> {
  try {
    await task()
  } catch (error) {
    if (plugin.critical) throw error
    tools.log.error(
      { err: error, plugin: plugin.name },
      `plugin "${plugin.name}" failed; the app goes on without it`,
    )
    forget(plugin, tools)
    tools.health.setPlugin({ ...stateOf(plugin), state: 'failed', error: reasonOf(error) })
    await tools.hooks.stopPlugin(plugin.name, tools.plan.setupTimeoutMs)
  }
}

/** What it registered is gone; its routes are left out by its state. */
function forget({ name, queues }: PlannedPlugin, { health, auth, container }: SetUpTools): void {
  health.remove(name)
  auth.remove(name)
  if (Object.keys(queues).length > 0) container.get(Queues).forget(name)
  removeSchedules(name, container)
}

function tellSkipped(plugin: PlannedPlugin, { health, log }: SetUpTools): void {
  const error = 'a plugin that it needs failed'
  health.setPlugin({ ...stateOf(plugin), state: 'skipped', error })
  log.warn({ plugin: plugin.name }, `plugin "${plugin.name}" is left out: ${error}`)
}

/**
 * Leaves those out that need a service of a plugin which failed in `onStart`, as if it had failed before: the service is
 * stopped. Whoever has it as an optional one goes on, and meets its failures.
 */
async function leaveOutUsers(failed: PlannedPlugin, tools: SetUpTools): Promise<void> {
  const { plan, health, hooks } = tools
  const gone = Object.values(failed.provides)
  for (const user of plan.plugins.toReversed()) {
    const isUser = user.needs.some(({ optional, service }) => !optional && gone.includes(service))
    if (!isUser || !isUp(user, health)) continue
    await leaveOutUsers(user, tools)
    forget(user, tools)
    tellSkipped(user, tools)
    await hooks.stopPlugin(user.name, plan.setupTimeoutMs)
  }
}

/** Runs the setup of one plugin, and puts what it provides into the container. */
export async function setUpPlugin(
  plugin: PlannedPlugin,
  { plan, container, health, auth, hooks, observers, log }: SetUpTools,
  { storage, own }: SharedParts,
  onStart: (hook: Hook) => void,
): Promise<Mount> {
  const router = pluginRouter(plugin.prefix)
  const ownLog = log.child({ plugin: plugin.name })
  const transact = transactionsOf(plugin, storage, container)
  const { schedules, check } = pluginSchedules(plugin, container, { log: ownLog, transact })
  const context = {
    name: plugin.name,
    mode: plan.mode,
    directory: plan.directory,
    options: plugin.options,
    env: plugin.env,
    collections: collectionsOf(plugin, storage),
    transact,
    queues: queuesOf(plugin, container),
    schedules,
    needs: await servicesOf(plugin, container, own),
    router,
    health: health.registrar(plugin),
    metrics: observers.registrar(plugin.name),
    auth: auth.registrar(plugin),
    log: ownLog,
    onStart,
    onStop: (hook: Hook) => hooks.add(plugin.name, hook),
  }
  const setup = plugin.plugin.setup as AnySetup | undefined
  const provided = await runHook(plugin, 'setup', plan.setupTimeoutMs, (signal) =>
    setup?.call(plugin.plugin, { ...context, signal } as never),
  )
  check()
  registerProvided(plugin, provided, container)
  return {
    plugin: plugin.name,
    prefix: plugin.prefix,
    essential: plugin.plugin.essential,
    router,
    security: plugin.security,
  }
}

async function servicesOf(
  { name, needs }: PlannedPlugin,
  container: Container,
  own: OwnServices,
): Promise<Record<string, unknown>> {
  const services: Record<string, unknown> = {}
  for (const { key, service } of needs)
    if (key !== '') services[key] = own.has(service) ? await own.get(service)!(name) : container.find(service)
  return services
}

async function runHook(
  { name }: PlannedPlugin,
  hook: string,
  timeoutMs: number,
  task: (signal: AbortSignal) => unknown,
): Promise<unknown> {
  try {
    const timeout = () => new FreedaError('FREEDA_PLUGIN_TIMEOUT', { plugin: name, hook, timeoutMs })
    return await withDeadline(task, timeoutMs, timeout)
  } catch (error) {
    // Freeda's own errors say already what failed and what to do; the plugin is told in the log.
    if (isFreedaError(error)) throw error
    throw new FreedaError(
      'FREEDA_PLUGIN_SETUP',
      { plugin: name, hook, reason: reasonOf(error) },
      { cause: error },
    )
  }
}

function registerProvided({ name, provides }: PlannedPlugin, provided: unknown, container: Container): void {
  const refuse = (reason: string) => new FreedaError('FREEDA_PLUGIN_PROVIDES', { plugin: name, reason })
  const services = (provided ?? {}) as Record<string, unknown>
  if (typeof services !== 'object') throw refuse(`setup returned a ${typeof services} instead of an object.`)
  const keys = Object.keys(provides)
  const missing = keys.filter((key) => services[key] === undefined)
  if (missing.length > 0) throw refuse(`setup did not return ${missing.map((key) => `"${key}"`).join(', ')}.`)
  const extra = Object.keys(services).filter((key) => !keys.includes(key))
  if (extra.length > 0)
    throw refuse(
      `setup returned ${extra.map((key) => `"${key}"`).join(', ')}; add a token for it to \`provides\`.`,
    )
  for (const [key, id] of Object.entries(provides)) container.register(id, services[key], name)
}

/** The store is there once the plugin that provides it is set up, which is before any plugin with collections. */
export function lazyStorage(container: Container, observers: Observers): () => Storage | undefined {
  let storage: Storage | undefined
  const open = () => {
    const driver = container.get(StorageDriver)
    return observers.storage(openStorage(driver), driver.name)
  }
  return () => (storage ??= container.has(StorageDriver.id) ? open() : undefined)
}

function collectionsOf(
  plugin: PlannedPlugin,
  storage: () => Storage | undefined,
): Record<string, Collection> {
  const entries = Object.entries(plugin.collections)
  return Object.fromEntries(
    entries.map(([key, definition]) => [key, storage()!.collection(definition) as unknown as Collection]),
  )
}

const queuesOf = ({ name, queues }: PlannedPlugin, container: Container): Record<string, Queue> =>
  Object.fromEntries(
    Object.entries(queues).map(([key, definition]) => [key, container.get(Queues).open(name, definition)]),
  )

/** Jobs that a transaction has added are begun at once. */
function transactionsOf(
  { queues }: PlannedPlugin,
  storage: () => Storage | undefined,
  container: Container,
): Storage['transact'] {
  if (Object.keys(queues).length === 0)
    return (operations, options) => storage()!.transact(operations, options)
  return async (operations, options) => {
    await storage()!.transact(operations, options)
    container.get(Queues).committed(operations)
  }
}
