import { defineConfig } from 'vitest/config'
import { totals } from './test/reporters/totals.ts'

/** The packages as users get them: published to a registry on loopback, installed, used. */
export default defineConfig({
  test: {
    include: ['test/published/**/*.test.ts'],
    globalSetup: ['test/published/publish-packages.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    reporters: ['default', totals],
  },
})
