import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { objectEntries, ObjectFault } from '../../src/migration/object-entries.ts'
import { temporaryFolder } from '../temporary-folder.ts'

async function entriesOf(file: string, text: string) {
  writeFileSync(file, text)
  const entries: [string, unknown][] = []
  for await (const { key, value } of objectEntries(file)) entries.push([key, value])
  return entries
}

it('gives the members of any object in their order', async () => {
  const file = join(await temporaryFolder(), 'object.json')
  const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(object, fc.nat(3), async (value, indent) => {
      // Ill-formed text does not survive a file of UTF-8.
      const text = JSON.stringify(value, undefined, indent).toWellFormed()
      expect(await entriesOf(file, text)).toEqual(Object.entries(JSON.parse(text) as object))
    }),
    { numRuns: 100 },
  )
})

it('reads a file that is larger than what it reads at a time, cut anywhere', async () => {
  const file = join(await temporaryFolder(), 'object.json')
  const object = Object.fromEntries(
    Array.from({ length: 3000 }, (_, n) => [`é${n}`, { text: `"${'\\é💡'.repeat(n % 60)}"` }]),
  )
  expect(await entriesOf(file, JSON.stringify(object))).toEqual(Object.entries(object))
})

it('gives both members of one name, and one that is named like a prototype', async () => {
  const file = join(await temporaryFolder(), 'object.json')
  expect(await entriesOf(file, '\uFEFF{"a":1,"a":2,"__proto__":{"x":1}}')).toEqual([
    ['a', 1],
    ['a', 2],
    ['__proto__', { x: 1 }],
  ])
})

it('says what is wrong with a file and where', async () => {
  const file = join(await temporaryFolder(), 'object.json')
  for (const [text, message] of [
    ['', 'ends, at byte 0'],
    ['[]', 'not an object'],
    ['"x"', 'not an object'],
    ['{"a":1', 'ends, at byte 6'],
    ['{"a":"1}', 'ends, at byte 8'],
    ['{"a":1} 2', 'something after the object, at byte 8'],
    ['{"a":1,,"b":2}', 'a member is missing before byte 7'],
    ['{"a":1,}', 'a member is missing before byte 7'],
    ['{"a":1]', 'there is a "]"'],
    ['{"a":tru}', 'the member at byte 1 is not valid JSON'],
    ['{1}', 'the member at byte 1 is not valid JSON'],
    [`{"a":"${'x'.repeat(17 * 1024 * 1024)}"}`, 'has more than 16777216 bytes'],
  ] as const) {
    const failure = await entriesOf(file, text).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ObjectFault)
    expect((failure as Error).message).toContain(message)
  }
})
