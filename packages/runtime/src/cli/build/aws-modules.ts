import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'
import { packageAround } from './bundled-packages.ts'

const resolving = Symbol('freeda.resolving')

/**
 * The AWS SDK as ES modules. For Node a bundler takes `main`, which is CommonJS here: nothing can be left out of that, and
 * everything is loaded at once. As `module` it is a third of the size, and the sources of credentials come on demand.
 */
export const awsModules = (): Plugin => ({
  name: 'freeda-aws-modules',
  setup(build) {
    build.onResolve({ filter: /^@(aws-sdk|smithy)\/[^/]+$/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === resolving) return undefined
      const { importer, resolveDir, kind, namespace } = from
      const found = await build.resolve(path, {
        importer,
        resolveDir,
        kind,
        namespace,
        pluginData: resolving,
      })
      if (found.errors.length > 0 || found.external) return undefined
      const around = packageAround(dirname(found.path))
      const entry = around?.manifest['module']
      if (around === undefined || typeof entry !== 'string' || !existsSync(join(around.directory, entry)))
        return undefined
      return { path: join(around.directory, entry), sideEffects: found.sideEffects }
    })
  },
})
