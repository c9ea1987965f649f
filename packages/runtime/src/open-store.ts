/** Opens the store of an app and nothing else of it: for backups and migrations. */
import type { Logger } from 'pino'
import { createContainer } from './container/create-container.ts'
import { FreedaError, type Problem } from './errors.ts'
import { Health } from './health.ts'
import { authRegistry } from './lifecycle/auth-registry.ts'
import { healthRegistry } from './lifecycle/health-registry.ts'
import { observeApp } from './lifecycle/observe-app.ts'
import { setUpPlugins } from './lifecycle/set-up-plugins.ts'
import { stopHooks } from './lifecycle/stop-hooks.ts'
import type { Plan, PlannedPlugin } from './plugins/plan.ts'
import { DeclaredCollections, StorageDriver, StorageUse, type CollectionInfo } from './storage.ts'

export interface OpenStoreOptions {
  readonly collections: readonly CollectionInfo[]
  /** `export`, `reindex`: it is opened as in production, where nothing is made that is missing. */
  readonly use: StorageUse
  readonly log: Logger
}

export interface OpenedStore {
  readonly driver: StorageDriver
  /** @throws FREEDA_STOP */
  close(): Promise<void>
}

/** A large store takes its time to be read, and to be left in order. */
const patienceMs = 600_000

/**
 * Sets up the plugin that provides the store, and those that it needs.
 * @throws FREEDA_CONFIG_INVALID when variables that it needs are not set, or what its setup throws
 */
export async function openStore(
  plan: Plan,
  { collections, use, log }: OpenStoreOptions,
): Promise<OpenedStore> {
  const plugins = storagePlugins(plan).map((plugin) => ({ ...plugin, critical: true }))
  refuseGaps(plan, plugins)
  const narrowed: Plan = {
    ...plan,
    plugins,
    metrics: false,
    mode: use === 'serve' ? plan.mode : 'production',
    setupTimeoutMs: Math.max(plan.setupTimeoutMs, patienceMs),
  }
  const overrides = new Map<string, unknown>([
    [DeclaredCollections.id, collections],
    [StorageUse.id, use],
  ])
  const container = createContainer(overrides)
  const health = healthRegistry({ name: plan.name, version: plan.version })
  container.register(Health.id, health, 'freeda')
  const hooks = stopHooks(log)
  const close = async () => {
    const failures = await hooks.stopAll(patienceMs)
    if (failures.length > 0) throw new FreedaError('FREEDA_STOP', { failures })
  }
  try {
    const observers = await observeApp(narrowed, log)
    hooks.add('freeda', observers.close)
    await setUpPlugins({ plan: narrowed, container, health, auth: authRegistry(), hooks, observers, log })
    return { driver: container.get(StorageDriver), close }
  } catch (error) {
    await hooks.stopAll(patienceMs)
    throw error
  }
}

/** The plugin that provides the store; undefined when none does. */
export const storagePlugin = ({ plugins }: Plan): PlannedPlugin | undefined =>
  plugins.find(({ provides }) => Object.values(provides).includes(StorageDriver.id))

/** With all that it needs, in the order of setup. */
function storagePlugins(plan: Plan): PlannedPlugin[] {
  const provider = storagePlugin(plan)
  const wanted = new Set(provider === undefined ? [] : [provider.name])
  // Those that are needed come earlier in the order.
  for (const plugin of plan.plugins.toReversed())
    if (wanted.has(plugin.name))
      for (const need of plugin.needs) if (need.provider !== undefined) wanted.add(need.provider)
  return plan.plugins.filter(({ name }) => wanted.has(name))
}

function refuseGaps({ file, gaps }: Plan, plugins: readonly PlannedPlugin[]): void {
  const own = (gap: Problem) => plugins.some(({ at }) => gap.at === at || gap.at.startsWith(`${at}.`))
  const problems = gaps.filter(own)
  if (problems.length > 0) throw new FreedaError('FREEDA_CONFIG_INVALID', { file, problems })
}
