/** Drivers whose writes go wrong. */
import { FreedaError, isFreedaError, type DriverAction } from '@freeda/runtime/driver'
import { changed, keyOf, mapActions, mapValues, type Mutation } from './mutation.ts'

const writes: Readonly<Record<string, Mutation>> = {
  'counts versions from 0': changed((driver) => ({
    async commit(actions, call) {
      const versions = await driver.commit(actions, call)
      return versions.map((version, at) => (actions[at]!.kind === 'put' ? version - 1 : version))
    },
  })),
  'ignores expected versions': mapActions((action) =>
    typeof action.expected === 'number' ? { ...action, expected: 'any' } : action,
  ),
  'lets a create overwrite': mapActions((action) =>
    action.expected === 'absent' ? { ...action, expected: 'any' } : action,
  ),
  'tells of every deletion that there was a document': changed((driver) => ({
    async commit(actions, call) {
      const versions = await driver.commit(actions, call)
      return versions.map((version, at) => (actions[at]!.kind === 'delete' ? Math.max(version, 1) : version))
    },
  })),
  'does a write twice now and then': changed((driver) => {
    let count = 0
    return {
      async commit(actions, call) {
        const versions = await driver.commit(actions, call)
        const isBlind = actions.every(({ kind, expected }) => kind === 'put' && expected === 'any')
        if (isBlind && ++count % 4 === 0) await driver.commit(actions, call)
        return versions
      },
    }
  }),
  'loses a write now and then': changed((driver) => {
    let count = 0
    return {
      async commit(actions, call) {
        if (++count % 7 > 0) return driver.commit(actions, call)
        const [before] = await driver.read(actions[0]!.collection, [keyOf(actions[0]!)], call)
        return actions.map(() => (before?.version ?? 0) + 1)
      },
    }
  }),
}

const placement: Readonly<Record<string, Mutation>> = {
  'leaves a document where it was in its indexes': changed((driver) => ({
    async commit(actions, call) {
      const stale = await Promise.all(
        actions.map(async (action) => {
          if (action.kind !== 'put') return action
          const [before] = await driver.read(action.collection, [keyOf(action)], call)
          if (before === undefined) return action
          const { entries } = action.collection.place(before.id, before.value)
          return { ...action, placement: { ...action.placement, entries } }
        }),
      )
      return driver.commit(stale, call)
    },
  })),
}

const transactions: Readonly<Record<string, Mutation>> = {
  'skips checks in transactions': changed((driver) => ({
    async commit(actions, call) {
      const versions = await driver.commit(
        actions.filter(({ kind }) => kind !== 'check'),
        call,
      )
      return actions.map((action) => (action.kind === 'check' ? 0 : versions.shift()!))
    },
  })),
  'commits a transaction piece by piece': changed((driver) => ({
    async commit(actions, call) {
      const versions: number[] = []
      for (const [operation, action] of actions.entries())
        try {
          versions.push(...(await driver.commit([action], call)))
        } catch (error) {
          if (isFreedaError(error, 'FREEDA_CONFLICT')) Object.assign(error.data, { operation })
          throw error
        }
      return versions
    },
  })),
  'names the wrong operation of a transaction': changed((driver) => ({
    commit: (actions, call) =>
      driver.commit(actions, call).catch((error: unknown) => {
        if (isFreedaError(error, 'FREEDA_CONFLICT')) Object.assign(error.data, { operation: 0 })
        throw error
      }),
  })),
}

const uniqueness: Readonly<Record<string, Mutation>> = {
  'forgets that indexes are unique': mapActions((action) => ({
    ...action,
    collection: {
      ...action.collection,
      indexes: action.collection.indexes.map((index) => ({ ...index, unique: false })),
    },
  })),
  'keeps the unique values of deleted documents': changed((driver) => {
    const kept = new Map<string, string>()
    return {
      async commit(actions, call) {
        const only = actions.length === 1 ? actions[0]! : undefined
        const [before] =
          only?.kind === 'delete' ? await driver.read(only.collection, [keyOf(only)], call) : []
        for (const action of actions)
          for (const { value, index } of uniqueValues(action))
            if ((kept.get(value) ?? action.id) !== action.id) throw taken(action, index)
        const versions = await driver.commit(actions, call)
        if (only?.kind === 'delete' && before !== undefined) {
          const entries = only.collection.place(before.id, before.value).entries
          for (const { name, unique } of only.collection.indexes)
            if (unique && entries[name] !== undefined)
              kept.set(`${only.collection.name}/${name}/${entries[name].partition}`, before.id)
        }
        return versions
      },
    }
  }),
}

const uniqueValues = (action: DriverAction) =>
  action.kind !== 'put'
    ? []
    : action.collection.indexes.flatMap(({ name, unique }) => {
        const entry = unique ? action.placement.entries[name] : undefined
        return entry === undefined
          ? []
          : [{ index: name, value: `${action.collection.name}/${name}/${entry.partition}` }]
      })

const taken = ({ collection, id }: DriverAction, index: string) =>
  new FreedaError('FREEDA_CONFLICT', { collection: collection.name, id, operation: 0, index })

const expiry: Readonly<Record<string, Mutation>> = {
  'lets expired documents hold their unique values and their ids': changed((driver) => ({
    commit: (actions, call) => driver.commit(actions, { ...call, nowMs: 0 }),
  })),
  'reads expired documents when asked for several': changed((driver) => ({
    read: (collection, keys, call) =>
      driver.read(collection, keys, keys.length > 1 ? { ...call, nowMs: 0 } : call),
  })),
  'counts expired documents in pages': changed((driver) => ({
    async query(query, call) {
      const page = await driver.query(query, { ...call, nowMs: 0 })
      const alive = await driver.read(query.collection, page.documents.map(keyOf), call)
      return { ...page, documents: alive.filter((each) => each !== undefined) }
    },
  })),
  'exports expired documents': changed((driver) => ({
    export: (call) => driver.export({ ...call, nowMs: 0 }),
  })),
}

const values: Readonly<Record<string, Mutation>> = {
  'keeps 15 digits of a number': mapValues((value) =>
    typeof value === 'number' ? Number(value.toPrecision(15)) : value,
  ),
  'takes numbers out of a range for 0': mapValues((value) =>
    typeof value === 'number' && Math.abs(value) < 1e-130 ? 0 : value,
  ),
  'drops null': mapActions((action) =>
    action.kind === 'put'
      ? {
          ...action,
          value: Object.fromEntries(Object.entries(action.value).filter(([, value]) => value !== null)),
        }
      : action,
  ),
  'drops empty text': mapActions((action) =>
    action.kind === 'put'
      ? {
          ...action,
          value: Object.fromEntries(Object.entries(action.value).filter(([, value]) => value !== '')),
        }
      : action,
  ),
}

export const writeMutants: Readonly<Record<string, Mutation>> = {
  ...writes,
  ...placement,
  ...transactions,
  ...uniqueness,
  ...expiry,
  ...values,
}
