/** Many jobs and many killed processes. */
import { expect, it, vi } from 'vitest'
import { killWhileOrdering, openShop } from '../queues/killed-workers.ts'

it('loses and doubles no job in many crashes', async () => {
  const shop = await openShop()
  const count = Number(process.env['FREEDA_JOBS'] ?? 2_000)
  await killWhileOrdering(shop, { count, kills: count / 20, processes: 4 })
  await vi.waitFor(
    async () => {
      for (let n = 0; n < count; n++) expect(await shop.effectsOf(`order-${n}`), `order-${n}`).toHaveLength(1)
    },
    { timeout: 120_000, interval: 2_000 },
  )
  expect(await shop.orders()).toHaveLength(count)
})
