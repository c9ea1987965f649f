import { defineConfig } from 'vitest/config'
import { totals } from './test/reporters/totals.ts'
import { project } from './vitest.config.ts'

/** The tests of the examples once more, on DynamoDB; without the files that keep nothing. */
export default defineConfig({
  test: {
    reporters: ['default', totals],
    projects: [
      project('examples-dynamodb', ['examples/*/test/**/*.test.ts'], {
        exclude: ['**/{read-records,samples,sla,analysis,take,specification}.test.ts'],
        globalSetup: ['test/support/dynamo-server.ts'],
        setupFiles: ['test/support/skip-without-transactions.ts', 'test/support/check-dynamo-actions.ts'],
      }),
    ],
  },
})
