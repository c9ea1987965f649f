import { resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'
import { writeLicences } from './build/licences.ts'
import { bundleYeoman } from './build/bundle-yeoman.ts'
import { copyTemplates } from './build/copy-templates.ts'

/** What CommonJS packages expect to be there. */
const banner = `import { createRequire as __createRequire } from 'node:module'
import { fileURLToPath as __fileURLToPath } from 'node:url'
const require = __createRequire(import.meta.url)
const __filename = __fileURLToPath(import.meta.url)
const __dirname = __fileURLToPath(new URL('.', import.meta.url))`

const options: Options = {
  entry: ['src/create-freeda.ts'],
  format: 'esm',
  target: 'node20',
  platform: 'node',
  noExternal: [/.*/],
  minify: true,
  clean: true,
  splitting: true,
  metafile: true,
  banner: { js: banner },
  esbuildPlugins: [bundleYeoman],
  esbuildOptions(esbuild) {
    // rxjs as ES modules: of its CommonJS nothing can be left out.
    esbuild.conditions = ['es2015']
  },
  onSuccess: async () => {
    await writeLicences('dist')
    // tsup runs in the folder of the package.
    copyTemplates(resolve('../..'))
  },
}

export default defineConfig(options)
