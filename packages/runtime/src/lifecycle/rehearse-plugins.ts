/**
 * Runs the setup of plugins only to learn what they register: documents are kept in memory, hooks of the start are not run,
 * nothing listens. What cannot be set up here is named, and the others go on.
 */
import { reasonOf, type Problem } from '../errors.ts'
import type { Plan, PlannedPlugin } from '../plugins/plan.ts'
import type { Mount } from '../routing/mount.ts'
import { DeclaredCollections, StorageDriver, type Storage } from '../storage.ts'
import { memoryDriver } from '../storage/memory-driver.ts'
import { ownServices } from './own-services.ts'
import { removeSchedules } from './plugin-schedules.ts'
import { declaredCollections, lazyStorage, setUpPlugin, type SetUpTools } from './set-up-plugins.ts'
import { standInFor } from './stand-in.ts'

export interface Rehearsed {
  /** Routers of the plugins that could be set up. */
  readonly mounts: readonly Mount[]
  /** In memory; undefined when no plugin provides storage. */
  readonly storage: Storage | undefined
  /** One for each plugin that could not, with what to do about it. */
  readonly failures: readonly Problem[]
}

/** Somebody waits at a terminal. */
const longestSetupMs = 10_000

export async function rehearsePlugins(tools: SetUpTools): Promise<Rehearsed> {
  const { plan, container } = tools
  const patient: SetUpTools = {
    ...tools,
    plan: { ...plan, setupTimeoutMs: Math.min(plan.setupTimeoutMs, longestSetupMs) },
  }
  container.register(DeclaredCollections.id, declaredCollections(plan), 'freeda')
  const storage = lazyStorage(container, tools.observers)
  const own = ownServices(tools, true)
  const mounts: Mount[] = []
  const failures: Problem[] = []
  for (const plugin of plan.plugins) {
    if (providesStorage(plugin)) container.register(StorageDriver.id, memoryDriver(), plugin.name)
    else if (plugin.incomplete) failures.push(incomplete(plugin, plan))
    else
      try {
        mounts.push(await setUpPlugin(plugin, patient, { storage, own }, () => undefined))
      } catch (error) {
        failures.push(failed(plugin, error))
        tools.health.remove(plugin.name)
        tools.auth.remove(plugin.name)
        removeSchedules(plugin.name, container)
        await tools.hooks.stopPlugin(plugin.name, patient.plan.setupTimeoutMs)
      }
    provideStandIns(plugin, tools)
  }
  return { mounts, storage: storage(), failures }
}

const providesStorage = ({ provides }: PlannedPlugin) => Object.values(provides).includes(StorageDriver.id)

/** For plugins that only pass the service on to their handlers, which nobody calls here. */
function provideStandIns({ name, provides }: PlannedPlugin, { container }: SetUpTools): void {
  for (const id of Object.values(provides))
    if (!container.has(id)) container.register(id, standInFor(id, name), name)
}

const incomplete = ({ name, at }: PlannedPlugin, { gaps }: Plan): Problem => {
  const own = gaps.filter((gap) => gap.at.startsWith(`${at}.`))
  return {
    code: 'plugin_incomplete',
    at: name,
    message: `its options are not known: ${own.map(({ message }) => message.replace(/[;.].*$/s, '')).join(', ')}.`,
    fix: own.map(({ fix }) => fix).join(' '),
  }
}

const failed = ({ name }: PlannedPlugin, error: unknown): Problem => ({
  code: 'plugin_not_rehearsed',
  at: name,
  message: `it could not be set up without its surroundings: ${reasonOf(error)}`,
  fix: 'If it connects to something in setup: do that in onStart, or when the connection is first needed.',
})
