/** What `freeda dev` says of an app that runs. */
import { wrapIndented } from '../wrap-text.ts'
import { columnsOf, type Terminal } from '../terminal.ts'
import type { AppFacts, PluginFacts } from './messages.ts'

/** Everything that is served, by plugin, and how long each took to be set up. */
export function announceApp(
  facts: AppFacts,
  { terminal, tookMs }: { terminal: Terminal; tookMs: number },
): void {
  const { paint, line } = terminal
  line()
  line(
    `${paint('bold', facts.name)} ${facts.version} runs at ${paint('cyan', facts.url)} (${facts.mode}, ready in ${msText(tookMs)})`,
  )
  line()
  for (const [name, address] of addressesOf(facts)) line(`  ${name.padEnd(8)} ${paint('cyan', address)}`)
  announceRoutes(facts, terminal)
}

/** The routes of each plugin, in the order in which the plugins were set up. */
export function announceRoutes(facts: AppFacts | undefined, terminal: Terminal): void {
  const { paint, line } = terminal
  if (facts === undefined) return line('Nothing runs.')
  line()
  for (const plugin of facts.plugins) {
    line(`  ${paint('bold', plugin.name)} ${paint('dim', `set up in ${msText(plugin.setupMs)}`)}`)
    for (const route of routesOf(facts, plugin.name))
      line(wrapIndented(route, columnsOf(terminal.out), { first: '    ', next: '      ' }))
  }
}

/** One line for a reload; what changed of the routes is part of it. */
export function announceReload(
  facts: AppFacts,
  before: AppFacts | undefined,
  { terminal, tookMs, why }: { terminal: Terminal; tookMs: number; why: string },
): void {
  const keys = (of: AppFacts) => new Map(of.routes.map((route) => [`${route.method} ${route.path}`, route]))
  const now = keys(facts)
  const then = before === undefined ? now : keys(before)
  const added = [...now.keys()].filter((key) => !then.has(key)).map((key) => `new: ${key}`)
  const removed = [...then.keys()].filter((key) => !now.has(key)).map((key) => `gone: ${key}`)
  const moved = before !== undefined && before.url !== facts.url ? [`now at ${facts.url}`] : []
  const slowest = slowestOf(facts.plugins)
  const details = [...moved, ...added, ...removed, ...slowest]
  const text = `Reloaded in ${msText(tookMs)} after ${why}${details.length === 0 ? '.' : `; ${details.join(', ')}.`}`
  terminal.line(
    wrapIndented(text, columnsOf(terminal.out)).replace('Reloaded', terminal.paint('green', 'Reloaded')),
  )
}

/** Worth a word: a plugin that one waits for. */
const slowMs = 100

const slowestOf = (plugins: readonly PluginFacts[]): string[] =>
  plugins
    .filter(({ setupMs }) => setupMs >= slowMs)
    .map(({ name, setupMs }) => `${name} took ${msText(setupMs)} to set up`)

function addressesOf({ url, docs, routes, opsUrl }: AppFacts): (readonly [name: string, address: string])[] {
  const health = routes.find(({ method, path }) => method === 'GET' && /(^|\/)health$/.test(path))
  const metrics = routes.find(({ method, path }) => method === 'GET' && /(^|\/)metrics$/.test(path))
  return [
    ...(docs === undefined ? [] : [['docs', url + docs] as const]),
    ...(health === undefined ? [] : [['health', url + health.path] as const]),
    ...(metrics === undefined
      ? []
      : [['metrics', (metrics.port === undefined ? url : (opsUrl ?? url)) + metrics.path] as const]),
  ]
}

/** `/tickets/:id  GET PATCH`: the methods of a path together. */
function routesOf({ routes }: AppFacts, plugin: string): string[] {
  const methods = new Map<string, string[]>()
  for (const route of routes)
    if (route.plugin === plugin) methods.set(route.path, [...(methods.get(route.path) ?? []), route.method])
  const width = Math.min(40, Math.max(0, ...[...methods.keys()].map((path) => path.length)))
  return [...methods].map(([path, all]) => `${path.padEnd(width)}  ${all.join(' ')}`)
}

export const msText = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
