/** What is known of an app before anything of it has run. */
import type { ParsedConfig } from '../config/config-schema.ts'
import type { Lock, Security } from '../auth.ts'
import type { Variable } from '../config/variables.ts'
import type { Problem } from '../errors.ts'
import type { AnyPlugin, Mode } from '../plugin.ts'
import type { QueueDefinition } from '../queue.ts'
import type { ScheduleDefinition } from '../schedule.ts'
import type { CollectionDefinition } from '../storage.ts'

/** A need with what meets it. */
export interface PlannedNeed {
  readonly key: string
  /** Id of the token. */
  readonly service: string
  readonly optional: boolean
  /** Name of the plugin that provides it, `freeda` for the runtime's own; undefined when optional and unmet. */
  readonly provider: string | undefined
}

export interface PlannedPlugin {
  readonly name: string
  readonly version: string | undefined
  readonly plugin: AnyPlugin
  /** Path in the config, e.g. `plugins[2]`; of a plugin of the runtime's own, the paths of those that want it. */
  readonly at: string
  readonly options: unknown
  /** Its options are not known: variables are not set, and no stand-in fits. Never in an app that runs. */
  readonly incomplete: boolean
  readonly env: Readonly<Record<string, unknown>>
  readonly prefix: string
  readonly critical: boolean
  /** `default`: of routes that say nothing; `lock`: demanded of every route by the config. */
  readonly security: { readonly default: Security; readonly lock: Lock | undefined }
  readonly collections: Readonly<Record<string, CollectionDefinition>>
  readonly queues: Readonly<Record<string, QueueDefinition>>
  readonly schedules: Readonly<Record<string, ScheduleDefinition>>
  readonly needs: readonly PlannedNeed[]
  /** Ids of the tokens that it provides, by key. */
  readonly provides: Readonly<Record<string, string>>
}

export interface Plan {
  readonly file: string
  readonly directory: string
  readonly name: string
  readonly version: string
  /** Identifies what `freeda build` made; undefined for an app that runs from its sources. */
  readonly build: string | undefined
  readonly mode: Mode
  readonly server: ParsedConfig['server']
  readonly log: ParsedConfig['log']
  readonly metrics: ParsedConfig['metrics']
  readonly cache: ParsedConfig['cache']
  readonly docs: ParsedConfig['docs']
  readonly setupTimeoutMs: number
  /** In order of setup. */
  readonly plugins: readonly PlannedPlugin[]
  readonly variables: readonly Variable[]
  /** Variables that are missing or wrong, when the plan was made all the same. Empty in an app that runs. */
  readonly gaps: readonly Problem[]
  /** Values that must never be printed. */
  readonly secrets: readonly string[]
}
