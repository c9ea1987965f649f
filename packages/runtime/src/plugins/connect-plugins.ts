/** Finds a provider for every need, and a name for every plugin and collection that is theirs alone. */
import { CurrentPrincipal } from '../auth.ts'
import { Bus, BusTransport } from '../bus.ts'
import { Cache, CacheStore } from '../cache.ts'
import { didYouMean } from '../config/suggest.ts'
import type { Problem } from '../errors.ts'
import { Health } from '../health.ts'
import { Queues } from '../queues/queue-registry.ts'
import { Schedules } from '../schedule.ts'
import { DeclaredCollections, StorageDriver, StorageUse } from '../storage.ts'
import type { PlannedNeed, PlannedPlugin } from './plan.ts'

/** Name under which the runtime's own services stand. */
export const runtimeProvider = 'freeda'

const runtimeServices = [Bus.id, Cache.id, DeclaredCollections.id, Health.id, StorageUse.id]
/** There is one a request, so none that a plugin could get at its setup. */
const requestServices = [CurrentPrincipal.id]

/** @param provided ids of tokens that come from outside, as from a test */
export function connectPlugins(
  plugins: readonly PlannedPlugin[],
  provided: readonly string[],
): { plugins: PlannedPlugin[]; problems: Problem[] } {
  const providers = findProviders(plugins, provided)
  const connected = plugins.map((plugin) => ({
    ...plugin,
    needs: [
      ...plugin.needs,
      ...storageNeed(plugin),
      ...foundationNeeds(plugin),
      ...queuesNeed(plugin),
      ...schedulesNeed(plugin),
    ].map((need) => ({ ...need, provider: providers.get(need.service)?.name })),
  }))
  const byName = new Map(connected.map((plugin) => [plugin.name, plugin]))
  return {
    plugins: connected,
    problems: [
      ...duplicateNames(plugins),
      ...duplicateProviders(plugins, provided),
      ...duplicateDeclarations(plugins),
      ...connected.flatMap((plugin) =>
        plugin.needs.flatMap((need) => needProblems(plugin, need, [...providers.keys()], byName)),
      ),
    ],
  }
}

function findProviders(plugins: readonly PlannedPlugin[], provided: readonly string[]) {
  const providers = new Map<string, { name: string }>()
  for (const plugin of plugins) for (const id of Object.values(plugin.provides)) providers.set(id, plugin)
  for (const id of [...runtimeServices, ...provided]) providers.set(id, { name: runtimeProvider })
  return providers
}

/** Declaring a collection is needing a store. */
const storageNeed = (plugin: PlannedPlugin): PlannedNeed[] =>
  Object.keys(plugin.collections).length === 0
    ? []
    : [{ key: '', service: StorageDriver.id, optional: false, provider: undefined }]

/** What services of the runtime stand on, if a plugin provides it. */
const foundations = new Map([
  [Cache.id, CacheStore.id],
  [Bus.id, BusTransport.id],
])

/** Needing a cache is needing the store that it stands on, and so forth. */
const foundationNeeds = (plugin: PlannedPlugin): PlannedNeed[] =>
  plugin.needs.flatMap(({ service }) => {
    const foundation = foundations.get(service)
    return foundation === undefined
      ? []
      : [{ key: '', service: foundation, optional: true, provider: undefined }]
  })

/** Declaring a queue is needing what carries queues: see {@link implicitPlugins}. */
const queuesNeed = (plugin: PlannedPlugin): PlannedNeed[] =>
  Object.keys(plugin.queues).length === 0
    ? []
    : [{ key: '', service: Queues.id, optional: false, provider: undefined }]

const schedulesNeed = (plugin: PlannedPlugin): PlannedNeed[] =>
  Object.keys(plugin.schedules).length === 0
    ? []
    : [{ key: '', service: Schedules.id, optional: false, provider: undefined }]

function needProblems(
  plugin: PlannedPlugin,
  need: PlannedNeed,
  known: readonly string[],
  byName: ReadonlyMap<string, PlannedPlugin>,
): Problem[] {
  if (need.provider === undefined)
    return need.optional && !requestServices.includes(need.service) ? [] : [missing(plugin, need, known)]
  const provider = byName.get(need.provider)
  if (provider === undefined || provider.critical || need.optional || !plugin.critical) return []
  return [
    {
      code: 'need_not_critical',
      at: plugin.at,
      message: `plugin "${plugin.name}" is critical but needs ${need.service} of plugin "${provider.name}", which is not.`,
      fix: `Make the need optional(), "${plugin.name}" not critical, or "${provider.name}" critical.`,
    },
  ]
}

