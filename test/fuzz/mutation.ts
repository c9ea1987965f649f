/** Ways to make a driver that is right go wrong. */
import { encodeKey, type DriverAction, type JsonValue, type StorageDriver } from '@freeda/runtime/driver'

export type Mutation = (driver: StorageDriver) => StorageDriver

/** A driver with some methods replaced. */
export const changed =
  (change: (driver: StorageDriver) => Partial<StorageDriver>): Mutation =>
  (driver) => ({
    name: driver.name,
    read: (...args) => driver.read(...args),
    commit: (...args) => driver.commit(...args),
    query: (...args) => driver.query(...args),
    health: (...args) => driver.health(...args),
    export: (...args) => driver.export(...args),
    import: (...args) => driver.import(...args),
    close: () => driver.close(),
    ...change(driver),
  })

export const mapActions = (change: (action: DriverAction) => DriverAction) =>
  changed((driver) => ({ commit: (actions, call) => driver.commit(actions.map(change), call) }))

/** Changes every value before it is written. */
export const mapValues = (change: (value: JsonValue) => JsonValue) => {
  const walk = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return change(value)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member)]))
  }
  return mapActions((action) =>
    action.kind === 'put' ? { ...action, value: walk(action.value) as typeof action.value } : action,
  )
}

/** As a driver is asked for a document. */
export const keyOf = ({ id }: Pick<DriverAction, 'id'>) => ({ id, position: encodeKey(id) })
