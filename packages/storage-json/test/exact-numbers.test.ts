import fc from 'fast-check'
import { expect, it } from 'vitest'
import { firstInexactNumber } from '../src/exact-numbers.ts'

it('lets everything pass that JSON.stringify wrote, in any spelling of its numbers', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => firstInexactNumber(JSON.stringify(value)) === undefined))
  for (const same of [
    '0.10',
    '1.50e3',
    '1E+3',
    '-0',
    '0e9',
    '100000000000000000000',
    '5e-324',
    '"12345678901234567890"',
  ])
    expect(firstInexactNumber(`[${same}]`)).toBeUndefined()
})

it.each(['12345678901234567890', '9007199254740993', '0.1000000000000000055', '1e400', '-1e-400'])(
  'finds %s, with its line',
  (number) => expect(firstInexactNumber(`{"a \\" 1": 1,\n"b": ${number}}`)).toEqual({ number, line: 2 }),
)
