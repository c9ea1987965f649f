/** The plugin contract. The static half is data that tools read without running anything; `setup` is the rest. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Logger } from 'pino'
import type { AuthRegistrar, Lock, Security } from './auth.ts'
import type { DoctorContext, Finding } from './doctor.ts'
import type { Configurable, EnvDescriptor } from './env.ts'
import { FreedaError } from './errors.ts'
import type { HealthRegistrar } from './health.ts'
import type { PluginRouter } from './http.ts'
import type { MetricsRegistrar } from './metrics.ts'
import type { QueueDefinition, QueueOf } from './queue.ts'
import type { Schedule, ScheduleDefinition } from './schedule.ts'
import type { OptionalService, Service } from './service.ts'
import type { CollectionDefinition, CollectionOf, Storage } from './storage.ts'

/** Version of this contract; a plugin says by `freeda: '^1.0.0'` which ones it was written for. */
export const contractVersion = '1.0.0'

type Collections = Readonly<Record<string, CollectionDefinition>>
type Needs = Readonly<Record<string, Service<unknown> | OptionalService<unknown>>>
type Provides = Readonly<Record<string, Service<unknown>>>
type Variables = Readonly<Record<string, EnvDescriptor>>
type Queues = Readonly<Record<string, QueueDefinition>>
type ScheduleDefinitions = Readonly<Record<string, ScheduleDefinition>>

type Resolved<N> = N extends OptionalService<infer T> ? T | undefined : N extends Service<infer T> ? T : never
type VariableOf<E> = E extends EnvDescriptor<infer T> ? T : never
type OptionsOf<O> = O extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<O> : undefined
type ServicesOf<P extends Provides> = { [K in keyof P]: Resolved<P[K]> }
type Returned<P extends Provides> = keyof P extends never ? void : ServicesOf<P>

/** `development` unless `NODE_ENV` is `production` or `test`. */
export type Mode = 'development' | 'test' | 'production'

/** Done in a hook; `signal` aborts at the hook's deadline. */
export type Hook = (context: { readonly signal: AbortSignal }) => unknown

export interface SetupContext<
  O,
  E extends Variables,
  C extends Collections,
  N extends Needs,
  Q extends Queues = Record<never, never>,
  T extends ScheduleDefinitions = Record<never, never>,
> {
  /** Name of the plugin in this app. */
  readonly name: string
  readonly mode: Mode
  /** Folder of the config file: relative paths in options start there. */
  readonly directory: string
  /** Validated, with defaults. */
  readonly options: OptionsOf<O>
  readonly env: { readonly [K in keyof E]: VariableOf<E[K]> }
  /** The collections that this plugin declared; it can touch no others. */
  readonly collections: { readonly [K in keyof C]: CollectionOf<C[K]> }
  /** Writes to several of them, all or nothing. */
  readonly transact: Storage['transact']
  /** The queues that this plugin declared. */
  readonly queues: { readonly [K in keyof Q]: QueueOf<Q[K]> }
  /** The schedules that this plugin declared: say what each does. */
  readonly schedules: { readonly [K in keyof T]: Schedule }
  readonly needs: { readonly [K in keyof N]: Resolved<N[K]> }
  /** A @koa/router under the plugin's prefix: any koa middleware works. */
  readonly router: PluginRouter
  readonly health: HealthRegistrar
  /** Counters, gauges and histograms of its own; they cost nothing while the app has no metrics. */
  readonly metrics: MetricsRegistrar
  /** Registers ways to authenticate. */
  readonly auth: AuthRegistrar
  readonly log: Logger
  /** Aborts when `setup` is out of time. */
  readonly signal: AbortSignal
  /** Runs when every plugin is set up, before the app listens; in order of needs. */
  onStart(hook: Hook): void
  /** Releases what was just made; runs once, in reverse order of registration, also when the boot fails. */
  onStop(hook: Hook): void
}

export interface PluginDefinition<
  O extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  E extends Variables = Variables,
  C extends Collections = Collections,
  N extends Needs = Needs,
  P extends Provides = Provides,
  Q extends Queues = Queues,
  T extends ScheduleDefinitions = ScheduleDefinitions,
