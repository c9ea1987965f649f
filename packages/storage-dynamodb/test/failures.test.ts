import { FreedaError } from '@freeda/runtime/driver'
import { expect, it } from 'vitest'
import { failureOf } from '../src/failures.ts'

const throttled = new FreedaError('FREEDA_THROTTLED', { driver: 'dynamodb', reason: 'it left reads undone.' })
const conflict = new FreedaError('FREEDA_CONFLICT', { collection: 'notes', id: 'a' })
const outcome = { timeoutMs: 1000, isUnknown: false, lastFailure: throttled }

it('says that nothing happened only when no request of the call may have done it', () => {
  expect(failureOf(outcome, { isTimeOver: false })).toBe(throttled)
  expect(failureOf({ ...outcome, isUnknown: true }, { isTimeOver: false })).toMatchObject({
    code: 'FREEDA_TIMEOUT',
    cause: throttled,
  })
})

it('passes on a conflict, which was decided with a lost answer in mind', () => {
  const unknown = { ...outcome, isUnknown: true, lastFailure: conflict }
  expect(failureOf(unknown, { isTimeOver: false })).toBe(conflict)
})
