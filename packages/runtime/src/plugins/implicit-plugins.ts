/** Plugins of the runtime's own, which are there when others declare what they carry. */
import type { Variables } from '../config/variables.ts'
import type { PluginUse } from '../plugin.ts'
import { queuesPlugin } from '../queues/plugin.ts'
import type { PlannedPlugin } from './plan.ts'
import { planPlugin } from './plan-plugin.ts'

interface Implicit {
  /** Where it is in the config: what others declare. */
  readonly at: string
  readonly use: PluginUse
  isWanted(plugin: PlannedPlugin): boolean
}

const all: readonly Implicit[] = [
  { at: 'queues', use: queuesPlugin(), isWanted: ({ queues }) => Object.keys(queues).length > 0 },
]

export async function implicitPlugins(
  declared: readonly PlannedPlugin[],
  vars: Variables,
): Promise<PlannedPlugin[]> {
  const wanted = all.filter(({ isWanted }) => declared.some(isWanted))
  const planned = await Promise.all(wanted.map((found) => planPlugin(found, vars)))
  return planned.flatMap(({ plugin }) => plugin ?? [])
}
