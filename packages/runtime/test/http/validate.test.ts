import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, it } from 'vitest'
import { isFreedaError } from '../../src/errors.ts'
import { validate } from '../../src/validate.ts'

type Outcome = StandardSchemaV1.Result<unknown>
const schema = (outcome: Outcome | Promise<Outcome>): StandardSchemaV1 => ({
  '~standard': { version: 1, vendor: 'test', validate: () => outcome },
})
const paths = (...path: (PropertyKey | { key: PropertyKey })[]) => {
  try {
    void validate(schema({ issues: [{ message: 'no', path }] }), 1, 'It', '')
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_VALIDATION')) return error.data.errors[0]?.path
    throw error
  }
  return undefined
}

describe('validation', () => {
  it('is synchronous with a synchronous schema', () => {
    expect(validate(schema({ value: 5 }), 1, 'It')).toBe(5)
  })

  it('waits for an asynchronous schema', async () => {
    expect(await validate(schema(Promise.resolve({ value: 5 })), 1, 'It')).toBe(5)
    await expect(
      validate(schema(Promise.resolve({ issues: [{ message: 'no' }] })), 1, 'It'),
    ).rejects.toMatchObject({
      code: 'FREEDA_VALIDATION',
      message: 'It is not valid: no',
    })
  })

  it('writes paths as one would in code', () => {
    expect(paths('a', 'b', 0, { key: 'c' }, 'odd key', '1')).toBe('a.b[0].c["odd key"]["1"]')
    expect(paths(0)).toBe('[0]')
    expect(paths()).toBe('')
  })
})
