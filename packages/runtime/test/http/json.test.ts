import { describe, expect, it } from 'vitest'
import { isFreedaError } from '../../src/errors.ts'
import { findJsonFault } from '../../src/exchange/json-fault.ts'
import { maxJsonDepth, parseJson } from '../../src/exchange/json.ts'

const reason = (text: string): string => {
  try {
    parseJson(text)
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_BODY_MALFORMED')) return error.data.reason
    throw error
  }
  return 'none'
}
const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth)

describe('parsing JSON', () => {
  it('gives what JSON.parse gives', () => {
    for (const text of ['{"a":[1,2.5e3,"x",null,true]}', '"text"', '0', ' [ ] ', '{"a":"}{][\\"\\\\"}'])
      expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it('skips a byte order mark', () => {
    expect(parseJson('\ufeff{"a":1}')).toEqual({ a: 1 })
  })

  it.each(['', ' \n\t', '\ufeff'])('calls %j empty', (text) => {
    expect(reason(text)).toBe('it is empty.')
  })

  it.each([
    ['{"a": x}', 'position 6 (line 1, column 7)'],
    ['{\n  "a": 1,\n  "b" 2\n}', 'position 18 (line 3, column 7)'],
    ['[1, 2,]', 'position 6'],
    ['{"a":1,}', 'position 7'],
    ['{a:1}', 'position 1'],
    ["{'a':1}", 'position 1'],
    ['[01]', 'position 2'],
    ['["\\x"]', 'position 2'],
    ['["a\nb"]', 'position 3'],
    ['[1] 2', 'position 4'],
    ['nul', 'position 0'],
    ['NaN', 'position 0'],
    ['{"a":1]', 'position 6'],
  ])('says where %j goes wrong', (text, where) => {
    expect(reason(text)).toContain(where)
  })

  it.each(['{"a":1', '["abc', '[1,', '{"a"', '['])('says that %j ends too early', (text) => {
    expect(reason(text)).toContain('it ends too early')
  })

  it('never repeats content', () => {
    for (const text of ['{"password": hunter2}', '{"password":"hunter2"', '{"hunter2":1,}', 'hunter2'])
      expect(reason(text)).not.toContain('hunter2')
  })

  it('finds a fault wherever JSON.parse does, and only there', () => {
    const alphabet = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '.',
      'e',
      'true',
      ' ',
      '\\',
      '"',
      '\u0001',
      '0',
    ]
    let seed = 7
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from({ length: 1 + random(7) }, () => alphabet[random(alphabet.length)]).join('')
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      expect(findJsonFault(text) === undefined, JSON.stringify(text)).toBe(valid)
    }
  })

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":[{"__proto__":1}]}',
    '{"\\u005f_proto__":1}',
    '{"constructor":{"prototype":{"admin":true}}}',
  ])('refuses %s', (text) => {
    expect(reason(text)).toContain('__proto__')
  })

  it('accepts these words where they are harmless', () => {
    expect(parseJson('{"constructor":"Tata","note":"__proto__: x"}')).toEqual({
      constructor: 'Tata',
      note: '__proto__: x',
    })
  })

  it('accepts the deepest allowed nesting and refuses the next', () => {
    expect(reason(nested(maxJsonDepth))).toBe('none')
    expect(reason(nested(maxJsonDepth + 1))).toContain('deeper than 100')
    expect(reason(nested(maxJsonDepth + 1, '{"a":', '}'))).toContain('deeper than 100')
  })

  it('does not count brackets in strings, nor siblings', () => {
    expect(reason(JSON.stringify('['.repeat(10_000)))).toBe('none')
    expect(reason(JSON.stringify(`\\"${'{"['.repeat(1_000)}`))).toBe('none')
    expect(reason(`[${'[],'.repeat(10_000)}1]`)).toBe('none')
  })

  it('survives a million brackets, whole or cut', () => {
    expect(reason(nested(1_000_000))).toContain('deeper')
    expect(reason('['.repeat(1_000_000))).toContain('deeper')
    expect(reason('[}'.repeat(500_000))).toContain('position 1 ')
  })

  it('finds a fault behind a string of a mebibyte', () => {
    expect(reason(`["${'\\n'.repeat(524_288)}" x]`)).toContain(`position ${1_048_576 + 4}`)
  })
})
