/** The app's services: one strict awilix container. Freeda disposes of what is in it, in order of needs. */
import { asValue, createContainer as createAwilix, InjectionMode } from 'awilix'
import { FreedaError } from '../errors.ts'
import type { Service } from '../service.ts'

export interface Container {
  /** @throws FREEDA_PLUGIN_PROVIDES when the token has a value: awilix would let the later one win in silence */
  register(id: string, value: unknown, plugin: string): void
  has(id: string): boolean
  /** `undefined` when nothing is registered. */
  find(id: string): unknown
  get<T>(token: Service<T>): T
}

/** @param overrides values that take the place of what plugins register, as in tests */
export function createContainer(overrides: ReadonlyMap<string, unknown> = new Map()): Container {
  const awilix = createAwilix({ injectionMode: InjectionMode.PROXY, strict: true })
  for (const [id, value] of overrides) awilix.register(id, asValue(value))
  const find = (id: string): unknown => awilix.resolve(id, { allowUnregistered: true })
  return {
    register(id, value, plugin) {
      if (overrides.has(id)) return
      if (awilix.hasRegistration(id))
        throw new FreedaError('FREEDA_PLUGIN_PROVIDES', { plugin, reason: `${id} is provided already.` })
      awilix.register(id, asValue(value))
    },
    has: (id) => awilix.hasRegistration(id),
    find,
    get<T>(token: Service<T>): T {
      if (!awilix.hasRegistration(token.id))
        throw new FreedaError('FREEDA_SERVICE_UNKNOWN', { service: token.id })
      return find(token.id) as T
    },
  }
}
