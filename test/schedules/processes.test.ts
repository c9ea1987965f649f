/** Real processes with one schedule, killed and paused: every slot is run once or reported. */
import { describe, expect, it, vi } from 'vitest'
import { spawnApp, temporaryFolder } from '../e2e/spawn-app.ts'
import { disturb, openClockwork, tickApp } from './ticking-processes.ts'

const patiently = { timeout: 40_000, interval: 100 }

describe('processes that share a schedule', () => {
  it('run every slot once or report it, when they are killed and paused', async () => {
    const clockwork = await openClockwork()
    const { counts } = await disturb(clockwork, { forMs: 12_000 })
    expect(counts.killed + counts.paused).toBeGreaterThan(3)
    const { slot } = (await clockwork.state())!
    // What the disturbance left open is settled by those that are up.
    await vi.waitFor(async () => {
      const settled = (await clockwork.records()).filter(
        (record) => record.slot > slot && record.outcome === 'ok',
      )
      expect(settled.length).toBeGreaterThanOrEqual(2)
    }, patiently)
    expect(await clockwork.violations()).toEqual([])
  })

  it('take no commit of a run that was taken over while its process stood still', async () => {
    const clockwork = await openClockwork()
    const frozen = await clockwork.start({ HOLD_MS: '1500', LEASE_MS: '1500' })
    await vi.waitFor(() => expect(frozen.output()).toContain('"msg":"begun"'), patiently)
    frozen.child.kill('SIGSTOP')
    const { run } = (await clockwork.state())!
    const other = await clockwork.start({ LEASE_MS: '1500' })
    const recordOf = async (fence: number) =>
      (await clockwork.records()).find((record) => record.fence === fence)
    await vi.waitFor(
      async () => expect(await recordOf(run!.fence)).toMatchObject({ outcome: 'interrupted' }),
      patiently,
    )
    expect(other.output()).toContain(
      'a run was interrupted: nothing was heard of its instance for the whole lease',
    )
    frozen.child.kill('SIGCONT')
    await vi.waitFor(() => expect(frozen.output()).toContain('"code":"FREEDA_JOB_LOST"'), patiently)
    expect([...(await clockwork.effects()).values()]).not.toContain(run!.fence)
    expect((await frozen.end('SIGTERM')).code).toBe(0)
  })
})

describe('a process with a schedule in its own folder', () => {
  it('reports a run that was interrupted by its death when it is started again', async () => {
    const folder = await temporaryFolder()
    const start = (holdMs: string) =>
      spawnApp({ command: [tickApp], cwd: folder, env: { DIRECTORY: folder, HOLD_MS: holdMs } })
    const first = await start('60000')
    await vi.waitFor(() => expect(first.output()).toContain('"msg":"begun"'), patiently)
    await first.end('SIGKILL')
    const second = await start('0')
    await vi.waitFor(() => expect(second.output()).toContain('a run was interrupted'), patiently)
    await vi.waitFor(() => expect(second.output()).toContain('"outcome":"ok"'), patiently)
    expect((await second.end('SIGTERM')).code).toBe(0)
  })
})
