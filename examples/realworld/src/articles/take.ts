/** Parts of what is iterated. */

/** `count` values after the first `skip`; asks for no more. */
export async function take<T>(values: AsyncIterable<T>, skip: number, count: number): Promise<T[]> {
  const taken: T[] = []
  let at = 0
  for await (const value of values) {
    if (at++ >= skip) taken.push(value)
    if (taken.length === count) break
  }
  return taken
}

/** Values that come sorted, in one sorted sequence; `rank` of text, the greatest first. */
export async function* mergeDescending<T>(
  sources: readonly AsyncIterable<T>[],
  rank: (value: T) => string,
): AsyncGenerator<T> {
  interface Head {
    readonly value: T
    readonly from: AsyncIterator<T>
  }
  const heads: Head[] = []
  const insert = (head: Head) => {
    let low = 0
    let high = heads.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (rank(heads[middle]!.value) < rank(head.value)) low = middle + 1
      else high = middle
    }
    heads.splice(low, 0, head)
  }
  const advance = async (from: AsyncIterator<T>) => {
    const { done, value } = await from.next()
    if (done !== true) insert({ value, from })
  }

  const iterators = sources.map((source) => source[Symbol.asyncIterator]())
  for (let i = 0; i < iterators.length; i += startedAtOnce)
    await Promise.all(iterators.slice(i, i + startedAtOnce).map(advance))
  for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
    yield head.value
    await advance(head.from)
  }
}

/** How many sources are asked for their first value together. */
const startedAtOnce = 50
