/** Concurrent histories on one store: each must be explained by some order of its calls. */
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { all, names, subjectOn, type Subject } from './collections.ts'
import { docOf, isLinearizable, type State } from './linearizable.ts'
import { programs, run, type ClientWrite, type Program, type Recorded } from './programs.ts'
import { reproduction, toSource } from './reproduction.ts'
import { startMs } from './steps.ts'
import type { OpenStore } from './stores.ts'

export interface ConcurrentSearch {
  readonly runs: number
  readonly seed?: number | undefined
  readonly clients?: number
  readonly steps?: number
  /** How often a program is run while it is shrunk: calls come in another order each time. */
  readonly repeats?: number
  readonly writes?: readonly ClientWrite['do'][]
  /** Default true. */
  readonly isShrinking?: boolean
  /** Called before each run; what it returns is called when the clients are done, before anything is read. */
  readonly disturb?: () => () => Promise<void>
}

/** What is wrong with a run of a program on a fresh store, as text. */
export async function contradictionOf(
  open: OpenStore,
  program: Program,
  disturb: ConcurrentSearch['disturb'] = () => async () => {},
): Promise<string | undefined> {
  const clock = () => startMs
  const store = await open(clock)
  try {
    const subjects = [subjectOn(store.driver, clock), subjectOn(await store.another(), clock)]
    const calm = disturb()
    const history = await run(subjects, program).finally(calm)
    const final = await readAll(subjects[0]!)
    const broken = await brokenIndex(subjects[0]!, final)
    if (broken !== undefined) return broken
    return isLinearizable(history, final) ? undefined : `no order explains\n${historyText(history, final)}`
  } finally {
    await store.remove()
  }
}

async function readAll(subject: Subject): Promise<State> {
  const documents = await Promise.all(
    names.map(async (name) =>
      (await all(subject[name].iterate())).map((each) => [`${name}/${each.id}`, docOf(each)!] as const),
    ),
  )
  return new Map(documents.flat())
}

/** Every index must have exactly the documents that there are. */
async function brokenIndex(subject: Subject, final: State): Promise<string | undefined> {
  for (const name of names) {
    const prefix = `${name}/`
    const there = [...final].filter(([place]) => place.startsWith(prefix))
    const query = { index: 'byGroup', partition: 'g' } as const
    const wrong = differs(
      'the index on the group',
      await all(subject[name].iterate(query)),
      there.map(([place]) => place.slice(prefix.length)),
    )
    if (wrong !== undefined) return wrong
  }
  const holders = [...final].filter(([place, { token }]) => place.startsWith('things/') && token === 't')
  const { items } = await subject.things.query({ index: 'byToken', partition: 't' })
  return differs(
    'the unique index',
    items,
    holders.map(([place]) => place.slice('things/'.length)),
  )
}

function differs(index: string, found: readonly { readonly id: string }[], wanted: readonly string[]) {
  const ids = toSource(found.map(({ id }) => id))
  return ids === toSource(wanted) ? undefined : `${index} has ${ids}, but should have ${toSource(wanted)}`
}

function historyText(history: readonly Recorded[], final: State): string {
  const lines = history
    .toSorted((a, b) => a.begun - b.begun)
    .map(
      ({ client, call, outcome, begun, ended }) =>
        `  client ${client}, ${begun}–${ended}: ${toSource(call)} → ${toSource(outcome)}`,
    )
  return [...lines, `  at the end: ${inspect(final, { depth: 5, breakLength: Infinity })}`].join('\n')
}

/** Looks for a program with a run that no order explains, and shrinks it. */
export async function searchConcurrent(
  open: OpenStore,
  { runs, seed, clients = 3, steps = 5, repeats = 1, writes, isShrinking = true, disturb }: ConcurrentSearch,
): Promise<{ readonly runs: number; readonly report: string; readonly calls: number } | undefined> {
  let hasFailed = false
  const property = fc.asyncProperty(
    programs({ clients, steps, ...(writes !== undefined && { writes }) }),
    async (program) => {
      for (let tried = 0; tried < (hasFailed ? repeats : 1); tried++) {
        const contradiction = await contradictionOf(open, program, disturb)
        if (contradiction === undefined) continue
        hasFailed = true
        throw new Error(contradiction)
      }
    },
  )
  const result = await fc.check(property, {
    numRuns: runs,
    endOnFailure: !isShrinking,
    ...(seed !== undefined && { seed }),
  })
  if (!result.failed) return undefined
  const [program = []] = result.counterexample ?? []
  const why =
    result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance)
  const report = reproduction({
    seed: result.seed,
    path: result.counterexamplePath,
    why,
    call: 'contradictionOf(store',
    steps: program,
  })
  return { runs: result.numRuns, report, calls: program.flat().length }
}
