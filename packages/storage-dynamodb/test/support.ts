import { setTimeout as sleep } from 'node:timers/promises'
import {
  collection,
  isFreedaError,
  type CollectionOf,
  type ErrorCode,
  type Storage,
  type StorageDriver,
} from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { expect, onTestFinished } from 'vitest'
import { z } from 'zod'
import { openDynamoDriver, type DynamoDriverOptions } from '../src/index.ts'
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { freshTable, type Dynamo } from './start-dynamo.ts'

export const notes = collection(z.object({ n: z.number(), by: z.string().optional() }), {
  name: 'notes',
  indexes: { byAuthor: { partition: 'by', sort: 'n' } },
})
export const users = collection(z.object({ email: z.string(), name: z.string().optional() }), {
  name: 'users',
  indexes: { byEmail: { partition: 'email', unique: true } },
})
export const events = collection(z.object({ at: z.number() }), { name: 'events', shards: 4 })
export const sessions = collection(z.object({ user: z.string(), expiresAt: z.date().optional() }), {
  name: 'sessions',
  ttl: 'expiresAt',
  indexes: { byUser: { partition: 'user' } },
})
export const collections = [notes, users, events, sessions].map(collectionInfo)

export interface Opened {
  readonly driver: StorageDriver
  readonly storage: Storage
  readonly proxy: FaultProxy
  readonly table: string
  readonly notes: CollectionOf<typeof notes>
  readonly users: CollectionOf<typeof users>
  readonly events: CollectionOf<typeof events>
  readonly sessions: CollectionOf<typeof sessions>
}

/** Short, so that tests of hanging networks are quick. */
export const limits = { requestTimeoutMs: 300, callTimeoutMs: 2000 }

/** A fresh table behind a proxy; closed after the test. */
export async function open(
  dynamo: Dynamo,
  options: Partial<DynamoDriverOptions> = {},
  { isMeasuring = false } = {},
): Promise<Opened> {
  const proxy = await startFaultProxy(dynamo.endpoint, { isMeasuring })
  const table = options.table ?? freshTable()
  const { endpoint } = proxy
  const driver = await openDynamoDriver({ table, endpoint, collections, ...limits, ...options })
  onTestFinished(async () => {
    await driver.close()
    await proxy.close()
  })
  const storage = openStorage(driver)
  return {
    driver,
    storage,
    proxy,
    table,
    notes: storage.collection(notes),
    users: storage.collection(users),
    events: storage.collection(events),
    sessions: storage.collection(sessions),
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** A call that must fail with `code`, before a timer that is set as it begins: on a busy machine, both are late. */
export async function fails(call: () => Promise<unknown>, code: ErrorCode): Promise<Error> {
  const late = sleep(limits.callTimeoutMs + 400, { late: true }, { ref: false })
  const outcome = call().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  const first = await Promise.race([outcome, late])
  expect(first, code).toHaveProperty('error')
  const { error } = first as { error: unknown }
  expect(isFreedaError(error) ? error.code : error).toBe(code)
  return error as Error
}
