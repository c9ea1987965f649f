import { describe, expect, it } from 'vitest'
import { schedule, type ScheduleOptions } from '../../src/index.ts'
import { simulate, type SimulatedOptions } from './simulated-world.ts'

const second = 1_000
const minute = 60_000

const world = (options: Partial<ScheduleOptions> = {}, more: Partial<SimulatedOptions> = {}) =>
  simulate({
    definition: schedule({ everyMs: minute, leaseMs: 15 * second, ...options } as ScheduleOptions),
    random: () => 0.5,
    ...more,
  })

const outcomes = (records: readonly { outcome: string; slot: Date; slots: number }[]) =>
  records
    .toReversed()
    .map(({ outcome, slot, slots }) => `${outcome} ${slot.toISOString().slice(11, 19)} ${slots}`)

describe('instances that share a schedule', () => {
  it('run each slot once', async () => {
    const { start, pass, begun, records } = world()
    for (const id of ['a', 'b', 'c']) start(id)
    await pass(5 * minute + second)
    expect(outcomes(await records())).toEqual([
      'ok 12:01:00 1',
      'ok 12:02:00 1',
      'ok 12:03:00 1',
      'ok 12:04:00 1',
      'ok 12:05:00 1',
    ])
    expect(begun.map(({ fence }) => fence)).toEqual([1, 2, 3, 4, 5])
  })

  it('take over the run of one that died, and report it', async () => {
    const { start, pass, begun, records, nowMs } = world({}, { runMs: () => 40 * second })
    const instances = new Map(['a', 'b'].map((id) => [id, start(id)]))
    await pass(70 * second)
    const { instance } = begun[0]!
    instances.get(instance)!.kill()
    await pass(22 * second)
    const [interrupted] = await records()
    expect(interrupted).toMatchObject({
      outcome: 'interrupted',
      instance,
      error: `Nothing was heard of ${instance} for 15000 ms.`,
    })
    // At the latest when a sign of life was just given, and seen a third of the lease later.
    expect(interrupted!.endedAt.getTime() - nowMs - 70 * second).toBeLessThanOrEqual(20 * second)
    await pass(2 * minute)
    expect(begun.map(({ fence, instance: by }) => [fence, by === instance])).toEqual([
      [1, true],
      [2, false],
      [3, false],
    ])
  })

  it('run it again when that is wanted, three times at most', async () => {
    const { start, pass, begun, records } = world(
      { interrupted: 'rerun', everyMs: 3_600_000 },
      { runMs: () => 40 * second },
    )
    const instances = new Map(['a', 'b', 'c', 'd'].map((id) => [id, start(id)]))
    await pass(3_600_000 + 10 * second)
    for (let died = 0; died < 3; died++) {
      instances.get(begun.at(-1)!.instance)!.kill()
      await pass(25 * second)
    }
    await pass(10 * minute)
    expect(begun.map(({ slotMs }) => slotMs)).toEqual([begun[0]!.slotMs, begun[0]!.slotMs, begun[0]!.slotMs])
    expect((await records()).map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
      ['interrupted', 3],
      ['interrupted', 2],
      ['interrupted', 1],
    ])
  })

  it('do not run it again when it has committed something, and say so', async () => {
    const { start, pass, begun, committed, records } = world(
      { interrupted: 'rerun', everyMs: 3_600_000 },
      { lingerMs: 40 * second },
    )
    const instances = new Map(['a', 'b'].map((id) => [id, start(id)]))
    await pass(3_600_000 + 10 * second)
    instances.get(begun[0]!.instance)!.kill()
    await pass(10 * minute)
    expect(begun).toHaveLength(1)
    expect(committed).toHaveLength(1)
    expect(await records()).toMatchObject([
      {
        outcome: 'interrupted',
        attempt: 1,
        error: `Nothing was heard of ${begun[0]!.instance} for 15000 ms. What it had committed stands; it is not begun again.`,
      },
    ])
  })

  it('refuse the commits of one that was paused for longer than its lease', async () => {
    const { start, pass, begun, committed, refused, records } = world({}, { runMs: () => 8 * second })
    const instances = new Map(['a', 'b'].map((id) => [id, start(id)]))
    await pass(62 * second)
    const paused = instances.get(begun[0]!.instance)!
    paused.pause()
    await pass(2 * minute)
    paused.resume()
    await pass(minute + 10 * second)
    expect(refused).toEqual([{ fence: 1, code: 'FREEDA_JOB_LOST' }])
    expect(committed.map(({ fence }) => fence)).toEqual([2, 3, 4])
    expect((await records()).map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'interrupted'])
  })

  it('let one that stops end its run, or record it as interrupted when there is no time', async () => {
    for (const [budgetMs, outcome] of [
      [30 * second, 'ok'],
      [5 * second, 'interrupted'],
    ] as const) {
      const { start, pass, records } = world({}, { runMs: () => 20 * second })
      const only = start('a')
      await pass(62 * second)
      const stopped = only.stop(budgetMs)
      await pass(40 * second)
      await stopped
      expect(outcomes(await records())).toEqual([`${outcome} 12:01:00 1`])
    }
  })

  it('end in their time when a handler does not listen', async () => {
    const simulated = world({}, { lingerMs: 10 * minute })
    const only = simulated.start('a')
    await simulated.pass(62 * second)
    const beganMs = simulated.nowMs
    let tookMs: number | undefined
    void only.stop(10 * second).then(() => (tookMs = simulated.nowMs - beganMs))
    await simulated.pass(minute)
    expect(tookMs).toBeLessThanOrEqual(10 * second)
  })

  it('run each slot once although no write is ever acknowledged', async () => {
    const { start, pass, begun, records } = world({}, { lostAnswers: 100 })
    start('a')
    await pass(5 * minute + 10 * second)
    expect(begun.map(({ slotMs }) => new Date(slotMs).getUTCMinutes())).toEqual([1, 2, 3, 4, 5])
    // Each handler was told that nobody knows whether its commit was done.
    expect((await records()).map(({ outcome, fence }) => [outcome, fence])).toEqual(
      [5, 4, 3, 2, 1].map((fence) => ['failed', fence]),
    )
  })

  it('do no harm with a clock that is minutes off', async () => {
    for (const skewMs of [5 * minute, -5 * minute]) {
      const { start, pass, begun, records } = world()
      start('right')
      await pass(90 * second)
      start('wrong', skewMs)
      await pass(10 * minute)
      const slots = begun.map(({ slotMs }) => slotMs)
      expect(new Set(slots).size).toBe(slots.length)
      const covered = (await records()).reduce((sum, { slots: count }) => sum + count, 0)
      const [first, last] = [Math.min(...slots), Math.max(...slots)]
      expect(covered).toBe((last - first) / minute + 1)
    }
  })
})

