import fc from 'fast-check'
import { expect, it } from 'vitest'
import { anyWorld, live } from './any-world.ts'

it('runs every slot once or reports it, whatever happens to its instances', async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, async (world) => {
      expect(await live(world)).toEqual([])
    }),
    { numRuns: Number(process.env['FREEDA_WORLDS'] ?? 25) },
  )
})
