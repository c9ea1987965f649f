import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration as ProjectConfig } from 'vitest/config'
import { totals } from './test/reporters/totals.ts'

const source = (path: string) => fileURLToPath(new URL(`packages/${path}`, import.meta.url))

/** Tests run on the sources; only tests that spawn processes use the built packages. */
export const alias = {
  '@freeda/runtime/driver': source('runtime/src/driver.ts'),
  '@freeda/runtime/testing': source('runtime/src/testing.ts'),
  '@freeda/runtime': source('runtime/src/index.ts'),
  '@freeda/storage-json': source('storage-json/src/index.ts'),
  '@freeda/storage-dynamodb': source('storage-dynamodb/src/index.ts'),
  '@freeda/health': source('health/src/index.ts'),
  '@freeda/auth': source('auth/src/index.ts'),
  '@freeda/cache-redis': source('cache-redis/src/index.ts'),
}

export const project = (
  name: string,
  include: string[],
  test: ProjectConfig['test'] = {},
): ProjectConfig => ({
  resolve: { alias },
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', '**/test/{long,infra,deploy,published}/**'],
    // Against what hangs. A busy machine takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    ...test,
  },
})

export default defineConfig({
  test: {
    reporters: ['default', totals],
    // Most tests wait for sockets, disks and processes: one worker more than cores, and none of the cores is left idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      project('runtime', ['packages/runtime/test/**/*.test.ts']),
      project('storage-json', ['packages/storage-json/test/**/*.test.ts']),
      project('storage-dynamodb', ['packages/storage-dynamodb/test/**/*.test.ts'], {
        setupFiles: ['test/support/check-dynamo-actions.ts'],
      }),
      project('health', ['packages/health/test/**/*.test.ts']),
      project('auth', ['packages/auth/test/**/*.test.ts']),
      project('cache-redis', ['packages/cache-redis/test/**/*.test.ts']),
      project('create-freeda', ['packages/create-freeda/test/*.test.ts']),
      project('examples', ['examples/*/test/**/*.test.ts']),
      project('workspace', ['test/**/*.test.ts']),
    ],
  },
})
