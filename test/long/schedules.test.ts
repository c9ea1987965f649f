/** Many killed and paused processes with one schedule, and many simulated worlds. */
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { anyWorld, live } from '../../packages/runtime/test/schedules/any-world.ts'
import { disturb, openClockwork } from '../schedules/ticking-processes.ts'

it('runs every slot once or reports it, in many crashes and pauses', async () => {
  const clockwork = await openClockwork()
  await disturb(clockwork, { forMs: Number(process.env['FREEDA_SCHEDULES_MS'] ?? 90_000), processes: 4 })
  const { slot } = (await clockwork.state())!
  await vi.waitFor(
    async () => {
      const settled = (await clockwork.records()).filter(
        (record) => record.slot > slot && record.outcome === 'ok',
      )
      expect(settled.length).toBeGreaterThanOrEqual(2)
    },
    { timeout: 60_000, interval: 500 },
  )
  expect(await clockwork.violations()).toEqual([])
})

it('runs every slot once or reports it, in many worlds', async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, async (world) => {
      expect(await live(world)).toEqual([])
    }),
    { numRuns: Number(process.env['FREEDA_WORLDS'] ?? 2_000) },
  )
})
