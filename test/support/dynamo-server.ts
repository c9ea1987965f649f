/** Global set-up of a vitest project: one DynamoDB for all of its files, each app with a table of its own. */
import type { TestProject } from 'vitest/node'
import { startDynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import type { ProvidedDynamo } from './provided-dynamo.ts'

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { stop, name, endpoint, hasTransactions } = await startDynamo()
  provide('dynamo', { name, endpoint, hasTransactions } satisfies ProvidedDynamo)
  return stop
}
