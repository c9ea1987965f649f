import { defineConfig } from 'vitest/config'
import { totals } from './test/reporters/totals.ts'

/** Suites that take minutes: fresh clones, other Nodes, many crashes. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts', 'packages/*/test/long/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    reporters: ['default', totals],
  },
})
