/** An app for tests: everything but the socket. */
import { inject, type Response as Injected } from 'light-my-request'
import { Readable, Writable } from 'node:stream'
import { loadConfig } from '../config/load-config.ts'
import type { FreedaConfig } from '../config/define-config.ts'
import { Bus } from '../bus.ts'
import { FreedaError } from '../errors.ts'
import { bootApp } from '../lifecycle/boot-app.ts'
import { createLogger } from '../observability/logger.ts'
import { definePlugin, type PluginUse } from '../plugin.ts'
import { planApp } from '../plugins/plan-app.ts'
import type { Plan } from '../plugins/plan.ts'
import { Schedules, type ScheduleRecord } from '../schedule.ts'
import type { Service } from '../service.ts'
import { Queues, type WorkCount } from '../queues/queue-registry.ts'
import { StorageDriver, type CollectionDefinition, type CollectionOf } from '../storage.ts'
import { memoryDriver } from '../storage/memory-driver.ts'
import { actAs, type TestPrincipal } from './act-as.ts'

const override = Symbol.for('freeda.fake')

/** A value that takes the place of a service, whoever provides it. */
export interface Fake {
  readonly [override]: true
  readonly token: Service<unknown>
  readonly value: unknown
}

/** Replaces a service in a {@link testApp}: `override: [fake(Mail, { send: async () => {} })]`. */
export const fake = <T>(token: Service<T>, value: T): Fake => ({ [override]: true, token, value })

export interface TestAppOptions extends Omit<FreedaConfig, 'plugins'> {
  readonly plugins: readonly PluginUse[]
  /** Services that take the place of what plugins provide, or that none of them provides. */
  readonly override?: readonly Fake[]
  /** Default: none, so that a test never depends on the machine. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export interface TestRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  readonly body?: string | Uint8Array
  /**
   * Who is calling, instead of credentials: `{ as: { id: 'ann', scopes: ['tickets:write'] } }`. Scopes are checked as
   * ever, and on a public route nobody is recognised.
   */
  readonly as?: TestPrincipal
}

export interface TestApp {
  readonly plan: Plan
  /**
   * Sends a request through the whole HTTP layer, without a socket. Answers as `fetch` does: with the whole answer, or at
   * once with a body that goes on when the request accepts `text/event-stream`.
   */
  request(path: string, request?: TestRequest): Promise<Response>
  /** A service by its token. @throws FREEDA_SERVICE_UNKNOWN */
  get<T>(token: Service<T>): T
  /**
   * The bus of a plugin: what is published on it reaches the plugin's listeners as if the plugin, here or on another instance,
   * had published it. @throws FREEDA_SERVICE_UNKNOWN when there is no such plugin
   */
  bus(plugin: string): Bus
  /** A collection of the app's storage, to look at or to fill. */
  collection<D extends CollectionDefinition>(definition: D): CollectionOf<D>
  /**
   * Does the jobs that wait in queues, and those that these add, until none is due; a test app does none by itself. Jobs
   * that are due within `aheadMs` count as due, so that a test need not wait for delays and further attempts.
   * @returns how many attempts ended how
   */
  work(options?: { readonly aheadMs?: number }): Promise<WorkCount>
  /**
   * Runs a schedule now, and resolves when the run is over, however it ended. Slots do not come by themselves in a test.
   * @param options.slot what the handler gets as its slot. Default: now
   * @throws FREEDA_SCHEDULE_UNKNOWN
   */
  runSchedule(name: string, options?: { readonly slot?: Date }): Promise<ScheduleRecord>
  /** What was logged so far, an object a line. */
  readonly logs: readonly Record<string, unknown>[]
  /** @throws FREEDA_STOP when a plugin did not stop cleanly */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Plans and sets up an app without listening. Storage is in memory unless a plugin or an override provides it; while no
 * plugin registers an authentication scheme, any that a route names is there, and recognises `as` alone.
 * @throws what {@link start} throws
 */
export async function testApp({
  plugins,
  override = [],
  environment = {},
  ...config
}: TestAppOptions): Promise<TestApp> {
  const overrides = new Map(override.map(({ token, value }) => [token.id, value]))
  const loaded = await loadConfig({
    config: { name: 'test', ...config, plugins: withStorage(plugins, overrides) },
    mode: 'test',
  })
  const plan = await planApp(loaded, { mode: 'test', environment, provided: [...overrides.keys()] })
  const logs: Record<string, unknown>[] = []
  const log = await createLogger({
    app: plan.name,
    level: config.log === undefined ? 'debug' : plan.log.level,
    pretty: false,
    redact: plan.log.redact,
    secrets: plan.secrets,
    destination: collector(logs),
  })
  const acting = actAs()
  const app = await bootApp(plan, log, overrides, acting.seenBy)
  app.health.setState('ready')
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= stopBooted())

