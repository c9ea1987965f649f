import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isFreedaError } from '../../src/errors.ts'
import { collection, type DriverQuery } from '../../src/storage.ts'
import { collectionInfo } from '../../src/storage/collection-info.ts'
import { afterCursor, encodeCursor } from '../../src/storage/cursor.ts'
import { compareKeys, encodeKey } from '../../src/storage/keys.ts'
import { planQuery } from '../../src/storage/query.ts'

const schema = z.object({ status: z.string(), rank: z.number() })
const definition = collection(schema, {
  name: 'docs',
  indexes: { byStatus: { partition: 'status', sort: 'rank' } },
})
const info = collectionInfo(definition)
const query = (order: 'asc' | 'desc'): DriverQuery =>
  planQuery(info, { index: 'byStatus', partition: 'open', range: { gte: 10, lt: 20 }, order } as never).whole

/** What an attacker who knows the code can make: a cursor with a correct fingerprint at any position. */
const forge = (whole: DriverQuery, position: string) => encodeCursor(whole, position)

describe('cursors', () => {
  it('start after their position, whichever way the query goes', () => {
    const position = encodeKey(15) + encodeKey('x')
    const up = afterCursor(query('asc'), forge(query('asc'), position))
    expect(compareKeys(up.from!, position)).toBe(1)
    expect(compareKeys(up.from!, encodeKey(15) + encodeKey('x\0'))).toBe(-1)
    expect(up.to).toBe(query('asc').to)
    const down = afterCursor(query('desc'), forge(query('desc'), position))
    expect(down).toEqual({ ...query('desc'), to: position })
  })

  it('cannot be forged out of the range or the partition of the query', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('asc' as const, 'desc' as const),
        (position, order) => {
          const whole = query(order)
          try {
            const after = afterCursor(whole, forge(whole, position))
            expect(after.index).toEqual(whole.index)
            expect(compareKeys(after.from!, whole.from!)).toBeGreaterThanOrEqual(0)
            expect(compareKeys(after.to!, whole.to!)).toBeLessThanOrEqual(0)
          } catch (error) {
            if (!isFreedaError(error, 'FREEDA_QUERY')) throw error
          }
        },
      ),
      { numRuns: 2000 },
    )
    for (const position of [
      '',
      '\0',
      encodeKey(20),
      encodeKey(9.99),
      `${encodeKey(15)}\0`,
      'n250215'.padEnd(1100, '5'),
    ])
      expect(() => afterCursor(query('asc'), forge(query('asc'), position))).toThrow('damaged')
  })

  it('never bring ill-formed text to a driver', () => {
    const bytes = Buffer.concat([Buffer.from(encodeKey(15)), Buffer.from([0xed, 0xa0, 0x80])])
    const fingerprint = Buffer.from(forge(query('asc'), bytes.toString()), 'base64url').subarray(0, 9)
    const forged = Buffer.concat([fingerprint, bytes]).toString('base64url')
    expect(afterCursor(query('asc'), forged).from?.isWellFormed()).toBe(true)
  })

  it('are short', () => {
    expect(
      forge(query('asc'), encodeKey(15) + encodeKey('01234567-89ab-7cde-8f01-23456789abcd')).length,
    ).toBeLessThan(90)
  })
})

describe('a planned query', () => {
  it('asks nothing of the driver when its range is empty', () => {
    for (const range of [
      { gt: 5, lt: 5 },
      { gte: 9, lte: 8 },
      { gt: 5, lte: 5 },
    ])
      expect(planQuery(info, { index: 'byStatus', partition: 'open', range } as never).ask).toBeUndefined()
    const one = planQuery(info, { index: 'byStatus', partition: 'open', range: { gte: 5, lte: 5 } } as never)
    expect(one.ask).toBeDefined()
  })
})
