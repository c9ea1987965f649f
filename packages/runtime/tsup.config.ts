import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    driver: 'src/driver.ts',
    testing: 'src/testing.ts',
    built: 'src/built.ts',
    'built-health': 'src/built-health.ts',
    'cli/freeda': 'src/cli/freeda.ts',
    'cli/app-worker': 'src/cli/dev/worker.ts',
  },
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  splitting: true,
  clean: true,
  onSuccess: async () => copySwaggerUi(),
})

/** What the docs page needs, with its licences. */
function copySwaggerUi(): void {
  const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  mkdirSync('dist/swagger-ui', { recursive: true })
  for (const file of [
    'swagger-ui-bundle.js',
    'swagger-ui-bundle.js.LICENSE.txt',
    'swagger-ui.css',
    'favicon-32x32.png',
    'LICENSE',
    'NOTICE',
  ])
    copyFileSync(`${from}/${file}`, `dist/swagger-ui/${file}`)
}