describe('slots while nobody was up', () => {
  const asleep = async (missed: 'report' | 'once', downMs: number) => {
    const { start, pass, records } = world({ missed, everyMs: 10 * minute })
    const first = start('a')
    await pass(10 * minute + second)
    first.kill()
    await pass(downMs)
    start('b')
    await pass(second)
    const atOnce = outcomes(await records())
    await pass(11 * minute)
    return { atOnce, later: outcomes(await records()).slice(atOnce.length) }
  }

  it('are run when that is still in time', async () => {
    const { atOnce } = await asleep('report', 10 * minute + 30 * second)
    expect(atOnce).toEqual(['ok 12:10:00 1', 'ok 12:20:00 1'])
  })

  it('are reported, once no other instance can be in time for them', async () => {
    const { atOnce, later } = await asleep('report', 35 * minute)
    expect(atOnce).toEqual(['ok 12:10:00 1'])
    expect(later).toEqual(['missed 12:40:00 3', 'ok 12:50:00 1'])
  })

  it('are run late when that is wanted, the last of them', async () => {
    const { atOnce } = await asleep('once', 35 * minute)
    expect(atOnce).toEqual(['ok 12:10:00 1', 'missed 12:30:00 2', 'ok 12:40:00 1'])
  })

  it('were never promised when the plan has changed meanwhile', async () => {
    const { start, pass, records } = world({ everyMs: 10 * minute })
    const first = start('a')
    await pass(10 * minute + second)
    first.kill()
    await pass(60 * minute)
    start('b', 0, schedule({ cron: '15 * * * *' }))
    await pass(20 * minute)
    expect(outcomes(await records())).toEqual(['ok 12:10:00 1', 'ok 13:15:00 1'])
  })

  it('are promised as soon as an instance has started with another plan', async () => {
    const { start, pass, records } = world({ everyMs: 10 * minute })
    const first = start('a')
    await pass(10 * minute + second)
    first.kill()
    const changed = schedule({ cron: '15 * * * *', missed: 'once' })
    const later = start('b', 0, changed)
    await pass(minute)
    later.kill()
    await pass(20 * minute)
    start('c', 0, changed)
    await pass(second)
    expect(outcomes(await records())).toEqual(['ok 12:10:00 1', 'ok 12:15:00 1'])
  })

  it('are not promised for the time before a run by hand under another plan', async () => {
    const { start, pass, records } = world({ everyMs: 10 * minute })
    const first = start('a')
    await pass(10 * minute + second)
    first.kill()
    await pass(60 * minute)
    const changed = schedule({ everyMs: minute, missed: 'once' })
    const byHand = start('b', 0, changed, false)
    const ran = byHand.run()
    await pass(second)
    await ran
    start('c', 0, changed)
    await pass(minute)
    expect((await records()).map(({ outcome, trigger }) => `${outcome} ${trigger}`)).toEqual([
      'ok slot',
      'ok hand',
      'ok slot',
    ])
  })
})

