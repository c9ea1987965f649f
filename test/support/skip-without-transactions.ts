/** Skips every test of a project, saying why, where no DynamoDB with transactions can be had. */
import { beforeEach } from 'vitest'
import { dynamo } from './provided-dynamo.ts'

beforeEach(({ skip }) => {
  if (dynamo?.hasTransactions === false) skip(`${dynamo.name} has no transactions`)
})
