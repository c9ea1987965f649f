/** Decides whether a commit holds and what it changes. Pure: the tables are only read. */
import { FreedaError, type ErrorData } from '../errors.ts'
import type { DriverAction, Expected } from '../storage.ts'
import { hasExpired, type Table, type TableChange, type TableEntry } from './table.ts'

type FindTable = (collection: string) => Table | undefined
type PutAction = Extract<DriverAction, { kind: 'put' }>

/**
 * The effects of `actions`, each on the state before all of them.
 * @throws FREEDA_CONFLICT naming the first action that does not hold.
 */
export function stageActions(
  find: FindTable,
  actions: readonly DriverAction[],
  nowMs: number,
): { versions: number[]; changes: TableChange[] } {
  const unique = uniqueness(find, actions, nowMs)
  const versions: number[] = []
  const changes: TableChange[] = []
  actions.forEach((action, operation) => {
    const collection = action.collection.name
    const { id, expected } = action
    const current = alive(find(collection)?.get(id), nowMs)
    if (!holds(expected, current) || !isAsRead(action, current))
      throw conflict({ collection, id, operation, expected, currentVersion: current?.version })
    if (action.kind === 'put') {
      const index = unique.takenIndex(action)
      if (index !== undefined)
        throw conflict({ collection, id, operation, expected, currentVersion: current?.version, index })
      const version = (current?.version ?? 0) + 1
      versions.push(version)
      const { placement } = action
      changes.push({ kind: 'put', collection, id, version, text: JSON.stringify(action.value), placement })
    } else {
      versions.push(current?.version ?? 0)
      if (action.kind === 'delete' && current !== undefined)
        changes.push({ kind: 'delete', collection, id, position: action.position })
    }
  })
  changes.push(...unique.freed.values())
  return { versions, changes }
}

const alive = (entry: TableEntry | undefined, nowMs: number) =>
  entry === undefined || hasExpired(entry, nowMs) ? undefined : entry

function holds(expected: Expected, current: TableEntry | undefined): boolean {
  if (expected === 'any') return true
  if (expected === 'absent') return current === undefined
  if (expected === 'present') return current !== undefined
  return current?.version === expected
}

const isAsRead = (action: DriverAction, current: TableEntry | undefined): boolean =>
  action.kind !== 'put' || action.revision === undefined || action.revision === current

interface Failed extends Omit<ErrorData<'FREEDA_CONFLICT'>, 'expected'> {
  expected: Expected
}

function conflict({ expected, ...rest }: Failed): FreedaError {
  return new FreedaError('FREEDA_CONFLICT', expected === 'any' ? rest : { ...rest, expected })
}

/** Watches the unique indexes of one commit, its actions asked in order. */
function uniqueness(find: FindTable, actions: readonly DriverAction[], nowMs: number) {
  /** Documents that the commit replaces or deletes: what they hold is free unless they keep it. */
  let written: Map<string, DriverAction> | undefined
  const writer = (collection: string, id: string) => {
    written ??= new Map(
      actions.filter(({ kind }) => kind !== 'check').map((a) => [`${a.collection.name}\0${a.id}`, a]),
    )
    return written.get(`${collection}\0${id}`)
  }
  const taken = new Set<string>()
  /**
   * Expired documents whose value in a unique index the commit takes over. Their end is part of it: a store that is
   * opened again, by a clock that was set back, must not find two documents with the value.
   */
  const freed = new Map<string, TableChange>()

  const keeps = (action: DriverAction | undefined, index: string, partition: string) =>
    action === undefined || (action.kind === 'put' && partitionOf(action, index) === partition)

  const isHeld = (action: PutAction, index: string, partition: string) => {
    const collection = action.collection.name
    for (const holder of find(collection)?.walk({ index: { name: index, partition }, order: 'asc' }) ?? [])
      if (holder.id !== action.id) {
        const next = writer(collection, holder.id)
        if (!hasExpired(holder, nowMs)) {
          if (keeps(next, index, partition)) return true
        } else if (next === undefined) {
          const { id, placement } = holder
          freed.set(`${collection}\0${id}`, { kind: 'delete', collection, id, position: placement.position })
        }
      }
    return false
  }

  /** The unique index in which another document has the value that `action` writes. */
  const takenIndex = (action: PutAction): string | undefined => {
    for (const { name, unique } of action.collection.indexes) {
      const partition = unique ? partitionOf(action, name) : undefined
      if (partition === undefined) continue
      const value = `${action.collection.name}\0${name}\0${partition}`
      if (taken.has(value) || isHeld(action, name, partition)) return name
      if (actions.length > 1) taken.add(value)
    }
    return undefined
  }
  return { takenIndex, freed }
}

const partitionOf = ({ placement }: PutAction, index: string): string | undefined =>
  Object.hasOwn(placement.entries, index) ? placement.entries[index]!.partition : undefined
