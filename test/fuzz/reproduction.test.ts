import { runInThisContext } from 'node:vm'
import { expect, it } from 'vitest'
import { reproduction, toSource } from './reproduction.ts'

const steps = [
  { do: 'put', id: 'a\u0000"', value: { rank: 2n ** 70n, ends: new Date(5), '': 5e-324, gone: undefined } },
  { do: 'create', id: '\ue000😀', value: { extra: [null, new Uint8Array([0, 255]), { '\u0001': true }] } },
]

it('prints values as source that makes them again', () => {
  expect(runInThisContext(toSource(steps))).toEqual(steps)
})

it('prints a history with its seed as a test that can be pasted', async () => {
  const text = reproduction({ seed: 7, path: '0:1', why: 'it differs', call: 'differenceOf(stores', steps })
  expect(text).toContain('seed 7, path 0:1\nit differs')
  const calls: unknown[][] = []
  const pasted = runInThisContext(
    `(it, expect, differenceOf, stores) => ${text.slice(text.indexOf("it('"))}`,
  ) as (...names: unknown[]) => Promise<void>
  const it = (_: string, test: () => Promise<void>) => test()
  await pasted(it, expect, async (...args: unknown[]) => void calls.push(args), 'the stores')
  expect(calls).toEqual([['the stores', steps]])
})
