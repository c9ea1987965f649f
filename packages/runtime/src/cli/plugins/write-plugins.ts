import { securityText } from '../routes/route-columns.ts'
import type { Terminal } from '../terminal.ts'
import {
  whenText,
  type CollectionFacts,
  type NeedFacts,
  type PluginFacts,
  type QueueFacts,
} from './plugin-facts.ts'

/** Writes a paragraph for each plugin: a table would be wider than any terminal. */
export function writePlugins(terminal: Terminal, plugins: readonly PluginFacts[]): void {
  const { paint } = terminal
  for (const [i, plugin] of plugins.entries()) {
    const { order, name, version } = plugin
    if (i > 0) terminal.line()
    terminal.line(
      [
        String(order).padStart(2),
        paint('bold', name),
        ...(version === null ? [] : [version]),
        paint('dim', plugin.at),
      ].join('  '),
    )
    for (const [label, lines] of sectionsOf(plugin))
      for (const [j, text] of lines.entries())
        terminal.line(`    ${paint('dim', (j === 0 ? label : '').padEnd(labelWidth))}  ${text}`)
  }
}

const labelWidth = 'collections'.length

const sectionsOf = (plugin: PluginFacts): readonly (readonly [label: string, lines: readonly string[]])[] => [
  ['prefix', [plugin.prefix]],
  ['needs', plugin.needs.filter(isTold).map(needText)],
  ['provides', plugin.provides.map(({ service, usedBy }) => `${service}  ${usersText(usedBy)}`)],
  ['collections', plugin.collections.flatMap(collectionLines)],
  ['queues', plugin.queues.map(queueText)],
  ['schedules', plugin.schedules.map((one) => `${one.name}, ${whenText(one)}`)],
  ['security', securityLines(plugin)],
  ['notes', notesOf(plugin)],
]

/** That nobody provides what a service of the runtime could stand on is how it is in most apps. */
const isTold = ({ provider, forCollections }: NeedFacts): boolean => provider !== null || !forCollections

/** By the service that carries them. */
const carried: Readonly<Record<string, string>> = {
  'freeda.queues': 'queues',
  'freeda.schedules': 'schedules',
  'freeda.cache-store': 'cache',
  'freeda.bus-transport': 'bus',
}

const needText = ({ service, provider, optional, forCollections }: NeedFacts): string =>
  [
    service,
    provider === null ? 'is optional, and nobody provides it' : `from ${provider}`,
    ...(provider !== null && optional ? ['(optional)'] : []),
    ...(forCollections ? [`(for its ${carried[service] ?? 'collections'})`] : []),
  ].join(' ')

const queueText = ({ name, concurrency, attempts, timeLimitMs }: QueueFacts): string =>
  `${name}, ${concurrency} at a time, ${attempts} attempts of ${timeLimitMs / 1_000} s`

const usersText = (usedBy: readonly string[]): string =>
  usedBy.length === 0 ? 'used by nobody' : `used by ${usedBy.join(', ')}`

function collectionLines({ name, indexes, ttl, shards }: CollectionFacts): readonly string[] {
  const notes = [
    ...(ttl === null ? [] : [`expires by ${ttl}`]),
    ...(shards === 1 ? [] : [`${shards} shards`]),
  ]
  return [
    [name, ...notes].join(', '),
    ...indexes.map(
      (index) =>
        `  ${index.name}: ${index.unique ? 'unique ' : ''}${index.partition}${index.sort === null ? '' : `, by ${index.sort}`}`,
    ),
  ]
}

const securityLines = ({ security }: PluginFacts): readonly string[] => [
  ...(security.default === 'public'
    ? []
    : [`${securityText(security.default)}, unless a route says otherwise`]),
  ...(security.lock === null ? [] : [`${securityText(security.lock)}, demanded by the config of all routes`]),
]

const notesOf = ({ critical, essential }: PluginFacts): readonly string[] => [
  ...(critical ? [] : ['not critical: the app starts and stays ready without it']),
  ...(essential ? ['essential: answered during an overload too, and never counted'] : []),
]
