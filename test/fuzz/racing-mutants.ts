/** Drivers that are right as long as calls come one after the other, and wrong when they overlap. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DriverAction, DriverCall, DriverDocument } from '@freeda/runtime/driver'
import type { StorageDriver } from '@freeda/runtime'
import { changed, keyOf, type Mutation } from './mutation.ts'

/** Checks a commit as the driver would, by letting it fail on what is read; then lets others in. */
async function checkedFirst(driver: StorageDriver, actions: readonly DriverAction[], call: DriverCall) {
  const found = await Promise.all(
    actions.map(async (action) => (await driver.read(action.collection, [keyOf(action)], call))[0]),
  )
  const holds = actions.every(({ expected }, at) => holdsOn(expected, found[at]))
  await nextTurn()
  return holds
}

function holdsOn(expected: DriverAction['expected'], current: DriverDocument | undefined): boolean {
  if (expected === 'any') return true
  if (expected === 'absent') return current === undefined
  return expected === 'present' ? current !== undefined : current?.version === expected
}

const unconditional = (wanted: (action: DriverAction) => boolean) =>
  changed((driver) => ({
    async commit(actions, call) {
      if (!actions.some(wanted)) return driver.commit(actions, call)
      if (!(await checkedFirst(driver, actions, call))) return driver.commit(actions, call)
      return driver.commit(
        actions.map((action) => (wanted(action) ? { ...action, expected: 'any' as const } : action)),
        call,
      )
    },
  }))

export const racingMutants: Readonly<Record<string, Mutation>> = {
  'checks a version first and writes later': unconditional(({ expected }) => typeof expected === 'number'),
  'lets two creates win that come together': unconditional(
    ({ kind, expected }) => kind === 'put' && expected === 'absent',
  ),
  'looks whether a unique value is free, and takes it later': changed((driver) => ({
    async commit(actions, call) {
      for (const action of actions) {
        if (action.kind !== 'put') continue
        const { collection, placement } = action
        for (const { name, unique } of collection.indexes) {
          const entry = unique ? placement.entries[name] : undefined
          if (entry === undefined) continue
          const index = { name, partition: entry.partition }
          const { documents } = await driver.query({ collection, index, order: 'asc', limit: 1 }, call)
          // Who has it is told by the driver itself.
          if (documents.some(({ id }) => id !== action.id)) return driver.commit(actions, call)
        }
      }
      await nextTurn()
      const indexes = (action: DriverAction) =>
        action.collection.indexes.map((each) => ({ ...each, unique: false }))
      return driver.commit(
        actions.map((action) => ({
          ...action,
          collection: { ...action.collection, indexes: indexes(action) },
        })),
        call,
      )
    },
  })),
  'shows a transaction half done': changed((driver) => ({
    async commit(actions, call) {
      const isAlone = actions.length === 1
      if (isAlone || !(await checkedFirst(driver, actions, call))) return driver.commit(actions, call)
      const versions: number[] = []
      for (const action of actions) {
        versions.push(...(await driver.commit([{ ...action, expected: 'any' }], call)))
        await nextTurn()
      }
      return versions
    },
  })),
  'reads behind writes that have just been acknowledged': changed((driver) => {
    const behind = new Map<string, DriverDocument | undefined>()
    return {
      async commit(actions, call) {
        const places = actions.map((action) => `${action.collection.name}/${action.id}`)
        for (const [at, action] of actions.entries())
          behind.set(places[at]!, (await driver.read(action.collection, [keyOf(action)], call))[0])
        const versions = await driver.commit(actions, call)
        setImmediate(() => setImmediate(() => places.forEach((place) => behind.delete(place))))
        return versions
      },
      async read(collection, keys, call) {
        const documents = await driver.read(collection, keys, call)
        return documents.map((document, at) => {
          const place = `${collection.name}/${keys[at]!.id}`
          return behind.has(place) ? behind.get(place) : document
        })
      },
    }
  }),
  'acknowledges a deletion to everybody who asks at once': changed((driver) => {
    const deleting = new Map<string, Promise<number[]>>()
    return {
      async commit(actions, call) {
        const [only] = actions
        if (actions.length > 1 || only!.kind !== 'delete') return driver.commit(actions, call)
        const place = `${only!.collection.name}/${only!.id}`
        let same = deleting.get(place)
        if (same === undefined) {
          same = nextTurn()
            .then(() => driver.commit(actions, call))
            .finally(() => deleting.delete(place))
          deleting.set(place, same)
        }
        return same
      },
    }
  }),
}
