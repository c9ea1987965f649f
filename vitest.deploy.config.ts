import { defineConfig } from 'vitest/config'
import { totals } from './test/reporters/totals.ts'

/** Deployments: an AWS on loopback, real images, the real scripts. */
export default defineConfig({
  test: {
    include: ['test/deploy/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    reporters: ['default', totals],
  },
})