const missing = (plugin: PlannedPlugin, need: PlannedNeed, known: readonly string[]): Problem =>
  requestServices.includes(need.service)
    ? {
        code: 'need_of_request',
        at: plugin.at,
        message: `plugin "${plugin.name}" needs ${need.service}, which is there only during a request.`,
        fix: 'Take it out of `needs`; ask for it in a handler: ctx.services.get(…).',
      }
    : need.service === StorageDriver.id
      ? {
          code: 'storage_missing',
          at: plugin.at,
          message: `plugin "${plugin.name}" has collections, but no plugin provides storage.`,
          fix: "Add one, e.g. json({ directory: './data' }) from @freeda/storage-json.",
        }
      : {
          code: 'need_missing',
          at: plugin.at,
          message: `plugin "${plugin.name}" needs the service ${need.service}, which no plugin provides.`,
          fix: `Add a plugin that provides it, or make the need optional(). ${didYouMean(need.service, known)}`,
        }

function duplicateNames(plugins: readonly PlannedPlugin[]): Problem[] {
  return repeated(plugins, (plugin) => [plugin.name]).map(([name, users]) => ({
    code: 'plugin_duplicate',
    at: users.map((plugin) => plugin.at).join(', '),
    message: `the plugin "${name}" is there ${users.length} times.`,
    fix: 'Keep one of them.',
  }))
}

function duplicateProviders(plugins: readonly PlannedPlugin[], provided: readonly string[]): Problem[] {
  const own = plugins.flatMap((plugin) =>
    Object.values(plugin.provides)
      .filter((id) => [...runtimeServices, ...requestServices].includes(id))
      .map((id): Problem => ({
        code: 'provider_reserved',
        at: plugin.at,
        message: `plugin "${plugin.name}" provides ${id}, which is the runtime's own.`,
        fix: 'Give the token another id.',
      })),
  )
  const twice = repeated(plugins, (plugin) => Object.values(plugin.provides))
    .filter(([id]) => !provided.includes(id))
    .map(([id, users]): Problem => ({
      code: 'provider_ambiguous',
      at: users.map((plugin) => plugin.at).join(', '),
      message: `the service ${id} is provided by ${users.map((plugin) => `"${plugin.name}"`).join(' and ')}.`,
      fix: 'Keep one of them.',
    }))
  return [...own, ...twice]
}

/** What plugins declare by names that are unique in an app, and how one gets another name. */
const declarations: readonly {
  readonly what: string
  readonly fix: string
  of(plugin: PlannedPlugin): Readonly<Record<string, { readonly name: string | undefined }>>
}[] = [
  { what: 'collection', fix: 'collection(schema, { name: … })', of: ({ collections }) => collections },
  { what: 'queue', fix: 'queue(schema, { name: … })', of: ({ queues }) => queues },
  { what: 'schedule', fix: 'schedule({ name: … })', of: ({ schedules }) => schedules },
]

const duplicateDeclarations = (plugins: readonly PlannedPlugin[]): Problem[] =>
  declarations.flatMap(({ what, fix, of }) =>
    repeated(plugins, (plugin) => Object.values(of(plugin)).map(({ name }) => name ?? '')).map(
      ([name, users]) => ({
        code: `${what}_duplicate`,
        at: users.map((plugin) => plugin.at).join(', '),
        message: `the ${what} "${name}" is declared by ${users.map((plugin) => `"${plugin.name}"`).join(' and ')}.`,
        fix: `Give one of them another name: ${fix}.`,
      }),
    ),
  )

/** Keys that more than one plugin has (or one plugin twice), with those plugins. */
function repeated(
  plugins: readonly PlannedPlugin[],
  keysOf: (plugin: PlannedPlugin) => readonly string[],
): [string, PlannedPlugin[]][] {
  const users = new Map<string, PlannedPlugin[]>()
  for (const plugin of plugins)
    for (const key of keysOf(plugin)) users.set(key, [...(users.get(key) ?? []), plugin])
  return [...users].filter(([, list]) => list.length > 1)
}
