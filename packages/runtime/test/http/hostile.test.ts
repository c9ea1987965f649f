import { describe, expect, it } from 'vitest'
import { startTarget } from './hostile/app.ts'
import { attacks } from './hostile/attacks.ts'
import { siege } from './hostile/siege.ts'

describe('hostile requests', () => {
  it('of every known kind are refused, change nothing and stop nobody else', async () => {
    const target = await startTarget()
    expect(await siege(target, attacks)).toEqual([])
    // Rejects when a request is still under way.
    await target.app.stop()
  })
})
