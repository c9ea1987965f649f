/** What the cases stand on: collections, a clock that only they move, and a storage on the driver under test. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import assert from 'node:assert/strict'
import { isFreedaError, type ErrorCode, type ErrorData } from '../../errors.ts'
import { collection, type CollectionOf, type Storage, type StorageDriver } from '../../storage.ts'
import { collectionInfo } from '../../storage/collection-info.ts'
import { openStorage } from '../../storage/open-storage.ts'

/** What a driver may declare that it cannot do. */
export type Capability = 'reopen' | 'transactions'

export interface Case {
  readonly name: string
  readonly needs?: readonly Capability[]
  run(fixture: Fixture): Promise<void>
}

/** A schema that takes every object as it is. */
const objectOf = <T extends object>(): StandardSchemaV1<T, T> => ({
  '~standard': {
    version: 1,
    vendor: 'freeda',
    validate: (value) =>
      typeof value === 'object' && value !== null
        ? { value: value as T }
        : { issues: [{ message: 'must be an object' }] },
  },
})

export type Note = Record<string, unknown>

export interface Ticket {
  title?: string
  status?: string | null
  open?: boolean
  createdAt?: Date | null
  priority?: number | bigint
  label?: string
}

export interface User {
  name?: string
  email?: string | null
  number?: number | bigint
  team?: string
}

export interface Session {
  user: string
  token?: string
  note?: string
  expiresAt?: Date | number | null
}

export const notes = collection(objectOf<Note>(), { name: 'notes' })
/** Its name begins as that of {@link notes}. */
export const notesArchive = collection(objectOf<Note>(), { name: 'notes.archive' })
export const tickets = collection(objectOf<Ticket>(), {
  name: 'tickets',
  indexes: {
    byStatus: { partition: 'status', sort: 'createdAt' },
    byPriority: { partition: 'status', sort: 'priority' },
    byLabel: { partition: 'status', sort: 'label' },
    byOpen: { partition: 'open' },
    byNumber: { partition: 'priority' },
  },
})
export const users = collection(objectOf<User>(), {
  name: 'users',
  indexes: {
    byEmail: { partition: 'email', unique: true },
    byNumber: { partition: 'number', unique: true },
    byTeam: { partition: 'team', sort: 'email' },
  },
})
export const sessions = collection(objectOf<Session>(), {
  name: 'sessions',
  ttl: 'expiresAt',
  indexes: { byUser: { partition: 'user', sort: 'note' }, byToken: { partition: 'token', unique: true } },
})
export const events = collection(objectOf<{ at: number }>(), {
  name: 'events',
  shards: 4,
  indexes: { byTime: { partition: 'at' } },
})

export const conformanceCollections = [notes, notesArchive, tickets, users, sessions, events].map(
  collectionInfo,
)

export interface TestClock {
  now(): number
  advance(ms: number): void
}

/** In the future, so that no store removes by its own clock what lives by this one. */
export function testClock(): TestClock {
  let nowMs = Date.UTC(2100, 0, 1)
  return { now: () => nowMs, advance: (ms) => void (nowMs += ms) }
}

export interface Collections {
  readonly storage: Storage
  readonly notes: CollectionOf<typeof notes>
  readonly notesArchive: CollectionOf<typeof notesArchive>
  readonly tickets: CollectionOf<typeof tickets>
  readonly users: CollectionOf<typeof users>
  readonly sessions: CollectionOf<typeof sessions>
  readonly events: CollectionOf<typeof events>
}

export interface Fixture extends Collections {
  readonly driver: StorageDriver
  readonly clock: TestClock
  /** A second storage on the same driver, as another process has. */
  another(): Collections
  /** Closes everything and opens the store anew. */
  reopen(): Promise<Collections>
  close(): Promise<void>
}

interface Store {
  readonly driver: StorageDriver
  reopen?(): Promise<StorageDriver>
  settle?(): Promise<void>
}

export function openFixture(store: Store, clock: TestClock): Fixture {
  const collectionsOn = (driver: StorageDriver) => openCollections(settling(driver, store), clock)
  const first = collectionsOn(store.driver)
  let current = first
  return {
    ...first,
    driver: store.driver,
    clock,
    another: () => collectionsOn(store.driver),
    async reopen() {
      assert(
        store.reopen,
        'create() must give a reopen(), or the driver declare capabilities: { reopen: false }',
      )
      await current.storage.close()
      return (current = collectionsOn(await store.reopen()))
    },
    close: () => current.storage.close(),
  }
}

function openCollections(driver: StorageDriver, clock: TestClock): Collections {
  const storage = openStorage(driver, { clock: clock.now })
  return {
    storage,
    notes: storage.collection(notes),
    notesArchive: storage.collection(notesArchive),
    tickets: storage.collection(tickets),
    users: storage.collection(users),
    sessions: storage.collection(sessions),
    events: storage.collection(events),
  }
}

/** The driver, its indexes asked only once they have caught up. */
function settling(driver: StorageDriver, store: Store): StorageDriver {
  if (store.settle === undefined) return driver
  return {
    name: driver.name,
    read: (...args) => driver.read(...args),
    commit: (...args) => driver.commit(...args),
    async query(query, call) {
      if (query.index !== undefined) await store.settle?.()
      return driver.query(query, call)
    },
    health: (call) => driver.health(call),
    export: (call) => driver.export(call),
    import: (...args) => driver.import(...args),
    close: () => driver.close(),
  }
}

/** Waits for a refusal and gives what it tells. */
export async function refused<C extends ErrorCode>(call: Promise<unknown>, code: C): Promise<ErrorData<C>> {
  let result: unknown
  try {
    result = await call
  } catch (error) {
    if (isFreedaError(error, code)) return error.data
    throw new assert.AssertionError({ message: `expected ${code}, but it failed with: ${String(error)}` })
  }
  throw new assert.AssertionError({ message: `expected ${code}, but it resolved`, actual: result })
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Ids of every document that a query finds. */
export const ids = async (items: AsyncIterable<{ readonly id: string }>): Promise<string[]> =>
  (await all(items)).map(({ id }) => id)

/** Texts that order, escape or look like something else in one store or another. */
export const adversarialTexts: readonly string[] = [
  [
    'a',
    'aa',
    'a ',
    'a!',
    'a#b',
    'a/b',
    'a\\b',
    'a|b',
    'a~',
    'A',
    'B',
    'b',
    'z',
    '~',
    ' ',
    '.',
    '..',
    '0',
    '00',
  ],
  ['a\u0000', 'a\u0000b', 'a\u0001', 'a\u0001b', 'a\u0002', 'a\u0002b', 'a\u00020', 'a\u0003'],
  [
    '\u0000',
    '\u0001',
    '\u0002',
    '\u007f',
    '\u0080',
    '\u07ff',
    '\u0800',
    '\ud7ff',
    '\ue000',
    '\ufeff',
    '\ufffd',
  ],
  ['\uffff', '\u{10000}', '\u{10ffff}', 'a\ue000', 'a\uffff', 'a\u{10000}', 'a\u{1f600}', '😀', '👩‍👩‍👧'],
  ['é', 'e\u0301', 'שלום', '\u202eabc', '日本', '\n', "'", '"', '%2F', '$date', '{"$date":1}'],
  ['__proto__', 'constructor', 'toString', 'null', 'true', '-1', '1e5'],
].flat()

/** Orders texts as every driver must: by the bytes of their UTF-8. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
