import { expect, it } from 'vitest'
import { mergeDescending, take } from '../src/articles/take.ts'

async function* from<T>(values: readonly T[]) {
  yield* values
}

it('takes what is asked for and reads nothing behind it', async () => {
  let read = 0
  async function* endless() {
    for (;;) yield read++
  }
  expect(await take(endless(), 3, 2)).toEqual([3, 4])
  expect(read).toBe(5)
  expect(await take(from([1, 2]), 1, 5)).toEqual([2])
  expect(await take(from([1, 2]), 5, 5)).toEqual([])
})

it('merges any number of sorted sources as sorting them together would', async () => {
  for (let round = 0; round < 20; round++) {
    const sources = Array.from({ length: round * 7 }, () =>
      Array.from({ length: Math.floor(Math.random() * 6) }, () => Math.random().toString(36))
        .toSorted()
        .toReversed(),
    )
    const merged = mergeDescending(sources.map(from), (text) => text)
    expect(await take(merged, 0, 10_000)).toEqual(sources.flat().toSorted().toReversed())
  }
})
