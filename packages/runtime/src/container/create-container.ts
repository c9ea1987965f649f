/** The app's services: one strict awilix container. Freeda disposes of what is in it, in order of needs. */
import {
  asFunction,
  asValue,
  createContainer as createAwilix,
  InjectionMode,
  type AwilixContainer,
} from 'awilix'
import { FreedaError } from '../errors.ts'
import type { Service } from '../service.ts'

/** The services of the app, and some of its own. */
export interface Scope {
  /** @throws FREEDA_SERVICE_UNKNOWN */
  get<T>(token: Service<T>): T
}

export interface Container extends Scope {
  /** @throws FREEDA_PLUGIN_PROVIDES when the token has a value: awilix would let the later one win in silence */
  register(id: string, value: unknown, plugin: string): void
  has(id: string): boolean
  /** `undefined` when nothing is registered. */
  find(id: string): unknown
  /** @param own by id; asked whenever somebody wants it, and seen in this scope only */
  scope(own: ReadonlyMap<string, () => unknown>): Scope
}

/** @param overrides values that take the place of what plugins register, as in tests */
export function createContainer(overrides: ReadonlyMap<string, unknown> = new Map()): Container {
  const awilix = createAwilix({ injectionMode: InjectionMode.PROXY, strict: true })
  for (const [id, value] of overrides) awilix.register(id, asValue(value))
  const find = (id: string): unknown => awilix.resolve(id, { allowUnregistered: true })
  const resolverOf = (container: AwilixContainer) =>
    function get<T>(token: Service<T>): T {
      if (!container.hasRegistration(token.id))
        throw new FreedaError('FREEDA_SERVICE_UNKNOWN', { service: token.id })
      return container.resolve<T>(token.id)
    }
  return {
    register(id, value, plugin) {
      if (overrides.has(id)) return
      if (awilix.hasRegistration(id))
        throw new FreedaError('FREEDA_PLUGIN_PROVIDES', { plugin, reason: `${id} is provided already.` })
      awilix.register(id, asValue(value))
    },
    has: (id) => awilix.hasRegistration(id),
    find,
    get: resolverOf(awilix),
    scope(own) {
      const scoped = awilix.createScope()
      for (const [id, value] of own) scoped.register(id, asFunction(value).transient())
      return { get: resolverOf(scoped) }
    },
  }
}
