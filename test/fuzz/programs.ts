/** What several clients do at once, and the record of how it went. */
import * as fc from 'fast-check'
import { isFreedaError, type Operation } from '@freeda/runtime'
import type { Name, Subject, Thing } from './collections.ts'

/** `seen`: the version of the document that the same client saw last, none when it saw none. */
type IfVersion = number | 'seen' | undefined

interface Target {
  readonly name: Name
  readonly id: string
}
export interface ClientWrite extends Target {
  readonly do: 'create' | 'put' | 'delete'
  readonly ifVersion?: IfVersion
  /** Of the unique index. */
  readonly token?: string | undefined
}
export type ClientStep =
  | ClientWrite
  | (Target & { readonly do: 'get' })
  | (Target & { readonly do: 'update' })
  | { readonly do: 'transact'; readonly writes: readonly ClientWrite[] }

/** One list of steps for each client. */
export type Program = readonly (readonly ClientStep[])[]

/** A write as it was made: with the version that it really expected, and a mark that no other write has. */
export interface MadeWrite extends Target {
  readonly do: ClientWrite['do']
  readonly expected: 'any' | 'absent' | number
  readonly token: string | undefined
  readonly mark: string
}

export type Call =
  | { readonly do: 'write'; readonly writes: readonly MadeWrite[] }
  | { readonly do: 'transact'; readonly writes: readonly MadeWrite[] }
  | (Target & { readonly do: 'get' })
  | (Target & { readonly do: 'update'; readonly mark: string })

export type Outcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | {
      readonly kind: 'conflict'
      readonly operation: number
      readonly currentVersion: number | undefined
      readonly index: string | undefined
    }
  | { readonly kind: 'not-found' }
  /** The call said that nothing happened. */
  | { readonly kind: 'nothing'; readonly code: string }
  /** The call said that nobody knows. */
  | { readonly kind: 'unknown' }

/** One call with the moments of its beginning and its end, which order calls that did not overlap. */
export interface Recorded {
  readonly client: number
  readonly call: Call
  readonly outcome: Outcome
  readonly begun: number
  readonly ended: number
}

const target = { name: fc.constantFrom<Name[]>('things', 'plain'), id: fc.constantFrom('a', 'a', 'b') }
const token = fc.constantFrom('t', 't', undefined)
const write = (kinds: readonly ClientWrite['do'][]): fc.Arbitrary<ClientWrite> =>
  fc.record({
    do: fc.constantFrom(...kinds),
    ...target,
    token,
    ifVersion: fc.constantFrom<IfVersion[]>(undefined, undefined, 'seen', 1, 2),
  })
const placeOf = ({ name, id }: Target) => `${name}/${id}`

/** @param writes which kinds there are; deletions leave no trace of themselves, which tests of lost answers must know. */
export function programs({
  clients,
  steps,
  writes = ['create', 'put', 'delete'],
}: {
  clients: number
  steps: number
  writes?: readonly ClientWrite['do'][]
}): fc.Arbitrary<Program> {
  const one = write(writes)
  const step: fc.Arbitrary<ClientStep> = fc.oneof(
    { weight: 4, arbitrary: one },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('update' as const), ...target }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('get' as const), ...target }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('transact' as const),
        writes: fc.uniqueArray(one, { minLength: 2, maxLength: 3, selector: placeOf }),
      }),
    },
  )
  const client = fc.array(step, { minLength: 1, maxLength: steps, size: 'max' })
  return fc.array(client, { minLength: 2, maxLength: clients, size: 'max' })
}

const valueOf = ({ token, mark }: MadeWrite): Thing => ({ group: 'g', rank: 1, token, extra: [mark] })

/** Runs every client at once, each on one of the subjects, and records what they saw. */
export async function run(subjects: readonly Subject[], program: Program): Promise<Recorded[]> {
  const history: Recorded[] = []
  let moment = 0
  let marks = 0
  const runClient = async (steps: readonly ClientStep[], client: number) => {
    const subject = subjects[client % subjects.length]!
    const seenVersions = new Map<string, number>()
    const made = (write: ClientWrite): MadeWrite => {
      const { do: kind, name, id, token } = write
      const wanted = write.ifVersion === 'seen' ? seenVersions.get(placeOf(write)) : write.ifVersion
      const expected = kind === 'create' ? 'absent' : (wanted ?? 'any')
      return { do: kind, name, id, token, expected, mark: `c${client}w${marks++}` }
    }
    for (const step of steps) {
      const call = callOf(step, made, () => `c${client}w${marks++}`)
      const begun = moment++
      const outcome = await outcomeOf(() => perform(subject, call))
      history.push({ client, call, outcome, begun, ended: moment++ })
      if (outcome.kind === 'done' && call.do !== 'transact') {
        const { version } = (outcome.result ?? {}) as { version?: number }
        if (version !== undefined)
          seenVersions.set(placeOf(call.do === 'write' ? call.writes[0]! : call), version)
      }
    }
  }
  await Promise.all(program.map(runClient))
  return history
}

function callOf(step: ClientStep, made: (write: ClientWrite) => MadeWrite, mark: () => string): Call {
  switch (step.do) {
    case 'get':
      return { do: 'get', name: step.name, id: step.id }
    case 'update':
      return { do: 'update', name: step.name, id: step.id, mark: mark() }
    case 'transact':
      return { do: 'transact', writes: step.writes.map(made) }
    default:
      return { do: 'write', writes: [made(step)] }
  }
}

async function perform(subject: Subject, call: Call): Promise<unknown> {
  if (call.do === 'get') return subject[call.name].get(call.id)
  if (call.do === 'update')
    return subject[call.name].update(call.id, ({ id: _, version: __, ...current }) => ({
      ...current,
      extra: [...(current.extra as string[]), call.mark],
    }))
  if (call.do === 'transact')
    return subject.storage.transact(call.writes.map((each) => operationOf(subject, each)))
  const [write] = call.writes
  const { name, id, expected } = write!
  const ifVersion = typeof expected === 'number' ? expected : undefined
  if (write!.do === 'create') return subject[name].create(valueOf(write!), { id })
  if (write!.do === 'put') return subject[name].put(id, valueOf(write!), { ifVersion })
  return subject[name].delete(id, { ifVersion })
}

function operationOf(subject: Subject, write: MadeWrite): Operation {
  const { name, id, expected } = write
  const { op } = subject[name]
  const ifVersion = typeof expected === 'number' ? expected : undefined
  if (write.do === 'create') return op.create(valueOf(write), { id })
  return write.do === 'put' ? op.put(id, valueOf(write), { ifVersion }) : op.delete(id, { ifVersion })
}

async function outcomeOf(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { kind: 'done', result: await work() }
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_CONFLICT')) {
      const { operation = 0, currentVersion, index } = error.data
      return { kind: 'conflict', operation, currentVersion, index }
    }
    if (isFreedaError(error, 'FREEDA_NOT_FOUND')) return { kind: 'not-found' }
    if (isFreedaError(error, 'FREEDA_TIMEOUT')) return { kind: 'unknown' }
    if (isFreedaError(error, 'FREEDA_THROTTLED') || isFreedaError(error, 'FREEDA_UNAVAILABLE'))
      return { kind: 'nothing', code: error.code }
    throw error
  }
}
