/** The steps of a history, and how they are made at random. */
import * as fc from 'fast-check'
import { isFreedaError } from '@freeda/runtime'
import { all, names, type Name, type Subject, type Thing } from './collections.ts'

type IfVersion = number | undefined
type Order = 'asc' | 'desc'

export type Write =
  | { readonly do: 'create'; readonly name: Name; readonly id: string; readonly value: Thing }
  | {
      readonly do: 'put'
      readonly name: Name
      readonly id: string
      readonly value: Thing
      readonly ifVersion?: IfVersion
    }
  | { readonly do: 'delete'; readonly name: Name; readonly id: string; readonly ifVersion?: IfVersion }

export type Step =
  | Write
  | {
      readonly do: 'transact'
      readonly writes: readonly Write[]
      /** A check of one more document, at the end. */
      readonly check?: { readonly name: Name; readonly id: string; readonly exists: boolean } | undefined
    }
  | { readonly do: 'update'; readonly name: Name; readonly id: string; readonly value: Thing }
  | { readonly do: 'getMany'; readonly name: Name; readonly ids: readonly string[] }
  | {
      readonly do: 'list'
      readonly name: Name
      readonly limit: number
      readonly order: Order
      readonly prefix?: string | undefined
    }
  | {
      readonly do: 'byGroup'
      readonly name: Name
      readonly group: string
      readonly range?: { gt?: number; gte?: number; lt?: number | bigint; lte?: number | bigint } | undefined
      readonly limit: number
      readonly order: Order
    }
  | {
      readonly do: 'byLabel'
      readonly name: Name
      readonly group: string
      readonly prefix: string
      readonly limit: number
      readonly order: Order
    }
  | { readonly do: 'byToken'; readonly token: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'export' }
  | { readonly do: 'reopen' }

/** In the future, so that no store removes by its own clock what lives by this one. */
export const startMs = Date.UTC(2100, 0, 1)

const name = fc.constantFrom(...names)
const id = fc.constantFrom('a', 'a', 'b', 'aa', 'a\u0000', '\ue000', '😀')
const groups = ['x', 'x\u0000', 'y', ''] as const
const labels = ['', 'a', 'ab', 'ab\u0000', 'b', '\uffff', '😀'] as const
const value: fc.Arbitrary<Thing> = fc.record({
  group: fc.constantFrom(...groups, null, undefined),
  rank: fc.constantFrom<(number | bigint | undefined)[]>(
    0,
    -1,
    1,
    1,
    1.5,
    5e-324,
    1e300,
    -1e300,
    2n ** 70n,
    1e21,
    undefined,
  ),
  label: fc.constantFrom(...labels, undefined),
  token: fc.constantFrom('t', 't', 'u', null, undefined),
  ends: fc.constantFrom(undefined, undefined, new Date(startMs + 5000), new Date(startMs + 20_000)),
  extra: fc.constantFrom<unknown[]>(
    undefined,
    null,
    '',
    [],
    {},
    { '': 1 },
    { constructor: { name: 'Set' } },
    1e-200,
    0.1 + 0.2,
    { '\u0001': new Uint8Array([0, 255]) },
  ),
})
const ifVersion = fc.constantFrom(undefined, undefined, 1, 2, 3)
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ do: fc.constant('create' as const), name, id, value }),
  fc.record({ do: fc.constant('put' as const), name, id, value, ifVersion }),
  fc.record({ do: fc.constant('delete' as const), name, id, ifVersion }),
)
const limit = fc.constantFrom(1, 1, 2, 100)
const order = fc.constantFrom<Order[]>('asc', 'desc')
const bound = fc.constantFrom(-1e300, 0, -1, 1.5, 1e300)
const range = fc.oneof(
  fc.constant(undefined),
  fc.record({ gt: bound }),
  fc.record({ gte: bound, lt: fc.oneof(bound, fc.constant(2n ** 70n)) }),
  fc.record({ lte: bound }),
)
const group = fc.constantFrom(...groups)
const transact = fc
  .record({
    do: fc.constant('transact' as const),
    writes: fc.uniqueArray(write, {
      minLength: 1,
      maxLength: 4,
      selector: (each) => `${each.name}/${each.id}`,
    }),
    check: fc.option(fc.record({ name, id, exists: fc.boolean() }), { nil: undefined }),
  })
  .map(({ check, ...rest }) => {
    const isTwice = rest.writes.some((each) => each.name === check?.name && each.id === check.id)
    return { ...rest, check: isTwice ? undefined : check }
  })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: write },
  { weight: 3, arbitrary: transact },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('update' as const), name, id, value }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('getMany' as const), name, ids: fc.array(id, { maxLength: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      name,
      limit,
      order,
      prefix: fc.constantFrom(undefined, undefined, 'a', 'a\u0000'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('byGroup' as const), name, group, range, limit, order }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('byLabel' as const),
      name,
      group,
      prefix: fc.constantFrom('', 'a', 'ab'),
      limit,
      order,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('byToken' as const), token: fc.constantFrom('t', 'u', 'v') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1000, 5000, 16_000) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'export' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
)

