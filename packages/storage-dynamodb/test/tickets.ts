/** One collection whose declaration changes between two openings of its table. */
import { collection, isFreedaError, type CollectionDefinition, type Problem } from '@freeda/runtime'
import { collectionInfo, openStorage } from '@freeda/runtime/driver'
import { z } from 'zod'
import { openDynamoDriver, type DynamoDriverOptions } from '../src/index.ts'
import type { Dynamo } from './start-dynamo.ts'

const Ticket = z.object({ status: z.string(), at: z.number(), email: z.string().optional() })
export const byStatus = { partition: 'status', sort: 'at' } as const
export const byTime = { partition: 'at' } as const
export const byEmail = { partition: 'email', unique: true } as const

/** Opens a table with one collection, does something, and closes it. */
export const usingOn =
  ({ endpoint }: Pick<Dynamo, 'endpoint'>) =>
  async (
    definition: CollectionDefinition,
    options: Partial<DynamoDriverOptions> & { table: string },
    work: (opened: {
      tickets: ReturnType<ReturnType<typeof openStorage>['collection']>
    }) => Promise<unknown> = async () => {},
  ): Promise<void> => {
    const driver = await openDynamoDriver({ endpoint, collections: [collectionInfo(definition)], ...options })
    const storage = openStorage(driver)
    try {
      await work({ tickets: storage.collection(definition) as never })
    } finally {
      await storage.close()
    }
  }

export const define = (indexes: object, shards = 1, ttl?: 'at') =>
  collection(Ticket, { name: 'tickets', indexes, shards, ttl } as object) as CollectionDefinition

export async function problemsOf(opening: Promise<unknown>): Promise<readonly Problem[]> {
  const error: unknown = await opening.then(
    () => undefined,
    (each: unknown) => each,
  )
  if (!isFreedaError(error, 'FREEDA_STORAGE_TABLE')) throw error ?? new Error('it opened')
  return error.data.problems
}
