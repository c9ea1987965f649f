import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFreedaError, schedule, type ScheduleOptions } from '../../src/index.ts'
import { mostCounted, slotsOf } from '../../src/schedules/slots.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const clock = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms).toISOString().slice(5, 16)

/** The first slots after a time, in UTC. */
function slotsAfter(cron: string, timeZone: string, from: string, count: number): (string | undefined)[] {
  const slots = slotsOf('test', schedule({ cron, timeZone }))
  const found: (string | undefined)[] = []
  for (let ms: number | undefined = utc(from); found.length < count; found.push(clock(ms)))
    ms = slots.next(ms!)
  return found
}

const refusal = (options: object): string => {
  try {
    schedule(options as ScheduleOptions)
    return 'accepted'
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_PLUGIN_DEFINITION')) return error.data.reason
    throw error
  }
}

describe('a schedule', () => {
  it('has defaults that harm nobody', () => {
    expect(schedule({ cron: ' 0  3 * * * ' })).toEqual({
      name: undefined,
      when: { cron: '0 3 * * *', timeZone: 'UTC' },
      timeLimitMs: 60_000,
      jitterMs: 0,
      overlap: 'skip',
      missed: 'report',
      interrupted: 'report',
      leaseMs: 15_000,
      keepRuns: 50,
    })
  })

  it.each([
    [{}, 'it has no time: give it everyMs or cron.'],
    [{ everyMs: 60_000, cron: '* * * * *' }, 'it has both everyMs and cron; keep one of them.'],
    [{ everyMs: 999 }, 'everyMs is 999; use a whole number from 1000 to 2147483647.'],
    [
      { cron: '* * * *' },
      'cron is "* * * *"; write five fields (minute hour day month weekday), or six with seconds first.',
    ],
    [
      { cron: '@daily' },
      'cron is "@daily"; write five fields (minute hour day month weekday), or six with seconds first.',
    ],
    [{ cron: '61 * * * *' }, 'cron is "61 * * * *": Invalid value for minute: 61'],
    [{ cron: '? * * * *' }, 'cron is "? * * * *"; write * instead of ?.'],
    [{ cron: '0 0 31 2 *' }, 'cron is "0 0 31 2 *", which never comes.'],
    [
      { cron: '0 0 * * *', timeZone: 'Europe/Pari' },
      '"Europe/Pari" is not a time zone; use a name as in the IANA database, e.g. Europe/Paris.',
    ],
    [{ everyMs: 60_000, jitterMs: 60_000 }, 'jitterMs is 60000; use a whole number from 0 to 59999.'],
    [{ cron: '0,5 * * * *', jitterMs: 300_000 }, 'jitterMs is 300000; use a whole number from 0 to 299999.'],
    [{ everyMs: 60_000, leaseMs: 10 }, 'leaseMs is 10; use a whole number from 1000 to 600000.'],
    [{ everyMs: 60_000, overlap: 'run' }, 'overlap is "run"; use skip or wait.'],
    [{ everyMs: 60_000, name: 'a/b' }, /^"a\/b" is not the name of a schedule/],
    [{ everyMs: 60_000, timeZone: 'UTC' }, /^timeZone is for cron/],
    [{ evryMs: 60_000 }, /^"evryMs" is not an option; there are name, everyMs/],
  ])('refuses %j', (options, reason) => {
    expect(refusal(options)).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason))
  })
})

