/** Real processes on one table, killed and stopped: no job is lost, and none is done twice in effect. */
import { describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../e2e/spawn-app.ts'
import { killWhileOrdering, openJsonShop, openShop } from './killed-workers.ts'

describe('processes that share a queue', () => {
  it('lose and double no job when they are killed', async () => {
    const shop = await openShop()
    const count = 60
    await killWhileOrdering(shop, { count, kills: 4 })
    await vi.waitFor(
      async () => {
        for (let n = 0; n < count; n++)
          expect(await shop.effectsOf(`order-${n}`), `order-${n}`).toHaveLength(1)
      },
      { timeout: 50_000, interval: 250 },
    )
    expect(await shop.orders()).toHaveLength(count)
  })

  it('lose and double no job on the JSON store, one after the other', async () => {
    const shop = openJsonShop(await temporaryFolder())
    await killWhileOrdering(shop, { count: 40, kills: 4, processes: 1 })
    await vi.waitFor(
      async () => {
        for (let n = 0; n < 40; n++) expect(await shop.effectsOf(`order-${n}`), `order-${n}`).toHaveLength(1)
      },
      { timeout: 50_000, interval: 250 },
    )
  })

  it('write nothing for a job that was taken over while they stood still', async () => {
    const shop = await openShop()
    const frozen = await shop.start({ HOLD_MS: '1500' })
    await fetch(`${frozen.url}/orders/one`, { method: 'POST' })
    await vi.waitFor(() => expect(frozen.output()).toContain('"msg":"begun"'), 10_000)
    frozen.child.kill('SIGSTOP')
    const other = await shop.start()
    await vi.waitFor(async () => expect(await shop.effectsOf('one')).toEqual([other.child.pid]), 20_000)
    frozen.child.kill('SIGCONT')
    await vi.waitFor(() => expect(frozen.output()).toContain('was taken over while it was done'), 20_000)
    expect(await shop.effectsOf('one')).toEqual([other.child.pid])
    expect((await frozen.end('SIGTERM')).code).toBe(0)
  })

  it('give back what they do when they are stopped, for others to begin at once', async () => {
    const shop = await openShop()
    const stopping = await shop.start({ HOLD_MS: '30000' })
    await fetch(`${stopping.url}/orders/one`, { method: 'POST' })
    await vi.waitFor(() => expect(stopping.output()).toContain('"msg":"begun"'), 10_000)
    expect((await stopping.end('SIGTERM')).code).toBe(0)
    expect(stopping.output()).toContain('was interrupted and given back')
    const other = await shop.start()
    await vi.waitFor(async () => expect(await shop.effectsOf('one')).toEqual([other.child.pid]), 10_000)
    expect(other.output()).toContain('"attempt":1')
  })
})
