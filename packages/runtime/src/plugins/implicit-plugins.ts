/** Plugins of the runtime's own, which are there when others declare what they carry. */
import type { Variables } from '../config/variables.ts'
import type { Problem } from '../errors.ts'
import type { PluginSettings, PluginUse } from '../plugin.ts'
import { queuesPlugin } from '../queues/plugin.ts'
import { schedulesPlugin } from '../schedules/plugin.ts'
import type { PlannedPlugin } from './plan.ts'
import { planPlugin } from './plan-plugin.ts'

interface Implicit {
  use(settings: PluginSettings): PluginUse
  isWanted(plugin: PlannedPlugin): boolean
}

const all: readonly Implicit[] = [
  {
    use: (settings) => queuesPlugin({}, settings),
    isWanted: ({ queues }) => Object.keys(queues).length > 0,
  },
  {
    use: (settings) => schedulesPlugin({}, settings),
    isWanted: ({ schedules }) => Object.keys(schedules).length > 0,
  },
]

/** They stand where those stand in the config that want them, and are as critical. */
export async function implicitPlugins(
  declared: readonly PlannedPlugin[],
  vars: Variables,
): Promise<{ readonly plugins: PlannedPlugin[]; readonly problems: Problem[] }> {
  const planned = await Promise.all(
    all.map(async ({ use, isWanted }) => {
      const users = declared.filter(isWanted)
      if (users.length === 0) return { plugin: undefined, problems: [] }
      const at = users.map((user) => user.at).join(', ')
      return planPlugin({ at, use: use({ critical: users.some(({ critical }) => critical) }) }, vars)
    }),
  )
  return {
    plugins: planned.flatMap(({ plugin }) => plugin ?? []),
    problems: planned.flatMap(({ problems }) => problems),
  }
}
