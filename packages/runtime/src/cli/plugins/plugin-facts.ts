/** What the plan says of each plugin, as plain data. Pure. */
import type { Lock, Security } from '../../auth.ts'
import type { Plan, PlannedPlugin } from '../../plugins/plan.ts'
import type { ScheduleDefinition } from '../../schedule.ts'
import type { CollectionDefinition } from '../../storage.ts'

export interface PluginFacts {
  /** From 1, in order of setup. */
  readonly order: number
  readonly name: string
  readonly version: string | null
  /** Path in the config. */
  readonly at: string
  /** Range of the contract that it was written for. */
  readonly contract: string
  readonly prefix: string
  readonly critical: boolean
  readonly essential: boolean
  readonly security: { readonly default: Security; readonly lock: Lock | null }
  readonly needs: readonly NeedFacts[]
  readonly provides: readonly { readonly service: string; readonly usedBy: readonly string[] }[]
  readonly collections: readonly CollectionFacts[]
  readonly queues: readonly QueueFacts[]
  readonly schedules: readonly ScheduleFacts[]
}

export interface NeedFacts {
  readonly service: string
  readonly optional: boolean
  /** A plugin, `freeda` for the runtime; null when it is optional and nobody provides it. */
  readonly provider: string | null
  /** Not declared in `needs`, but by having collections, queues or schedules. */
  readonly forCollections: boolean
}

export interface QueueFacts {
  readonly name: string
  readonly concurrency: number
  readonly attempts: number
  readonly timeLimitMs: number
}

export interface CollectionFacts {
  readonly name: string
  readonly indexes: readonly {
    readonly name: string
    readonly partition: string
    readonly sort: string | null
    readonly unique: boolean
  }[]
  readonly ttl: string | null
  readonly shards: number
}

export const pluginFacts = ({ plugins }: Pick<Plan, 'plugins'>): PluginFacts[] =>
  plugins.map((planned, i) => factsOf(planned, i + 1, plugins))

function factsOf(planned: PlannedPlugin, order: number, all: readonly PlannedPlugin[]): PluginFacts {
  const { name, version, at, plugin, prefix, critical, security } = planned
  return {
    order,
    name,
    version: version ?? null,
    at,
    contract: plugin.freeda,
    prefix: prefix === '' ? '/' : prefix,
    critical,
    essential: plugin.essential ?? false,
    security: { default: security.default, lock: security.lock ?? null },
    needs: planned.needs.map(({ key, service, optional, provider }) => ({
      service,
      optional,
      provider: provider ?? null,
      forCollections: key === '',
    })),
    provides: Object.values(planned.provides).map((service) => ({
      service,
      usedBy: all
        .filter(({ needs }) => needs.some((need) => need.service === service))
        .map((user) => user.name),
    })),
    collections: Object.entries(planned.collections).map(([key, definition]) =>
      collectionOf(key, definition),
    ),
    queues: Object.values(planned.queues).map(({ name, concurrency, attempts, timeLimitMs }) => ({
      name: name!,
      concurrency,
      attempts,
      timeLimitMs,
    })),
    schedules: scheduleFacts(planned),
  }
}

const collectionOf = (
  key: string,
  { name, indexes, ttl, shards }: CollectionDefinition,
): CollectionFacts => ({
  name: name ?? key,
  indexes: Object.entries(indexes).map(([index, { partition, sort, unique }]) => ({
    name: index,
    partition,
    sort: sort ?? null,
    unique: unique === true,
  })),
  ttl: ttl ?? null,
  shards,
})

export interface ScheduleFacts {
  readonly name: string
  readonly plugin: string
  /** `null` for one at an interval. */
  readonly cron: string | null
  readonly timeZone: string | null
  readonly everyMs: number | null
  readonly timeLimitMs: number
  readonly jitterMs: number
  readonly overlap: ScheduleDefinition['overlap']
  readonly missed: ScheduleDefinition['missed']
  readonly interrupted: ScheduleDefinition['interrupted']
  readonly leaseMs: number
}

export const scheduleFacts = ({ name: plugin, schedules }: PlannedPlugin): ScheduleFacts[] =>
  Object.values(schedules).map(
    ({ name, when, timeLimitMs, jitterMs, overlap, missed, interrupted, leaseMs }) => ({
      name: name!,
      plugin,
      cron: when.cron ?? null,
      timeZone: when.cron === undefined ? null : when.timeZone,
      everyMs: when.cron === undefined ? when.everyMs : null,
      timeLimitMs,
      jitterMs,
      overlap,
      missed,
      interrupted,
      leaseMs,
    }),
  )

export const whenText = ({
  cron,
  timeZone,
  everyMs,
}: Pick<ScheduleFacts, 'cron' | 'timeZone' | 'everyMs'>): string =>
  cron === null ? `every ${everyMs! / 1_000} s` : `${cron} (${timeZone})`
