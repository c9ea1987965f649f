/** Reads and writes the state of schedules: each write replaces exactly what was read. */
import { isFreedaError } from '../errors.ts'
import type { ScheduleRecord } from '../schedule.ts'
import type { Operation, Storage } from '../storage.ts'
import type { Change, Found, Records, ScheduleState, States } from './document.ts'

/** The state of one schedule. */
export interface StateStore {
  read(): Promise<Found | undefined>
  /** `undefined`: somebody else was first. */
  create(state: ScheduleState): Promise<Found | undefined>
  /** `undefined`: it has changed since. What it throws may have been written all the same. */
  write(from: Found, change: Change): Promise<Found | undefined>
  /**
   * Does `operations` and writes `state` together. `undefined`: it has changed since, and nothing was done. Throws what else
   * does not hold.
   */
  transact(from: Found, state: ScheduleState, operations: readonly Operation[]): Promise<Found | undefined>
  /** Latest first. */
  records(): Promise<ScheduleRecord[]>
}

export interface StateStores {
  /**
   * @param keepRuns size of the ring
   * @param commit does what runs commit. Default: as all else is written
   */
  of(name: string, keepRuns: number, commit?: Storage['transact']): StateStore
  readAll(names: readonly string[]): Promise<(Found | undefined)[]>
}

export interface StateStoresParts {
  readonly states: States
  readonly records: Records
  readonly transact: Storage['transact']
}

export const stateStores = (parts: StateStoresParts): StateStores => ({
  of: (name, keepRuns, commit = parts.transact) => stateStore(name, keepRuns, commit, parts),
  readAll: async (names) => (await parts.states.getMany(names)).map(found),
})

function stateStore(
  name: string,
  keepRuns: number,
  commit: Storage['transact'],
  { states, records, transact }: StateStoresParts,
): StateStore {
  const isChanged = (error: unknown) =>
    isFreedaError(error, 'FREEDA_CONFLICT') && error.data.collection === states.name && error.data.id === name

  /** @returns whether the state was still what it was */
  async function unlessChanged(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (isChanged(error)) return false
      throw error
    }
  }

  const recordOperations = ({ state, records: added }: Change) =>
    added.map((record, i) => {
      const number = state.records - added.length + i
      return records.op.put(`${name}/${number % keepRuns}`, { ...record, number })
    })

  return {
    read: async () => found(await states.get(name)),
    async create(state) {
      const isDone = await unlessChanged(() => states.create(state, { id: name }))
      return isDone ? { state, version: 1 } : undefined
    },
    async write({ version }, change) {
      const { state } = change
      const operations = recordOperations(change)
      const isDone = await unlessChanged(() =>
        operations.length === 0
          ? states.put(name, state, { ifVersion: version })
          : transact([states.op.put(name, state, { ifVersion: version }), ...operations]),
      )
      return isDone ? { state, version: version + 1 } : undefined
    },
    async transact({ version }, state, operations) {
      const isDone = await unlessChanged(() =>
        // Behind the others, so that a conflict names the position that the caller knows.
        commit([...operations, states.op.put(name, state, { ifVersion: version })]),
      )
      return isDone ? { state, version: version + 1 } : undefined
    },
    async records() {
      const all: (ScheduleRecord & { readonly number: number })[] = []
      for await (const { id: _, version: __, ...record } of records.iterate({
        range: { prefix: `${name}/` },
      }))
        all.push(record)
      return all
        .toSorted((a, b) => b.number - a.number)
        .slice(0, keepRuns)
        .map(({ number: _, ...record }) => record)
    },
  }
}

function found(document: Awaited<ReturnType<States['get']>>): Found | undefined {
  if (document === undefined) return undefined
  const { id: _, version, ...state } = document
  return { state, version }
}
