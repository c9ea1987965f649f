import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  collection,
  definePlugin,
  isFreedaError,
  queue,
  schedule,
  Schedules,
  type ScheduledRun,
} from '../../src/index.ts'
import { testApp } from '../../src/testing.ts'

const Alarm = z.object({ at: z.date() })

/** A plugin with one schedule, which does `work`. */
const alarms = (work: (run: ScheduledRun, tools: { raise(id: string): Promise<void> }) => unknown) =>
  definePlugin({
    name: 'alarms',
    freeda: '^1.0.0',
    collections: { alarms: collection(Alarm) },
    schedules: {
      slaAlarms: schedule({
        cron: '*/5 * * * *',
        timeZone: 'Europe/Paris',
        name: 'sla-alarms',
        timeLimitMs: 300,
      }),
    },
    setup({ schedules, collections }) {
      schedules.slaAlarms.run((run) =>
        work(run, { raise: (id) => run.commit([collections.alarms.op.create({ at: run.slot }, { id })]) }),
      )
    },
  })()

describe('a schedule in a test app', () => {
  it('is run at once, with what a run has', async () => {
    const runs: ScheduledRun[] = []
    await using app = await testApp({ plugins: [alarms((run) => runs.push(run))] })
    const slot = new Date('2026-03-01T12:00:00Z')
    expect(await app.runSchedule('sla-alarms', { slot })).toMatchObject({
      outcome: 'ok',
      slot,
      trigger: 'hand',
      fence: 1,
    })
    expect(await app.runSchedule('sla-alarms')).toMatchObject({ outcome: 'ok', fence: 2 })
    expect(runs.map(({ fence, attempt }) => ({ fence, attempt }))).toEqual([
      { fence: 1, attempt: 1 },
      { fence: 2, attempt: 1 },
    ])
    expect(runs[0]!.slot).toEqual(slot)
  })

  it('says how it failed, and goes on', async () => {
    let fails = true
    await using app = await testApp({
      plugins: [
        alarms(() => {
          if (fails) throw new Error('no mail server')
        }),
      ],
    })
    expect(await app.runSchedule('sla-alarms')).toMatchObject({ outcome: 'failed', error: 'no mail server' })
    expect(app.logs).toContainEqual(
      expect.objectContaining({ msg: 'the run failed', plugin: 'alarms', schedule: 'sla-alarms', fence: 1 }),
    )
    fails = false
    expect(await app.runSchedule('sla-alarms')).toMatchObject({ outcome: 'ok', fence: 2 })
    const runs = await app.get(Schedules).runs('sla-alarms')
    expect(runs.map(({ outcome }) => outcome)).toEqual(['ok', 'failed'])
  })

  it('is stopped by its time limit, and can write nothing afterwards', async () => {
    let late: Promise<unknown> | undefined
    await using app = await testApp({
      plugins: [
        alarms(async ({ signal }, { raise }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          late = Promise.resolve()
            .then(() => app.get(Schedules).list())
            .then(() => raise('late'))
        }),
      ],
    })
    expect(await app.runSchedule('sla-alarms')).toMatchObject({
      outcome: 'timeout',
      error: 'The run took longer than 300 ms.',
    })
    await expect(late).rejects.toSatisfy((error) => isFreedaError(error, 'FREEDA_JOB_LOST'))
  })

  it('writes with its fence', async () => {
    await using app = await testApp({ plugins: [alarms((_, { raise }) => raise('a'))] })
    expect(await app.runSchedule('sla-alarms')).toMatchObject({ outcome: 'ok' })
    expect(await app.runSchedule('sla-alarms')).toMatchObject({ outcome: 'failed' })
    expect(app.logs).toContainEqual(
      expect.objectContaining({ err: expect.objectContaining({ code: 'FREEDA_CONFLICT' }) as unknown }),
    )
  })

  it('adds jobs with what it commits', async () => {
    const done: string[] = []
    const digest = definePlugin({
      name: 'digest',
      freeda: '^1.0.0',
      queues: { mails: queue(z.string()) },
      schedules: { daily: schedule({ cron: '0 6 * * *' }) },
      setup({ schedules, queues: { mails } }) {
        mails.work(({ value }) => done.push(value))
        schedules.daily.run(({ commit }) => commit(['ada', 'bob'].map((to) => mails.op.add(to))))
      },
    })
    await using app = await testApp({ plugins: [digest()] })
    expect(await app.runSchedule('daily')).toMatchObject({ outcome: 'ok' })
    expect(await app.work()).toMatchObject({ done: 2 })
    expect(done.toSorted()).toEqual(['ada', 'bob'])
  })

  it('is told which of its operations does not hold', async () => {
    let position: number | undefined
    const taken = definePlugin({
      name: 'taken',
      freeda: '^1.0.0',
      collections: { alarms: collection(Alarm) },
      schedules: { tick: schedule({ everyMs: 60_000 }) },
      setup({ schedules, collections: { alarms: own } }) {
        schedules.tick.run(async ({ slot, commit }) => {
          await own.create({ at: slot }, { id: 'b' })
          const operations = ['a', 'b'].map((id) => own.op.create({ at: slot }, { id }))
          await commit(operations).catch((error: unknown) => {
            if (isFreedaError(error, 'FREEDA_CONFLICT')) position = error.data.operation
          })
        })
      },
    })
    await using app = await testApp({ plugins: [taken()] })
    expect(await app.runSchedule('tick')).toMatchObject({ outcome: 'ok' })
    expect(position).toBe(1)
  })

  it('is refused while it runs, and by a name that nobody declares', async () => {
    let refused: unknown
    await using app = await testApp({
      plugins: [
        alarms(async () => (refused = await app.runSchedule('sla-alarms').catch((error: unknown) => error))),
      ],
    })
    await app.runSchedule('sla-alarms')
    expect(isFreedaError(refused, 'FREEDA_SCHEDULE_RUNNING')).toBe(true)
    await expect(app.runSchedule('slaAlarms')).rejects.toThrow(
      'No plugin of this app declares the schedule "slaAlarms"; there are sla-alarms.',
    )
    await using bare = await testApp({ plugins: [] })
    await expect(bare.runSchedule('x')).rejects.toThrow('there are none')
  })

  it('is seen in the list', async () => {
    await using app = await testApp({ plugins: [alarms(() => undefined)] })
    expect(await app.get(Schedules).list()).toEqual([
      { name: 'sla-alarms', last: undefined, next: expect.any(Date) as unknown, running: undefined },
    ])
    await app.runSchedule('sla-alarms')
    expect(await app.get(Schedules).list()).toMatchObject([{ last: { outcome: 'ok' }, running: undefined }])
  })

  it('keeps as many runs as asked', async () => {
    const plugin = definePlugin({
      name: 'often',
      freeda: '^1.0.0',
      schedules: { often: schedule({ everyMs: 3_600_000, keepRuns: 3 }) },
      setup: ({ schedules }) => schedules.often.run(() => undefined),
    })
    await using app = await testApp({ plugins: [plugin()] })
    for (let i = 0; i < 5; i++) await app.runSchedule('often')
    expect((await app.get(Schedules).runs('often')).map(({ fence }) => fence)).toEqual([5, 4, 3])
  })
})