describe('a run by hand', () => {
  it('is one, however many ask for it at once', async () => {
    const { start, pass, begun } = world({ everyMs: 60 * minute }, { runMs: () => second })
    const only = start('a')
    await pass(second)
    const asked = [only.run(), only.run()].map((one) =>
      one.then(
        ({ outcome }) => outcome,
        (error: { code: string }) => error.code,
      ),
    )
    await pass(10 * second)
    expect((await Promise.all(asked)).toSorted()).toEqual(['FREEDA_SCHEDULE_RUNNING', 'ok'])
    expect(begun).toHaveLength(1)
  })

  it('waits for one whose instance died, where nobody waits for slots, and is refused while it lives', async () => {
    const { start, pass, records } = world({ everyMs: 60 * minute }, { runMs: () => 40 * second })
    const died = start('a', 0, undefined, false)
    died.run().catch(() => undefined)
    await pass(second)
    const other = start('b', 0, undefined, false)
    let refusedAs: string | undefined
    void other.run().catch((error: { code: string }) => (refusedAs = error.code))
    await pass(6 * second)
    expect(refusedAs).toBe('FREEDA_SCHEDULE_RUNNING')
    died.kill()
    const ran = other.run()
    await pass(minute)
    expect(await ran).toMatchObject({ outcome: 'ok', instance: 'b' })
    expect((await records()).map(({ outcome, instance }) => [outcome, instance])).toEqual([
      ['ok', 'b'],
      ['interrupted', 'a'],
    ])
  })

  it('is refused beside a short one of another instance, which does the work', async () => {
    const { start, pass, begun } = world({ everyMs: 60 * minute }, { runMs: () => 2 * second })
    const [one, other] = ['a', 'b'].map((id) => start(id, 0, undefined, false))
    const ran = one!.run()
    await pass(second)
    let refusedAs: string | undefined
    void other!.run().catch((error: { code: string }) => (refusedAs = error.code))
    await pass(minute)
    expect(await ran).toMatchObject({ outcome: 'ok' })
    expect(refusedAs).toBe('FREEDA_SCHEDULE_RUNNING')
    expect(begun).toHaveLength(1)
  })

  it('goes on with one that its process was never told of', async () => {
    const { start, pass, begun, records } = world({ everyMs: 60 * minute }, { lostAnswers: 100 })
    const only = start('a', 0, undefined, false)
    let told: string | undefined
    const ask = async (hour: number) => {
      const slot = new Date(Date.UTC(2026, 0, 1, hour))
      only.run(slot).catch((error: { code: string }) => (told = error.code))
      await pass(minute)
    }
    // Neither is it told that the state was made, nor that it claimed.
    for (let asked = 0; asked < 2; asked++) {
      await ask(1)
      expect([told, begun.length]).toEqual(['FREEDA_TIMEOUT', 0])
    }
    // Another slot is not that run: it comes after it.
    for (let asked = 0; asked < 2; asked++) await ask(2)
    expect(begun.map(({ slotMs, fence }) => [new Date(slotMs).getUTCHours(), fence])).toEqual([
      [1, 1],
      [2, 2],
    ])
    expect(await records()).toHaveLength(2)
  })

  it('has those skipped that came during it before the last, which is in time', async () => {
    const { start, pass, records } = world({ timeLimitMs: 10 * minute }, { runMs: () => 150 * second })
    const only = start('a')
    await pass(30 * second)
    void only.run()
    await pass(2 * minute + 35 * second)
    expect(outcomes(await records())).toEqual(['skipped 12:02:00 2', 'ok 12:00:30 1'])
  })

  it.each([
    ['wait', ['ok 12:09:30', 'ok 12:10:00']],
    ['skip', ['skipped 12:10:00', 'ok 12:09:30']],
  ] as const)('has a slot that comes meanwhile %s', async (overlap, seen) => {
    const { start, pass, records } = world(
      { everyMs: 10 * minute, timeLimitMs: 5 * minute, overlap },
      { runMs: () => 150 * second },
    )
    const only = start('a')
    await pass(9 * minute + 30 * second)
    const ran = only.run()
    await pass(9 * minute)
    await ran
    expect(
      (await records())
        .toReversed()
        .map(({ outcome, slot }) => `${outcome} ${slot.toISOString().slice(11, 19)}`),
    ).toEqual(seen)
  })
})

describe('slots that come while a run is going on', () => {
  it('are skipped, and that is reported', async () => {
    const { start, pass, records } = world({ timeLimitMs: 10 * minute }, { runMs: () => 150 * second })
    start('a')
    start('b')
    await pass(8 * minute)
    expect(outcomes(await records())).toEqual([
      'skipped 12:03:00 2',
      'ok 12:01:00 1',
      'skipped 12:06:00 2',
      'ok 12:04:00 1',
    ])
  })

  it('wait when that is wanted, the last of them', async () => {
    const { start, pass, records } = world(
      { timeLimitMs: 10 * minute, overlap: 'wait' },
      { runMs: () => 150 * second },
    )
    start('a')
    start('b')
    await pass(8 * minute)
    expect(outcomes(await records())).toEqual([
      'skipped 12:02:00 1',
      'ok 12:01:00 1',
      'skipped 12:05:00 2',
      'ok 12:03:00 1',
    ])
  })
})
