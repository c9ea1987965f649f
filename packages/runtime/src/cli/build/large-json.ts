import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

const largeBytes = 10_000

/** Large JSON as a text that is parsed when it is asked for: less code, and twice as fast as an object literal. */
export const largeJson = (): Plugin => ({
  name: 'freeda-large-json',
  setup(build) {
    build.onLoad({ filter: /\.json$/, namespace: 'file' }, async ({ path, with: attributes }) => {
      const text = await readFile(path, 'utf8')
      // As an import it may be asked for single keys; esbuild then leaves out the others.
      if (text.length < largeBytes || attributes['type'] === 'json' || !path.includes('node_modules'))
        return undefined
      try {
        const compact = JSON.stringify(JSON.parse(text))
        return { contents: `module.exports = JSON.parse(${JSON.stringify(compact)})`, loader: 'js' }
      } catch {
        return undefined // esbuild says what is wrong with it.
      }
    })
  },
})