describe('a plugin with schedules', () => {
  it('must say what each does', async () => {
    const silent = definePlugin({
      name: 'silent',
      freeda: '^1.0.0',
      schedules: { nightly: schedule({ cron: '0 3 * * *' }) },
    })
    await expect(testApp({ plugins: [silent()] })).rejects.toThrow(
      'Plugin "silent" is not defined correctly: the schedule "nightly" has no handler.',
    )
  })

  it('says so once', async () => {
    const twice = definePlugin({
      name: 'twice',
      freeda: '^1.0.0',
      schedules: { nightly: schedule({ cron: '0 3 * * *' }) },
      setup({ schedules }) {
        schedules.nightly.run(() => undefined)
        schedules.nightly.run(() => undefined)
      },
    })
    await expect(testApp({ plugins: [twice()] })).rejects.toThrow(
      'the schedule "nightly" has a handler already.',
    )
  })

  it('is left out with its schedules when it fails and is not critical', async () => {
    const failing = definePlugin({
      name: 'failing',
      freeda: '^1.0.0',
      critical: false,
      schedules: { nightly: schedule({ cron: '0 3 * * *' }) },
      setup({ schedules }) {
        schedules.nightly.run(() => undefined)
        throw new Error('no')
      },
    })
    await using app = await testApp({ plugins: [failing()] })
    expect(await app.get(Schedules).list()).toEqual([])
  })
})
