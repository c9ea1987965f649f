/** Orders plugins so that each comes after those it needs; among equals, as the config has them. */
import type { Problem } from '../errors.ts'
import type { PlannedPlugin } from './plan.ts'

export function orderPlugins(plugins: readonly PlannedPlugin[]): {
  plugins: PlannedPlugin[]
  problems: Problem[]
} {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]))
  const ordered = new Set<PlannedPlugin>()
  const problems: Problem[] = []

  function visit(plugin: PlannedPlugin, path: readonly PlannedPlugin[]): void {
    if (ordered.has(plugin)) return
    if (path.includes(plugin)) {
      problems.push(cycle([...path.slice(path.indexOf(plugin)), plugin]))
      return
    }
    for (const need of plugin.needs) {
      const provider = need.provider === undefined ? undefined : byName.get(need.provider)
      if (provider !== undefined) visit(provider, [...path, plugin])
    }
    ordered.add(plugin)
  }

  for (const plugin of plugins) visit(plugin, [])
  return { plugins: [...ordered], problems }
}

function cycle(path: readonly PlannedPlugin[]): Problem {
  const names = path.map((plugin) => plugin.name)
  const links = path.slice(1).map((provider, i) => {
    const needs = path[i]!.needs.filter((need) => need.provider === provider.name).map((need) => need.service)
    return `"${names[i]}" needs ${needs.join(', ')} of "${provider.name}"`
  })
  return {
    code: 'needs_cycle',
    at: path[0]!.at,
    message: `plugins need each other in a circle: ${names.join(' → ')} (${links.join('; ')}).`,
    fix: 'Break the circle: make one need optional() and look it up later, or move the shared part into a plugin of its own.',
  }
}
