import { defineConfig } from 'vitest/config'
import { alias } from './vitest.config.ts'
import { totals } from './test/reporters/totals.ts'

/** Policy and function of the CloudFormation templates: a minute, and tools that only they need. */
export default defineConfig({
  resolve: { alias },
  test: { include: ['test/infra/**/*.test.ts'], testTimeout: 60_000, reporters: ['default', totals] },
})