/** @param maxLength steps of the longest. */
export const histories = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: 1, maxLength, size: 'max' })

/** What a caller sees of one step: its result, or the error with its data. */
export async function seen(subject: Subject, step: Step): Promise<unknown> {
  try {
    return await perform(subject, step)
  } catch (error) {
    if (isFreedaError(error)) return { code: error.code, data: error.data }
    throw error
  }
}

async function perform(subject: Subject, step: Step): Promise<unknown> {
  switch (step.do) {
    case 'create':
      return subject[step.name].create(step.value, { id: step.id })
    case 'put':
      return subject[step.name].put(step.id, step.value, { ifVersion: step.ifVersion })
    case 'delete':
      return subject[step.name].delete(step.id, { ifVersion: step.ifVersion })
    case 'update':
      return subject[step.name].update(step.id, () => step.value)
    case 'transact':
      return transactSteps(subject, step)
    case 'getMany':
      return subject[step.name].getMany(step.ids)
    case 'wait':
    case 'reopen':
      return undefined
    case 'export': {
      const documents = await all(subject.storage.export())
      const place = (each: (typeof documents)[number]) => `${each.collection}/${each.id}`
      return documents.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
    }
    default:
      return find(subject, step)
  }
}

export const operationOf = (subject: Subject, write: Write) => {
  const { op } = subject[write.name]
  if (write.do === 'create') return op.create(write.value, { id: write.id })
  if (write.do === 'put') return op.put(write.id, write.value, { ifVersion: write.ifVersion })
  return op.delete(write.id, { ifVersion: write.ifVersion })
}

function transactSteps(
  subject: Subject,
  { writes, check }: Extract<Step, { do: 'transact' }>,
): Promise<void> {
  const operations = writes.map((each) => operationOf(subject, each))
  if (check !== undefined) operations.push(subject[check.name].op.check(check.id, { exists: check.exists }))
  return subject.storage.transact(operations)
}

/** A first page with its cursor, and everything from page to page. */
async function find(
  subject: Subject,
  step: Extract<Step, { do: 'list' | 'byGroup' | 'byLabel' | 'byToken' }>,
): Promise<unknown> {
  if (step.do === 'byToken') return subject.things.query({ index: 'byToken', partition: step.token })
  const { limit, order } = step
  const query =
    step.do === 'list'
      ? { range: step.prefix === undefined ? undefined : { prefix: step.prefix }, limit, order }
      : step.do === 'byGroup'
        ? ({ index: 'byGroup', partition: step.group, range: step.range, limit, order } as const)
        : ({ index: 'byLabel', partition: step.group, range: { prefix: step.prefix }, limit, order } as const)
  const { items, cursor } = await subject[step.name].query(query)
  return { items, cursor, all: await walked(subject[step.name].iterate(query)) }
}

/** More than any history makes: a driver whose cursors never come to an end is found out, not followed. */
const manyItems = 200

async function walked<T>(items: AsyncIterable<T>): Promise<T[] | string> {
  const list: T[] = []
  for await (const item of items) {
    if (list.length === manyItems) return 'has no end'
    list.push(item)
  }
  return list
}
