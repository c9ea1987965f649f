/** The schedules that a plugin gets in its setup. */
import type { Container } from '../container/create-container.ts'
import type { PlannedPlugin } from '../plugins/plan.ts'
import type { Schedule } from '../schedule.ts'
import { noHandler, ScheduleRegistry, type ScheduleOwner } from '../schedules/registry.ts'

export interface PluginSchedules {
  readonly schedules: Readonly<Record<string, Schedule>>
  /** After setup. @throws FREEDA_PLUGIN_DEFINITION when setup did not say what is done for one of them */
  check(): void
}

export function pluginSchedules(
  plugin: PlannedPlugin,
  container: Container,
  { log, transact }: Omit<ScheduleOwner, 'plugin'>,
): PluginSchedules {
  const entries = Object.entries(plugin.schedules)
  if (entries.length === 0) return { schedules: {}, check: () => undefined }
  const registry = container.get(ScheduleRegistry)
  return {
    schedules: Object.fromEntries(
      entries.map(([key, definition]) => [
        key,
        registry.open({ plugin: plugin.name, log, transact }, definition.name ?? key, definition),
      ]),
    ),
    check() {
      const [missing] = registry.withoutHandler(plugin.name)
      if (missing !== undefined) throw noHandler(plugin.name, missing)
    },
  }
}

/** A plugin that failed runs nothing. */
export function removeSchedules(plugin: string, container: Container): void {
  const registry = container.find(ScheduleRegistry.id) as ScheduleRegistry | undefined
  registry?.remove(plugin)
}