  function as(principal: TestPrincipal | undefined): typeof app.http.handler {
    const { handler } = app.http
    if (principal === undefined) return handler
    return (req, res) => {
      acting.set(req, principal)
      handler(req, res)
    }
  }

  async function stopBooted(): Promise<void> {
    app.health.setState('draining')
    app.http.drain()
    app.http.sendAway()
    await app.work.stop(plan.server.shutdown)
    const failures = await app.stopPlugins(plan.server.shutdown)
    app.health.setState('stopped')
    if (failures.length > 0) throw new FreedaError('FREEDA_STOP', { failures })
  }

  return {
    plan,
    logs,
    request: (path, request) => send(as(request?.as), path, request),
    get: (token) => app.container.get(token),
    bus(plugin) {
      if (plan.plugins.every(({ name }) => name !== plugin))
        throw new FreedaError('FREEDA_SERVICE_UNKNOWN', { service: `${Bus.id} of a plugin "${plugin}"` })
      return app.own.get(Bus.id)!(plugin) as Bus
    },
    collection(definition) {
      if (app.storage === undefined)
        throw new FreedaError('FREEDA_SERVICE_UNKNOWN', { service: StorageDriver.id })
      return app.storage.collection(namedAsIn(plan, definition))
    },
    async work({ aheadMs = 0 } = {}) {
      if (!app.container.has(Queues.id))
        throw new FreedaError('FREEDA_SERVICE_UNKNOWN', { service: Queues.id })
      return app.container.get(Queues).doDue(aheadMs)
    },
    async runSchedule(name, options) {
      if (!app.container.has(Schedules.id))
        throw new FreedaError('FREEDA_SCHEDULE_UNKNOWN', { schedule: name, known: [] })
      return app.container.get(Schedules).run(name, options)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** A definition without a name has the one of the key under which a plugin declares it. */
function namedAsIn<D extends CollectionDefinition>(plan: Plan, definition: D): D {
  if (definition.name !== undefined) return definition
  const declared = plan.plugins.flatMap(({ collections }) => Object.values(collections))
  const same = declared.find(
    ({ schema, indexes }) => schema === definition.schema && indexes === definition.indexes,
  )
  return same === undefined ? definition : { ...definition, name: same.name }
}

/** Memory storage, for apps whose plugins want a store and bring none. */
const memory = definePlugin({
  name: 'storage-memory',
  freeda: '^1.0.0',
  provides: { storage: StorageDriver },
  setup: () => ({ storage: memoryDriver() }),
})

function withStorage(plugins: readonly PluginUse[], overrides: ReadonlyMap<string, unknown>): PluginUse[] {
  const provided = plugins.some(({ plugin }) =>
    Object.values(plugin.provides ?? {}).some((token) => token.id === StorageDriver.id),
  )
  return provided || overrides.has(StorageDriver.id) ? [...plugins] : [memory(), ...plugins]
}

const collector = (logs: Record<string, unknown>[]) =>
  new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      logs.push(JSON.parse(line) as Record<string, unknown>)
      done()
    },
  })

type Handler = Parameters<typeof inject>[0]

async function send(handler: Handler, path: string, request: TestRequest = {}): Promise<Response> {
  const { method = 'GET', headers = {}, json, body } = request
  const goesOn = new Headers(headers).get('accept')?.includes('text/event-stream') === true
  const response = await inject(handler, {
    payloadAsStream: goesOn,
    method: method as 'GET',
    url: path,
    headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(json === undefined && body === undefined
      ? {}
      : { payload: json === undefined ? Buffer.from(body as string) : JSON.stringify(json) }),
  })
  const empty = response.statusCode === 204 || response.statusCode === 304 || method === 'HEAD'
  return new Response(empty ? null : goesOn ? streamOf(response) : new Uint8Array(response.rawPayload), {
    status: response.statusCode,
    headers: Object.entries(response.headers).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, String(one)]),
    ),
  })
}

/** Who cancels it is a client that leaves. */
function streamOf(response: Injected): ReadableStream {
  const stream = response.stream().once('close', () => response.raw.res.destroy())
  return Readable.toWeb(stream) as ReadableStream
}
