/** Random worlds: instances with wrong clocks that die, stop, are paused and lose answers. */
import fc from 'fast-check'
import { schedule, type ScheduleOptions } from '../../src/index.ts'
import { slotsOf } from '../../src/schedules/slots.ts'
import { violations } from './check-world.ts'
import { name, simulate, type Instance } from './simulated-world.ts'

const second = 1_000
const minute = 60_000

const event = fc.record({
  afterMs: fc.integer({ min: 0, max: 40 * second }),
  kind: fc.constantFrom('kill', 'pause', 'stop', 'join'),
  /** Which of those that are up. */
  which: fc.nat(10),
  forMs: fc.integer({ min: 0, max: 60 * second }),
  skewMs: fc.integer({ min: -5 * minute, max: 5 * minute }),
})

export const anyWorld = fc.record({
  skews: fc.array(fc.integer({ min: -5 * minute, max: 5 * minute }), { minLength: 1, maxLength: 4 }),
  events: fc.array(event, { maxLength: 25 }),
  everyMs: fc.constantFrom(second, 7 * second, 30 * second),
  options: fc.record({
    overlap: fc.constantFrom('skip', 'wait'),
    missed: fc.constantFrom('report', 'once'),
    interrupted: fc.constantFrom('report', 'rerun'),
    leaseMs: fc.constantFrom(1_000, 6_000, 15_000),
    jitterMs: fc.constantFrom(0, 900),
  }),
  runMs: fc.constantFrom(0, 300, 5_000, 45_000),
  latencyMs: fc.constantFrom(0, 20, 400),
  lostAnswers: fc.constantFrom(0, 3, 20),
  lateWrites: fc.constantFrom(0, 2, 10),
  seed: fc.nat(2 ** 31),
})

export type AnyWorld = typeof anyWorld extends fc.Arbitrary<infer T> ? T : never

/** @returns what does not hold */
export async function live(given: AnyWorld): Promise<string[]> {
  const options = { everyMs: given.everyMs, timeLimitMs: 20 * second, ...given.options } as ScheduleOptions
  // All of them are looked at in the end.
  const definition = { ...schedule(options), keepRuns: 100_000 }
  const random = randomOf(given.seed)
  const world = simulate({
    definition,
    random,
    latencyMs: given.latencyMs,
    lostAnswers: given.lostAnswers,
    lateWrites: given.lateWrites,
    runMs: () => given.runMs * random(),
  })
  let count = 0
  const join = (skewMs: number) => world.start(`i${count++}`, skewMs)
  let up: Instance[] = given.skews.map(join)
  let firstMs: number | undefined
  const noteFirst = async () => void (firstMs ??= (await world.state())?.slot.getTime())
  await world.pass(2 * second)
  await noteFirst()
  for (const { afterMs, kind, which, forMs, skewMs } of given.events) {
    await world.pass(afterMs)
    await noteFirst()
    const one = up[which % Math.max(1, up.length)]
    if (kind === 'join') up.push(join(skewMs))
    else if (one !== undefined) {
      if (kind === 'kill') one.kill()
      if (kind === 'stop') void one.stop(forMs)
      if (kind === 'pause') {
        one.pause()
        await world.pass(forMs)
        one.resume()
      } else up = up.filter((other) => other !== one)
    }
  }
  // Whoever is left, and one more, settle what is open.
  join(0)
  await world.pass(12 * minute)
  const state = (await world.state())!
  const records = await world.records()
  const slots = slotsOf(name, definition)
  return violations({
    slots,
    fromMs: firstMs ?? state.slot.getTime(),
    toMs: settled(state.slot.getTime(), state.run?.slot.getTime(), state.owed?.slot.getTime()),
    begun: world.begun.filter(({ fence }) => fence !== state.run?.fence),
    records,
    committed: world.committed,
    attempts: definition.interrupted === 'rerun' ? 3 : 1,
  })
}

/** What runs or is owed at the end is not decided yet. */
const settled = (slotMs: number, ...open: (number | undefined)[]) =>
  Math.min(slotMs, ...open.flatMap((ms) => (ms === undefined ? [] : [ms - 1])))

/** Source: https://en.wikipedia.org/wiki/Xorshift#Example_implementation */
function randomOf(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
