/**
 * Tells whether a concurrent history can be explained: whether there is an order of its calls, one after the other, that
 * gives every caller what it saw, and in which no call comes before one that had ended when it began. Lost and doubled
 * writes, torn transactions, stale reads, two winners and two holders of a unique value have no such order.
 * After Wing & Gong, with Lowe's memo of configurations. Source: https://www.cs.ox.ac.uk/people/gavin.lowe/LinearizabiltyTesting/paper.pdf
 */
import { isDeepStrictEqual } from 'node:util'
import type { Call, MadeWrite, Outcome, Recorded } from './programs.ts'

interface Doc {
  readonly version: number
  readonly token: string | undefined
  readonly marks: readonly string[]
}
/** By `name/id`. */
export type State = ReadonlyMap<string, Doc>

const placeOf = ({ name, id }: { readonly name: string; readonly id: string }) => `${name}/${id}`

/**
 * @param final what was read when everything was over, by `name/id`.
 * @returns whether there is such an order.
 */
export function isLinearizable(history: readonly Recorded[], final: State): boolean {
  const known = history.map(({ outcome }) => outcome.kind !== 'unknown')
  const everyKnown = known.reduce((mask, isKnown, at) => (isKnown ? mask | (1n << BigInt(at)) : mask), 0n)
  const tried = new Set<string>()

  const search = (done: bigint, state: State): boolean => {
    if ((done & everyKnown) === everyKnown && isSame(state, final)) return true
    const key = `${done} ${textOf(state)}`
    if (tried.has(key)) return false
    tried.add(key)
    const isDone = (at: number) => (done & (1n << BigInt(at))) !== 0n
    // Of what is not done, nothing may come after the first end.
    const firstEnd = Math.min(
      ...history.map(({ ended }, at) => (isDone(at) || !known[at] ? Infinity : ended)),
    )
    return history.some(({ call, outcome, begun }, at) => {
      if (isDone(at) || begun > firstEnd) return false
      const next = after(state, call, outcome)
      return next !== undefined && search(done | (1n << BigInt(at)), next)
    })
  }
  return search(0n, new Map())
}

const textOf = (state: State) => JSON.stringify([...state].toSorted(([a], [b]) => (a < b ? -1 : 1)))

const isSame = (state: State, final: State) => textOf(state) === textOf(final)

/** The state after a call, or undefined when it cannot have had this outcome in `state`. */
function after(state: State, call: Call, outcome: Outcome): State | undefined {
  if (outcome.kind === 'nothing') return state
  if (call.do === 'get')
    return outcome.kind === 'unknown' || shows(outcome, state.get(placeOf(call))) ? state : undefined
  if (call.do === 'update') return afterUpdate(state, call, outcome)
  if (outcome.kind === 'conflict') return refuses(state, call.writes, outcome) ? state : undefined
  const next = committed(state, call.writes)
  if (outcome.kind === 'unknown') return next
  if (next === undefined || outcome.kind !== 'done') return undefined
  if (call.do === 'transact') return next
  const [write] = call.writes
  const place = placeOf(write!)
  const isRight =
    write!.do === 'delete' ? outcome.result === state.has(place) : shows(outcome, next.get(place))
  return isRight ? next : undefined
}

function shows(outcome: Outcome, doc: Doc | undefined): boolean {
  return outcome.kind === 'done' && isDeepStrictEqual(docOf(outcome.result), doc)
}

/** A document as a caller got it. */
export function docOf(result: unknown): Doc | undefined {
  if (result === undefined) return undefined
  const { version, token, extra } = result as { version: number; token?: string; extra: string[] }
  return { version, token, marks: extra }
}

function afterUpdate(
  state: State,
  call: Extract<Call, { do: 'update' }>,
  outcome: Outcome,
): State | undefined {
  const place = placeOf(call)
  const current = state.get(place)
  // Others came between, again and again: nothing happened.
  if (outcome.kind === 'conflict') return state
  if (outcome.kind === 'not-found') return current === undefined ? state : undefined
  if (current === undefined) return undefined
  const next = { ...current, version: current.version + 1, marks: [...current.marks, call.mark] }
  if (outcome.kind === 'done' && !shows(outcome, next)) return undefined
  return new Map(state).set(place, next)
}

const holds = ({ expected }: MadeWrite, current: Doc | undefined) =>
  expected === 'any' || (expected === 'absent' ? current === undefined : current?.version === expected)

/** All writes on the state before all of them; undefined when one is refused. */
function committed(state: State, writes: readonly MadeWrite[]): State | undefined {
  const next = new Map(state)
  for (const write of writes) {
    const place = placeOf(write)
    const current = state.get(place)
    if (!holds(write, current)) return undefined
    if (write.do === 'delete') next.delete(place)
    else next.set(place, { version: (current?.version ?? 0) + 1, token: write.token, marks: [write.mark] })
  }
  const tokens = [...next].flatMap(([place, { token }]) =>
    place.startsWith('things/') && token !== undefined ? [token] : [],
  )
  return new Set(tokens).size === tokens.length ? next : undefined
}

/**
 * Tells whether the action that a refusal names does not hold in `state`. Of the others nothing is asked: a driver may
 * have read each document of a transaction at another moment.
 */
function refuses(
  state: State,
  writes: readonly MadeWrite[],
  { operation, currentVersion, index }: Extract<Outcome, { kind: 'conflict' }>,
): boolean {
  const write = writes[operation]
  if (write === undefined) return false
  const current = state.get(placeOf(write))
  if (index === undefined) return !holds(write, current) && current?.version === currentVersion
  if (write.token === undefined || write.name !== 'things') return false
  const isHeld = [...state].some(
    ([place, { token }]) => place.startsWith('things/') && place !== placeOf(write) && token === write.token,
  )
  const isTaken = writes
    .slice(0, operation)
    .some((each) => each.name === 'things' && each.token === write.token)
  return isHeld || isTaken
}