describe('slots of a pattern', () => {
  it('go by the time zone', () => {
    expect(slotsAfter('0 9 * * MON', 'America/New_York', '2026-01-01T00:00', 2)).toEqual([
      '01-05T14:00',
      '01-12T14:00',
    ])
  })

  it('may have seconds', () => {
    const slots = slotsOf('test', schedule({ cron: '*/20 * * * * *' }))
    expect(slots.next(utc('2026-01-01T00:00:01'))).toBe(utc('2026-01-01T00:00:20'))
  })

  // In Paris clocks go from 02:00 to 03:00 on 29 March 2026, at 01:00 UTC.
  it('that do not exist in the night of the summer time come right after it, once', () => {
    expect(slotsAfter('30 2 * * *', 'Europe/Paris', '2026-03-28T00:00', 3)).toEqual([
      '03-28T01:30',
      '03-29T01:00',
      '03-30T00:30',
    ])
    expect(slotsAfter('0,30 2 * * *', 'Europe/Paris', '2026-03-28T12:00', 3)).toEqual([
      '03-29T01:00',
      '03-30T00:00',
      '03-30T00:30',
    ])
  })

  it('that repeat go on through the night of the summer time', () => {
    expect(slotsAfter('*/30 * * * *', 'Europe/Paris', '2026-03-29T00:10', 4)).toEqual([
      '03-29T00:30',
      '03-29T01:00',
      '03-29T01:30',
      '03-29T02:00',
    ])
  })

  it('that repeat in the hour that is skipped are left out in that night', () => {
    expect(slotsAfter('*/30 2 * * *', 'Europe/Paris', '2026-03-28T12:00', 2)).toEqual([
      '03-30T00:00',
      '03-30T00:30',
    ])
  })

  // And from 03:00 back to 02:00 on 25 October 2026, at 01:00 UTC.
  it('that exist twice in the night of the winter time come once, the first time', () => {
    expect(slotsAfter('30 2 * * *', 'Europe/Paris', '2026-10-24T12:00', 2)).toEqual([
      '10-25T00:30',
      '10-26T01:30',
    ])
    expect(slotsAfter('0,30 2 * * *', 'Europe/Paris', '2026-10-24T12:00', 3)).toEqual([
      '10-25T00:00',
      '10-25T00:30',
      '10-26T01:00',
    ])
  })

  it('that repeat come in both hours of the night of the winter time', () => {
    expect(slotsAfter('*/30 2 * * *', 'Europe/Paris', '2026-10-24T12:00', 5)).toEqual([
      '10-25T00:00',
      '10-25T00:30',
      '10-25T01:00',
      '10-25T01:30',
      '10-26T01:00',
    ])
  })

  it('are the same forwards and backwards, in any time zone, over any change of clocks', () => {
    const field = (max: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: 0, max }).map(String),
        fc.integer({ min: 2, max: 20 }).map((n) => `*/${n}`),
      )
    fc.assert(
      fc.property(
        fc.tuple(field(59), field(23)).map(([minute, hour]) => `${minute} ${hour} * * *`),
        fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
        fc.integer({ min: utc('2025-01-01T00:00'), max: utc('2027-01-01T00:00') }),
        (cron, timeZone, fromMs) => {
          const slots = slotsOf('test', schedule({ cron, timeZone }))
          const first = slots.next(fromMs)!
          const second = slots.next(first)!
          expect(first).toBeGreaterThan(fromMs)
          expect(second).toBeGreaterThan(first)
          expect(slots.passed(fromMs, first - 1)).toBeUndefined()
          expect(slots.passed(fromMs, first)).toEqual({ latestMs: first, firstMs: first, count: 1 })
          expect(slots.passed(fromMs, second - 1)).toEqual({ latestMs: first, firstMs: first, count: 1 })
          expect(slots.passed(fromMs, second)).toEqual({ latestMs: second, firstMs: first, count: 2 })
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('slots at an interval', () => {
  it('are its multiples', () => {
    const slots = slotsOf('test', schedule({ everyMs: 10_000 }))
    expect(slots.next(utc('2026-01-01T00:00:00'))).toBe(utc('2026-01-01T00:00:10'))
    expect(slots.passed(utc('2026-01-01T00:00:00'), utc('2026-01-01T00:00:35'))).toEqual({
      firstMs: utc('2026-01-01T00:00:10'),
      latestMs: utc('2026-01-01T00:00:30'),
      count: 3,
    })
  })

  it('are counted up to a thousand', () => {
    const slots = slotsOf('test', schedule({ everyMs: 1_000 }))
    expect(slots.passed(0, utc('2026-01-01T00:00:00'))?.count).toBe(mostCounted)
  })

  it('are due later by a jitter that each instance finds the same, within its bounds', () => {
    const definition = schedule({ everyMs: 60_000, jitterMs: 20_000 })
    const [here, there] = [slotsOf('a', definition), slotsOf('a', definition)]
    const delays = Array.from({ length: 100 }, (_, i) => here.dueMs(i * 60_000) - i * 60_000)
    expect(delays).toEqual(delays.map((_, i) => there.dueMs(i * 60_000) - i * 60_000))
    expect(Math.min(...delays)).toBeLessThan(2_000)
    expect(Math.max(...delays)).toBeGreaterThan(18_000)
    expect(delays.every((ms) => ms >= 0 && ms <= 20_000)).toBe(true)
    const slotMs = utc('2026-01-01T00:01:00')
    expect(here.passed(slotMs - 60_000, here.dueMs(slotMs) - 1)).toBeUndefined()
    expect(here.passed(slotMs - 60_000, here.dueMs(slotMs))?.latestMs).toBe(slotMs)
  })
})