> {
  /** Unique in an app; letters, digits and `-`. */
  readonly name: string
  readonly version?: string
  /** Range of the contract it was written for, e.g. `^1.0.0`. */
  readonly freeda: string
  /** Prefix of its routes. Defaults to `/` + name. */
  readonly prefix?: string
  /**
   * Who may call its routes, koa's own and middleware included, unless a route says otherwise. Default `'public'`;
   * with `'authenticated'` a route that forgets to say cannot be open.
   */
  readonly security?: Security
  /** `false`: the app starts and stays ready without it when it fails. Default `true`. */
  readonly critical?: boolean
  /** `true`: its routes are answered also while the app refuses others for overload, and never counted. For health. */
  readonly essential?: boolean
  /** Any Standard Schema; what the config passes is validated against it. */
  readonly options?: O
  /** Environment variables that it reads, whatever the config says. */
  readonly env?: E
  readonly collections?: C
  /** Jobs that it keeps and does; needs a store. */
  readonly queues?: Q
  /** Work at certain times, done by one instance of the app at a time; needs a store. */
  readonly schedules?: T
  /** Tokens of the services that it uses; decides the order of setup. */
  readonly needs?: N
  /** Tokens of the services that `setup` returns. */
  readonly provides?: P
  setup?(context: SetupContext<O, E, C, N, Q, T>): Returned<NoInfer<P>> | Promise<Returned<NoInfer<P>>>
  /**
   * Looks at what the plugin stands on, for `freeda doctor`. Called without setup, maybe while the app runs: it must
   * change nothing and hold on to nothing. What it throws is a finding too.
   */
  doctor?(
    context: DoctorContext<OptionsOf<O>, { readonly [K in keyof E]: VariableOf<E[K]> }>,
  ): readonly Finding[] | Promise<readonly Finding[]>
}

/** A definition whose type parameters nobody needs any more. */
export interface AnyPlugin extends Omit<PluginDefinition, 'setup' | 'doctor'> {
  setup?(context: never): unknown
  doctor?(context: never): unknown
}

/** What a config may say of a plugin beside its options. */
export interface PluginSettings {
  /** Another prefix for its routes. */
  readonly prefix?: string
  readonly critical?: boolean
  /** Demanded of every caller of the plugin, beside what its routes say. It can only lock, never open. */
  readonly security?: Lock
  /** Loads it although it was written for another version of the contract. */
  readonly ignoreVersion?: boolean
}

const kind = Symbol.for('freeda.plugin')

/** A plugin with its options, as it stands in a config. */
export interface PluginUse {
  readonly [kind]: 'use'
  readonly plugin: AnyPlugin
  readonly options: unknown
  readonly settings: PluginSettings
}

type Input<O> = O extends StandardSchemaV1 ? StandardSchemaV1.InferInput<O> : Record<string, never>

/** What {@link definePlugin} gives: call it in the config. */
export interface PluginFactory<O extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined> {
  (
    ...args: Record<never, never> extends Input<O>
      ? [options?: Configurable<Input<O>>, settings?: PluginSettings]
      : [options: Configurable<Input<O>>, settings?: PluginSettings]
  ): PluginUse
  readonly [kind]: 'factory'
  readonly plugin: AnyPlugin
}

/**
 * Defines a plugin.
 * @throws FREEDA_PLUGIN_DEFINITION when its name is missing or malformed.
 */
export function definePlugin<
  O extends StandardSchemaV1 | undefined = undefined,
  const E extends Variables = Record<never, never>,
  const C extends Collections = Record<never, never>,
  const N extends Needs = Record<never, never>,
  const P extends Provides = Record<never, never>,
  const Q extends Queues = Record<never, never>,
  const T extends ScheduleDefinitions = Record<never, never>,
>(definition: PluginDefinition<O, E, C, N, P, Q, T>): PluginFactory<O> {
  if (typeof definition.name !== 'string' || !/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(definition.name))
    throw new FreedaError('FREEDA_PLUGIN_DEFINITION', {
      plugin: definition.name,
      reason: 'its `name` must be 1 to 64 letters, digits and `-`, and begin with a letter.',
    })
  const plugin = definition as unknown as AnyPlugin
  const use = (options: unknown = {}, settings: PluginSettings = {}): PluginUse => ({
    [kind]: 'use',
    plugin,
    options,
    settings,
  })
  return Object.assign(use, { [kind]: 'factory' as const, plugin }) as PluginFactory<O>
}

const branded = (value: unknown) =>
  value !== null && (typeof value === 'object' || typeof value === 'function') && kind in value
    ? (value as { [kind]?: unknown })[kind]
    : undefined

export const isPluginUse = (value: unknown): value is PluginUse => branded(value) === 'use'
export const isPluginFactory = (value: unknown): value is PluginFactory => branded(value) === 'factory'
