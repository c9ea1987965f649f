import type { Plugin } from 'esbuild'

/**
 * Modules that do in a bundle what they can. pino requires thread-stream for transports, which run a file of their own in a
 * worker; a bundle holds no such file.
 */
const replacements: Readonly<Record<string, string>> = {
  'thread-stream': `module.exports = class ThreadStream {
  constructor() {
    throw new Error('A transport of pino needs files that a built app does not hold. Build with --external pino, or write to stdout.')
  }
}`,
}

export const replacedModules = (): Plugin => ({
  name: 'freeda-replaced-modules',
  setup(build) {
    build.onResolve({ filter: /^thread-stream$/ }, ({ path }) => ({ path, namespace: 'freeda-replaced' }))
    build.onLoad({ filter: /.*/, namespace: 'freeda-replaced' }, ({ path }) => ({
      contents: replacements[path]!,
      loader: 'js',
    }))
  },
})
