/** After each test file: the driver asked DynamoDB for nothing that `infrastructure/dynamodb-actions.json` does not list. */
import { readFileSync } from 'node:fs'
import { afterAll, expect } from 'vitest'
import {
  actionsFile,
  recordActions,
  type ActionsByPurpose,
} from '../../packages/storage-dynamodb/test/actions.ts'

const recorded = recordActions()
const listed = JSON.parse(readFileSync(actionsFile, 'utf8')) as ActionsByPurpose

afterAll(() => {
  for (const [purpose, actions] of Object.entries(recorded()))
    expect(
      listed[purpose as keyof ActionsByPurpose],
      `actions for ${purpose}; see permissions.test.ts`,
    ).toEqual(expect.arrayContaining(actions))
})
